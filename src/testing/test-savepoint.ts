import { kindOf, type Command, type DriverConnection, type DriverResult } from '../engine/index.ts'
import type { Holder } from '../pool/index.ts'
import type { Turn, Turns } from './turns.ts'

/** Statements whose last word is the name of a savepoint. */
export const SAVEPOINTS: ReadonlySet<string> = new Set(['savepoint', 'release', 'rollback to'])
const LAST_NAME = /(["`]?)([\w$]+)\1(?=[\s;]*$)/

/** The transaction that savepoints are made in. */
export interface SavepointPlace {
  readonly connection: DriverConnection
  readonly turns: Turns
  /** A name that no session uses. */
  nameSavepoint(): string
  send(command: Command): Promise<DriverResult>
  lose(cause: unknown): Error
  /** Whether it was lost, or the test has ended. */
  isOver(): boolean
}

/** What a transaction is in a test: a savepoint, and the turn of its holder from the first statement to the end. */
export class TestSavepoint {
  readonly #place: SavepointPlace
  readonly #turn: Turn
  readonly #name: string

  private constructor(place: SavepointPlace, turn: Turn) {
    this.#place = place
    this.#turn = turn
    this.#name = place.nameSavepoint()
  }

  /** Waits for the turn of `holder`, and sets it. */
  static async begin(place: SavepointPlace, holder: Holder): Promise<TestSavepoint> {
    const savepoint = await TestSavepoint.#open(place, holder)
    place.turns.pause(savepoint.#turn)
    return savepoint
  }

  /** Runs a statement in a savepoint of its own, so that its failure harms nobody. Nothing comes in between. */
  static async around(
    place: SavepointPlace,
    holder: Holder,
    command: Command,
  ): Promise<DriverResult> {
    const savepoint = await TestSavepoint.#open(place, holder)
    try {
      const result = await savepoint.#send(command)
      await savepoint.#say('release')
      return result
    } catch (error) {
      await savepoint.#goBack()
      throw error
    } finally {
      place.turns.leave(savepoint.#turn)
    }
  }

  static async #open(place: SavepointPlace, holder: Holder): Promise<TestSavepoint> {
    const savepoint = new TestSavepoint(place, await place.turns.begin(holder))
    try {
      await savepoint.#send({ sql: `savepoint ${savepoint.#name}`, parameters: [] })
      return savepoint
    } catch (error) {
      place.turns.leave(savepoint.#turn)
      throw error
    }
  }

  /** Runs a statement in it. */
  async run(command: Command): Promise<DriverResult> {
    const { turns } = this.#place
    await turns.resume(this.#turn)
    try {
      return await this.#send(this.#owned(command))
    } finally {
      turns.pause(this.#turn)
    }
  }

  /** Ends it; what was done in it stays until the end of the test. It stays open when the database refuses. */
  async release(): Promise<void> {
    const { turns } = this.#place
    await turns.resume(this.#turn)
    try {
      await this.#say('release')
    } catch (error) {
      turns.pause(this.#turn)
      throw error
    }
    turns.leave(this.#turn)
  }

  /** Ends it, and undoes what was done in it. */
  async undo(): Promise<void> {
    const { turns } = this.#place
    if (this.#place.isOver()) return // and all of it is undone
    try {
      await turns.resume(this.#turn)
    } catch (error) {
      throw this.#place.lose(error) // nobody can tell any more what is undone with what
    }
    await this.#goBack()
    turns.leave(this.#turn)
  }

  /** A savepoint that is set in it has a name of its own: MariaDB and MySQL forget one when another, of a scope inside, gets its name. */
  #owned(command: Command): Command {
    if (!SAVEPOINTS.has(kindOf(command.sql))) return command
    return { ...command, sql: command.sql.replace(LAST_NAME, `$1$2_${this.#name}$1`) }
  }

  async #goBack(): Promise<void> {
    try {
      await this.#say('rollback to')
      await this.#say('release')
    } catch (error) {
      this.#place.lose(error)
    }
  }

  async #say(what: 'release' | 'rollback to'): Promise<void> {
    await this.#send({ sql: `${what} savepoint ${this.#name}`, parameters: [] })
  }

  #send(command: Command): Promise<DriverResult> {
    return this.#place.send(command)
  }
}
