import { ReadOnlyError } from '../errors/index.ts'
import {
  areExpected,
  kindOf,
  type Command,
  type DriverConnection,
  type DriverResult,
  type Flight,
  type FlightOutcome,
} from '../engine/index.ts'
import type { Holder } from '../pool/index.ts'
import { SAVEPOINTS, TestSavepoint, type SavepointPlace } from './test-savepoint.ts'

/** Who has a joined connection, and whether what is no read is refused. */
export interface JoinedUse {
  readonly engineKey: string
  readonly holder: Holder
  readonly onlyReads: boolean
}

/**
 * What looks like a connection of one's own, and is a part of the test's transaction: BEGIN makes a savepoint, COMMIT releases it, ROLLBACK goes back to it. A statement outside of
 * a transaction is one by itself. The text of a statement decides, so that a BEGIN in the developer's own SQL is no exception.
 */
export class JoinedConnection implements DriverConnection {
  readonly #place: SavepointPlace
  readonly #use: JoinedUse
  #hasBegun = false
  /** Of the transaction that has begun, from its first statement on. */
  #savepoint: TestSavepoint | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** Whether it is a statement of its own that is under way. */
  #isSending = false
  /** Only where a server is at the other end. */
  readonly flight?: (flight: Flight) => Promise<FlightOutcome>

  constructor(place: SavepointPlace, use: JoinedUse) {
    this.#place = { ...place, send: (command) => this.#send(place, command) }
    this.#use = use
    if (place.connection.flight !== undefined) this.flight = (flight) => this.#fly(flight)
  }

  get inTransaction(): boolean {
    return this.#hasBegun
  }

  get hasFailed(): boolean {
    return this.#savepoint !== undefined && this.#place.connection.hasFailed === true
  }

  /** The loss of the connection is an error of the test scope: nothing is sent again, and no COMMIT is in doubt. */
  get isOpen(): boolean {
    return true
  }

  /** One after the other, in the order of the calls. */
  execute(command: Command): Promise<DriverResult> {
    const result = this.#last.then(() => this.#answer(command))
    this.#last = result.catch(() => {}) // the caller hears of it
    return result
  }

  /** All at once: others need not wait for the end of the caller's loop. */
  async *stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    const result = await this.execute(command)
    command.onColumns?.(result)
    for (let start = 0; start < result.rows.length; start += chunkSize)
      yield result.rows.slice(start, start + chunkSize)
  }

  async cancel(): Promise<void> {
    if (this.#isSending) await this.#place.connection.cancel?.()
  }

  destroy(cause: Error): void {
    if (this.#isSending) this.#place.connection.destroy?.(cause)
  }

  close(): void {
    // the connection is the test's
  }

  /** One by one: the promise of a flight allows it, and a test saves nothing by round trips. */
  async #fly({ prelude, commands, commit }: Flight): Promise<FlightOutcome> {
    const results: DriverResult[] = []
    try {
      for (const command of prelude) await this.execute(command)
      for (const command of commands) results.push(await this.execute(command))
      const commits = commit && areExpected(commands, { results })
      if (commits) await this.execute(COMMIT)
      return { results, commitSent: commits }
    } catch (error) {
      return { results, error, commitSent: false }
    }
  }

  async #send(place: SavepointPlace, command: Command): Promise<DriverResult> {
    this.#isSending = true
    try {
      return await place.send(command)
    } finally {
      this.#isSending = false
    }
  }

  async #answer(command: Command): Promise<DriverResult> {
    const kind = kindOf(command.sql)
    if (kind === 'begin') this.#hasBegun = true
    else if (kind === 'commit') await this.#commit()
    else if (kind === 'rollback') await this.#rollBack()
    else if (this.#use.onlyReads) return this.#read(command)
    else if (!this.#hasBegun) return this.#alone(command)
    else if (!isTransactionSetting(command)) return this.#inside(command)
    return NOTHING
  }

  /** What only reads holds nobody up: it has nothing to undo, so each statement is by itself. */
  async #read(command: Command): Promise<DriverResult> {
    if (SAVEPOINTS.has(kindOf(command.sql))) return NOTHING
    if (!isRead(command)) throw refused(command, this.#use.engineKey)
    return this.#alone(command)
  }

  async #alone(command: Command): Promise<DriverResult> {
    if (isTransactionSetting(command)) return NOTHING
    return TestSavepoint.around(this.#place, this.#use.holder, command)
  }

  async #inside(command: Command): Promise<DriverResult> {
    this.#savepoint ??= await TestSavepoint.begin(this.#place, this.#use.holder)
    return this.#savepoint.run(command)
  }

  async #commit(): Promise<void> {
    await this.#savepoint?.release()
    this.#savepoint = undefined
    this.#hasBegun = false
  }

  async #rollBack(): Promise<void> {
    const savepoint = this.#savepoint
    this.#savepoint = undefined
    this.#hasBegun = false
    await savepoint?.undo()
  }
}

const COMMIT: Command = { sql: 'commit', parameters: [] }
const NOTHING: DriverResult = { rows: [], affectedRows: 0 }

/** How the next transaction is to be: that of the test has begun long ago. */
function isTransactionSetting({ sql }: Command): boolean {
  return /^\s*set\s+transaction\b/i.test(sql)
}

/** By its first word: the one connection cannot be told to refuse writes. */
function isRead({ sql }: Command): boolean {
  return (
    kindOf(sql) === 'select' ||
    /^\s*(?:values|table|show|explain|desc|describe|pragma(?!.*=))\b/i.test(sql)
  )
}

function refused({ sql }: Command, engineKey: string): ReadOnlyError {
  return new ReadOnlyError(
    `Cannot send this statement on engine "${engineKey}": only reading was asked for, and it is no read. Send it in a transaction that may write.`,
    { info: { sql, engineKey } },
  )
}
