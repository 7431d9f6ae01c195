import { AthanorError, IllegalStateError } from '../errors/index.ts'
import type { Holder } from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { Command, DriverConnection, DriverResult } from './driver.ts'
import { kindOf } from './engine-events.ts'
import type { Engine } from './engine.ts'
import type { BeginOptions } from './isolation.ts'

/**
 * One connection of an engine, for one holder at a time: translates errors and announces statements. There is one object for each connection of the
 * driver, used again by the next holder.
 */
export class Connection {
  /** The engine it belongs to. */
  readonly engine: Engine
  /** Who has it; undefined while it lies in the pool. @internal */
  holder: Holder | undefined
  /** @internal */
  readonly driver: DriverConnection

  /** @internal */
  constructor(engine: Engine, driver: DriverConnection) {
    this.engine = engine
    this.driver = driver
  }

  /** Whether a transaction is open, as the database knows it: a full disk or ON CONFLICT ROLLBACK ends one without a word. */
  get inTransaction(): boolean {
    return this.driver.inTransaction
  }

  /** False once the connection was lost or closed. */
  get isOpen(): boolean {
    return this.driver.isOpen
  }

  /**
   * Hot: once a statement; a get by key costs 1.13 times the bare driver, on Node 24.
   *
   * @throws {DatabaseError} what the database answers, with `sql` and `engineKey`.
   * @throws {BindError} BIND when the driver would not store a parameter as it is.
   */
  execute(command: Command): MaybePromise<DriverResult> {
    return this.#send(command, false)
  }

  /** As `execute`, and the result names its columns: for SQL whose columns athanor did not choose. */
  executeNamed(command: Command): MaybePromise<DriverResult> {
    return this.#send(command, true)
  }

  /** Runs the commands in order, as one flight where that saves trips. The first failure rejects, and what follows it is not sent. */
  async flight(commands: readonly Command[]): Promise<readonly DriverResult[]> {
    const results: DriverResult[] = []
    // oxlint-disable-next-line no-await-in-loop -- an embedded database answers at once: there are no trips to save
    for (const command of commands) results.push(await this.execute(command))
    return results
  }

  /** Rows in chunks of at most `chunkSize`. Leaving the loop early closes the cursor. */
  async *stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    this.#checkHeld()
    const start = this.#clock()
    let rows = 0
    try {
      for await (const chunk of this.driver.stream(command, chunkSize)) {
        rows += chunk.length
        yield chunk
      }
    } catch (error) {
      throw this.#failed(error, command, start)
    }
    this.#announce(command, start, { rows: [], affectedRows: rows })
  }

  /** Begins a transaction. @throws {ArgumentError} ARGUMENT for an isolation level that the database lacks. */
  begin(options: BeginOptions = {}): MaybePromise<DriverResult> {
    const isolation = options.isolation ?? this.engine.options.isolation
    return this.#send(
      { sql: this.engine.dialect.beginSql({ ...options, isolation }), parameters: [] },
      false,
    )
  }

  /** Commits the open transaction. @throws {DatabaseError} what the database answers; the transaction may still be open then. */
  commit(): MaybePromise<DriverResult> {
    return this.#send(COMMIT, false)
  }

  /** Rolls the open transaction back. */
  rollback(): MaybePromise<DriverResult> {
    return this.#send(ROLLBACK, false)
  }

  /** Marks a point that `rollbackTo` goes back to. */
  savepoint(name: string): MaybePromise<DriverResult> {
    return this.#send(
      { sql: `savepoint ${this.engine.dialect.quote(name)}`, parameters: [] },
      false,
    )
  }

  /** Undoes what was done since the savepoint, which stays. */
  rollbackTo(name: string): MaybePromise<DriverResult> {
    return this.#send(
      { sql: `rollback to savepoint ${this.engine.dialect.quote(name)}`, parameters: [] },
      false,
    )
  }

  /** Forgets a savepoint; what was done since stays. */
  releaseSavepoint(name: string): MaybePromise<DriverResult> {
    return this.#send(
      { sql: `release savepoint ${this.engine.dialect.quote(name)}`, parameters: [] },
      false,
    )
  }

  /** Gives the connection back, as `engine.release` does: for `using connection = await engine.connect()`. */
  close(): void {
    this.engine.release(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #send(command: Command, isNamed: boolean): MaybePromise<DriverResult> {
    this.#checkHeld()
    if (this.engine.events.has('statement')) return this.#sendObserved(command, isNamed)
    try {
      const result = isNamed ? this.driver.executeNamed(command) : this.driver.execute(command)
      return result instanceof Promise
        ? result.catch((error: unknown) => Promise.reject(this.#translate(error, command)))
        : result
    } catch (error) {
      throw this.#translate(error, command)
    }
  }

  #sendObserved(command: Command, isNamed: boolean): MaybePromise<DriverResult> {
    const start = performance.now()
    try {
      const result = isNamed ? this.driver.executeNamed(command) : this.driver.execute(command)
      if (result instanceof Promise) return this.#observed(result, command, start)
      this.#announce(command, start, result)
      return result
    } catch (error) {
      throw this.#failed(error, command, start)
    }
  }

  async #observed(
    pending: Promise<DriverResult>,
    command: Command,
    start: number,
  ): Promise<DriverResult> {
    try {
      const result = await pending
      this.#announce(command, start, result)
      return result
    } catch (error) {
      throw this.#failed(error, command, start)
    }
  }

  #failed(error: unknown, command: Command, start: number): AthanorError {
    const translated = this.#translate(error, command)
    this.#announce(command, start, undefined, translated)
    return translated
  }

  #announce(
    command: Command,
    start: number,
    result: DriverResult | undefined,
    error?: unknown,
  ): void {
    const { engine, holder } = this
    if (holder === undefined || !engine.events.has('statement')) return
    engine.events.emit('statement', {
      engineKey: engine.key,
      sql: command.sql,
      parameters: command.parameters,
      kind: kindOf(command.sql),
      durationMs: performance.now() - start,
      rows: result === undefined ? 0 : Math.max(result.rows.length, result.affectedRows),
      ...(error === undefined ? {} : { error }),
      holder,
    })
  }

  #translate(error: unknown, command: Command): AthanorError {
    if (error instanceof AthanorError) return error
    return this.engine.dialect.translateError(error, {
      sql: command.sql,
      engineKey: this.engine.key,
    })
  }

  #clock(): number {
    return this.engine.events.has('statement') ? performance.now() : 0
  }

  #checkHeld(): void {
    if (this.holder !== undefined) return
    throw new IllegalStateError(
      `Cannot use a connection of engine "${this.engine.key}": it was given back before. Take one with engine.connect(), and use it only until it is closed.`,
    )
  }
}

const COMMIT: Command = { sql: 'commit', parameters: [] }
const ROLLBACK: Command = { sql: 'rollback', parameters: [] }
