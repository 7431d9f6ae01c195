import { type AthanorError, DisconnectedError, IllegalStateError } from '../errors/index.ts'
import type { Holder } from '../pool/index.ts'
import { promiseOf, type MaybePromise } from '../util/index.ts'
import type { CommitToken } from './commit-tokens.ts'
import type { Intent } from './connection-source.ts'
import type { Command, DriverConnection, DriverResult, FlightOutcome } from './driver.ts'
import type { Engine } from './engine.ts'
import { FlightSender } from './flight-sender.ts'
import type { BeginOptions } from './isolation.ts'
import { COMMIT, StatementReporter } from './statement-reporter.ts'

/**
 * One connection of an engine, for one holder at a time: translates errors, announces statements, and sends together what may go together.
 *
 * To a server everything goes in flights (`FlightSender`), BEGIN and SAVEPOINT with the first statement. An embedded database is told at once.
 */
export class Connection {
  /** The engine it belongs to. */
  readonly engine: Engine
  /** Who has it; undefined while it lies in the pool. @internal */
  holder: Holder | undefined
  readonly #reporter: StatementReporter
  readonly #sender: FlightSender

  /** @internal */
  constructor(engine: Engine, driver: DriverConnection) {
    this.engine = engine
    this.#reporter = new StatementReporter(engine)
    this.#sender = new FlightSender(engine, driver, this.#reporter)
  }

  /** @internal */
  get driver(): DriverConnection {
    return this.#sender.driver
  }

  /** Whether a transaction is open, as the database knows it (a full disk, ON CONFLICT ROLLBACK or a deadlock ends one without a word), or begins with the next statement. */
  get inTransaction(): boolean {
    return this.#sender.prelude.begins || this.driver.inTransaction
  }

  /** Whether the open transaction can only be rolled back, or back to a savepoint, because a statement in it failed. */
  get hasFailed(): boolean {
    return this.driver.hasFailed === true
  }

  /** False once the connection was lost or closed. */
  get isOpen(): boolean {
    return this.driver.isOpen
  }

  /** Whether several statements can go without waiting in between: a server is at the other end. */
  get sendsFlights(): boolean {
    return this.driver.flight !== undefined
  }

  /** Whether the transaction that was begun last is committed. */
  get hasCommitted(): boolean {
    return this.#sender.hasCommitted
  }

  /** Whether a lost COMMIT is cleared up: its transaction may be known to be stored though its answers are lost. */
  get provesCommit(): boolean {
    return this.#sender.provesCommit
  }

  /** What it was taken for. @internal */
  get intent(): Intent {
    return this.#sender.intent
  }

  /** A new holder has it. @internal */
  take(holder: Holder, intent: Intent): void {
    this.holder = holder
    this.#sender.take(holder, intent)
  }

  /** Has the transaction that begins now insert a token before anything else, by which a lost COMMIT is cleared up. @internal */
  useToken(token: CommitToken): void {
    this.#sender.useToken(token)
  }

  /**
   * Hot: once a statement; a get by key costs 1.13 times the bare driver, on Node 24.
   *
   * @throws {DatabaseError} what the database answers, with `sql` and `engineKey`.
   * @throws {BindError} BIND when the driver would not store a parameter as it is.
   */
  execute(command: Command): MaybePromise<DriverResult> {
    return this.sendsFlights ? this.#alone(command) : this.#send(command)
  }

  /**
   * Sends the commands in order, as one flight where that is safe, and with `commit` COMMIT behind them. Never rejects: the outcome has the results up to the first failure,
   * and athanor's error of that. COMMIT does not happen after a failure, or where a command touched other than its `expectedRows`.
   */
  flight(
    commands: readonly Command[],
    options: { readonly commit?: boolean } = {},
  ): Promise<FlightOutcome> {
    const commit = options.commit === true
    if (!this.sendsFlights) return this.#oneByOne(commands, commit)
    return promiseOf(() =>
      !commit || this.#sender.mayCommitAtOnce
        ? this.#fly(commands, commit)
        : this.#flyAndCommit(commands),
    )
  }

