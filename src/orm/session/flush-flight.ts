import { DatabaseError } from '../../errors/index.ts'
import type { Command, Connection, DriverResult } from '../../engine/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { Compile } from './expression-update.ts'

/** Which connections a flush may use, and how it may end. */
export interface FlushContext {
  /** The transaction's connection on an engine. */
  write(engineKey: string): Promise<Connection>
  /** Checks of development. */
  readonly diagnostics: boolean
  /** Whether somebody hears of each row that a transaction changes. */
  readonly tracksChanges: boolean
  readonly compile: Compile
  /** Whether COMMIT may go with the last statements: nothing but this flush on this engine is left to do. */
  mayCommit(connection: Connection): boolean
}

/** A statement that waits to be sent, and what is done with its answer. */
export interface Outgoing {
  readonly command: Command
  /** The objects that its error is about. */
  readonly states: readonly InstanceState[]
  readonly accept: (result: DriverResult) => void
  /** What its answer says if it is stored as planned; undefined where only the answer itself tells what the database made. */
  readonly planned?: DriverResult | undefined
  /** What is said when it touches other than the rows that it must. */
  readonly stale?: (matched: number, connection: Connection) => Promise<Error>
}

/** The answer of a statement of which nothing but that number is of interest. */
export function affecting(affectedRows: number): DriverResult {
  return { rows: [], affectedRows }
}

/** Most statements of one flight: what is sent without waiting lies in memory on both sides. */
const MOST_IN_FLIGHT = 500

/** The statements of a flush that are gathered for the next flight. */
export class FlushFlight {
  readonly #context: FlushContext
  #outgoing: Outgoing[] = []
  /** The engine of what is outgoing. */
  #engineKey = ''
  /** Objects whose statement is outgoing. */
  readonly #unanswered = new Set<InstanceState>()

  constructor(context: FlushContext) {
    this.#context = context
  }

  /** Whether a statement about this object waits to be sent. */
  isUnanswered(state: InstanceState): boolean {
    return this.#unanswered.has(state)
  }

  /** Adds a statement to the next flight. Hot: once a row; a promise only where another flight must go before. */
  add(engineKey: string, outgoing: Outgoing): MaybePromise<void> {
    const mustGo = engineKey !== this.#engineKey || this.#outgoing.length >= MOST_IN_FLIGHT
    if (mustGo && this.#outgoing.length > 0)
      return this.send().then(() => this.#gather(engineKey, outgoing))
    this.#gather(engineKey, outgoing)
    return undefined
  }

  #gather(engineKey: string, outgoing: Outgoing): void {
    this.#engineKey = engineKey
    this.#outgoing.push(outgoing)
    for (const state of outgoing.states) this.#unanswered.add(state)
  }

  /** Sends what is gathered, and takes the answers over in order, up to the first failure. */
  async send(commit = false): Promise<void> {
    const outgoing = this.#outgoing
    if (outgoing.length === 0) return
    this.#outgoing = []
    this.#unanswered.clear()
    const connection = await this.#context.write(this.#engineKey)
    const commands = outgoing.map(({ command }) => command)
    const { results, error } = await connection.flight(commands, {
      commit: commit && this.#mayCommit(connection, outgoing),
    })
    for (const [i, result] of results.entries()) {
      const stale = takeOver(outgoing[i], result, connection)
      if (stale !== undefined) throw await stale
    }
    if (error !== undefined) {
      nameObjects(error, outgoing[results.length]?.states ?? [])
      throw error
    }
    // committed, as the token shows, and the answers are lost
    for (const { accept, planned } of outgoing.slice(results.length))
      if (planned !== undefined) accept(planned)
  }

  /** Where a lost COMMIT is cleared up, what the database makes must be known before: its answer would be lost with that of COMMIT. */
  #mayCommit(connection: Connection, outgoing: readonly Outgoing[]): boolean {
    if (!this.#context.mayCommit(connection)) return false
    return !connection.provesCommit || outgoing.every(({ planned }) => planned !== undefined)
  }
}

/** Takes an answer over; gives the STALE_DATA error where it touched other than the rows that it must. */
function takeOver(
  outgoing: Outgoing | undefined,
  result: DriverResult,
  connection: Connection,
): Promise<Error> | undefined {
  if (outgoing === undefined) throw new TypeError('an answer belongs to a statement')
  const { command, stale } = outgoing
  const isExpected =
    command.expectedRows === undefined || command.expectedRows === result.affectedRows
  if (!isExpected && stale !== undefined) return stale(result.affectedRows, connection)
  outgoing.accept(result)
  return undefined
}

/** Tells the objects of a failed statement to its error. */
function nameObjects(error: unknown, states: readonly InstanceState[]): void {
  if (error instanceof DatabaseError && error.objects.length === 0)
    error.objects = states.map(({ entity }) => entity)
}