  async #flyAndCommit(commands: readonly Command[]): Promise<FlightOutcome> {
    const written = await this.#fly(commands, false)
    if (written.error !== undefined || !areExpected(commands, written)) return written
    const committed = await this.#fly([], true)
    return { ...committed, results: written.results }
  }

  /** Rows in chunks of at most `chunkSize`. Leaving the loop early closes the cursor. */
  async *stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    this.#checkHeld()
    if (!this.#sender.prelude.isEmpty) throwError(await this.#fly([], false))
    const start = this.#reporter.clock()
    let rows = 0
    try {
      for await (const chunk of this.driver.stream(command, chunkSize)) {
        rows += chunk.length
        yield chunk
      }
    } catch (error) {
      throw this.#failed(error, command, start)
    }
    this.#reporter.report(command, this.holder, start, { result: { rows: [], affectedRows: rows } })
  }

  /** Begins a transaction; on a server BEGIN goes with the next statement. @throws {ArgumentError} ARGUMENT for an isolation level that the database lacks. */
  begin(options: BeginOptions = {}): MaybePromise<unknown> {
    const isolation = options.isolation ?? this.engine.options.isolation
    const commands = this.engine.dialect.beginSql({ ...options, isolation }).map(commandOf)
    const [only, ...others] = commands
    if (!this.sendsFlights)
      return only === undefined || others.length > 0 ? this.#sendEach(commands) : this.#send(only)
    this.#sender.begin(commands, options.readOnly === true)
    return undefined
  }

  /** Commits the open transaction. @throws {DatabaseError} what the database answers; the transaction may still be open then. @throws {CommitOutcomeUnknownError} COMMIT_OUTCOME_UNKNOWN. */
  commit(): MaybePromise<unknown> {
    if (!this.sendsFlights) return this.#send(COMMIT)
    return this.#sender.prelude.dropBegin() ? undefined : this.#commitAlone()
  }

  /** Rolls the open transaction back. */
  rollback(): MaybePromise<unknown> {
    return this.#sender.prelude.dropBegin() ? undefined : this.execute(ROLLBACK)
  }

  /** Marks a point that `rollbackTo` goes back to. */
  savepoint(name: string): MaybePromise<unknown> {
    const command = commandOf(`savepoint ${this.engine.dialect.quote(name)}`)
    if (!this.sendsFlights) return this.#send(command)
    this.#sender.prelude.savepoint(name, command)
    return undefined
  }

  /** Undoes what was done since the savepoint, which stays. */
  rollbackTo(name: string): MaybePromise<unknown> {
    if (this.#sender.prelude.has(name)) return undefined // nothing was done since
    this.#sender.prelude.clear()
    return this.execute(commandOf(`rollback to savepoint ${this.engine.dialect.quote(name)}`))
  }

  /** Forgets a savepoint; what was done since stays. */
  releaseSavepoint(name: string): MaybePromise<unknown> {
    if (this.#sender.prelude.dropSavepoint(name)) return undefined
    return this.execute(commandOf(`release savepoint ${this.engine.dialect.quote(name)}`))
  }

  /** Gives the connection back, as `engine.release` does: for `using connection = await engine.connect()`. */
  close(): void {
    this.engine.release(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  // ── embedded databases: each statement by itself, at once where the driver can ──

  #send(command: Command): MaybePromise<DriverResult> {
    this.#checkHeld()
    const start = this.#reporter.clock()
    try {
      const result = this.driver.execute(command)
      if (result instanceof Promise) return this.#sent(result, command, start)
      this.#reporter.report(command, this.holder, start, { result })
      return result
    } catch (error) {
      throw this.#failed(error, command, start)
    }
  }

  async #sent(
    pending: Promise<DriverResult>,
    command: Command,
    start: number,
  ): Promise<DriverResult> {
    try {
      const result = await pending
      this.#reporter.report(command, this.holder, start, { result })
      return result
    } catch (error) {
      throw this.#failed(error, command, start)
    }
  }

  #failed(error: unknown, command: Command, start: number): AthanorError {
    const failure = this.#reporter.translate(error, command)
    if (failure instanceof DisconnectedError) this.engine.lose(this.driver, failure)
    this.#reporter.report(command, this.holder, start, { error: failure })
    return failure
  }

  async #sendEach(commands: readonly Command[]): Promise<void> {
    for (const command of commands) await this.#send(command)
  }

  async #oneByOne(commands: readonly Command[], commit: boolean): Promise<FlightOutcome> {
    const results: DriverResult[] = []
    try {
      for (const command of commands) {
        const result = this.#send(command)
        results.push(result instanceof Promise ? await result : result)
      }
      if (commit && areExpected(commands, { results })) await this.#send(COMMIT)
    } catch (error) {
      return { results, error, commitSent: false }
    }
    return { results, commitSent: commit }
  }

  // ── servers: flights ──

  async #alone(command: Command): Promise<DriverResult> {
    const outcome = await this.#fly([command], false)
    throwError(outcome)
    const [result] = outcome.results
    if (result === undefined) throw new TypeError('a flight without an error has its results')
    return result
  }

  async #commitAlone(): Promise<void> {
    throwError(await this.#fly([], true))
  }

  #fly(commands: readonly Command[], commit: boolean): Promise<FlightOutcome> {
    this.#checkHeld()
    return this.#sender.fly(commands, commit)
  }

  #checkHeld(): void {
    if (this.holder !== undefined) return
    throw new IllegalStateError(
      `Cannot use a connection of engine "${this.engine.key}": it was given back before. Take one with engine.connect(), and use it only until it is closed.`,
    )
  }
}

const ROLLBACK: Command = { sql: 'rollback', parameters: [] }

function commandOf(sql: string): Command {
  return { sql, parameters: [] }
}

function throwError({ error }: FlightOutcome): void {
  if (error !== undefined) throw error
}

/** Whether every command touched as many rows as it must. */
export function areExpected(
  commands: readonly Command[],
  { results }: Pick<FlightOutcome, 'results'>,
): boolean {
  return results.every((result, i) => {
    const expected = commands[i]?.expectedRows
    return expected === undefined || expected === result.affectedRows
  })
}
