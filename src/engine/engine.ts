import { AthanorError, CallSite, DisconnectedError } from '../errors/index.ts'
import { Emitter, type ListenerErrorReporter } from '../events/index.ts'
import type { Holder, PoolStatus } from '../pool/index.ts'
import { StatementCache, type KyselyDialect } from '../sql/index.ts'
import { refuseTransfer, startTimer, type MaybePromise } from '../util/index.ts'
import { CommitTokens } from './commit-tokens.ts'
import { Connection } from './connection.ts'
import type { ConnectionSource, Intent } from './connection-source.ts'
import type { Dialect } from './dialect.ts'
import type { Command, DriverConnection } from './driver.ts'
import type { EngineEvents } from './engine-events.ts'
import { ErrorHook } from './error-hook.ts'
import type { BeginOptions } from './isolation.ts'
import type { EffectiveEngineOptions, EngineOptions, OptionOrigin } from './options.ts'
import { describeOptions, type OptionDescription } from './describe-options.ts'
import { createKyselyDialect, type KyselyDialectOptions } from './kysely/kysely-dialect.ts'
import { ReplicatedSource } from './replicated-source.ts'
import { resolveOptions, withOption, type ResolvedOptions } from './resolve-options.ts'
import type { EngineUrl } from './url.ts'

/**
 * A database: its dialect, its connections, its compiled statements. Connects at the first use.
 *
 * @remarks Semantics: SQLAlchemy `Engine`. Differs: sessions ask for a connection with an intent, because reading and writing are different things on SQLite.
 * @since 0.1
 */
export class Engine {
  /** One wrapper for each connection of the driver. The first field: what refuses clones must come before what Node cannot clone. */
  readonly #connections: WeakMap<DriverConnection, Connection> = connectionsOf(this)
  /** Its key among the engines of a Database: `default`, or the name that models give as `bind`. */
  readonly key: string
  /** What it knows of its kind of database. */
  readonly dialect: Dialect
  /** Where the database is; printed without its password. */
  readonly url: EngineUrl
  /** Compiled statements by shape. @internal */
  readonly statements: StatementCache = new StatementCache()
  /** What happens on it: statements, connections, pool. */
  readonly events: Emitter<EngineEvents>
  /** For transactions that are to happen exactly once. @internal */
  readonly commitTokens: CommitTokens = new CommitTokens(this)
  /** Of the option `onError`. @internal */
  readonly errorHook: ErrorHook | undefined
  readonly #ownSource: ConnectionSource
  /** Where connections come from: its own source, or what `wrapSource` has put around it. */
  #source: ConnectionSource
  #options: EffectiveEngineOptions
  #optionOrigins: ReadonlyMap<string, OptionOrigin>

  private constructor(key: string, resolved: ResolvedOptions, report: ListenerErrorReporter) {
    this.key = key
    this.dialect = resolved.dialect
    this.url = resolved.url
    this.#options = resolved.options
    this.#optionOrigins = resolved.origins
    this.events = new Emitter(report)
    const { onError } = resolved.options
    this.errorHook = onError === undefined ? undefined : new ErrorHook(this, onError, report)
    this.#ownSource = this.#createSource(resolved)
    this.#source = this.#ownSource
  }

  /**
   * Makes an engine; connects nothing.
   *
   * @throws {ConfigurationError} CONFIGURATION, UNKNOWN_OPTION, ENGINE_NOT_CONFIGURED. No text shows a password.
   */
  static create(
    key: string,
    options: EngineOptions,
    dialects: ReadonlyMap<string, Dialect>,
    reportListenerError: ListenerErrorReporter = warnOfListener,
  ): Engine {
    return new Engine(key, resolveOptions(key, options, dialects), reportListenerError)
  }

  /** What it runs with, every default filled in. */
  get options(): EffectiveEngineOptions {
    return this.#options
  }

  /** Where each value of `options`, and the URL, comes from, by `pool.size` and the like. */
  get optionOrigins(): ReadonlyMap<string, OptionOrigin> {
    return this.#optionOrigins
  }

  /** Every option in effect with its value and where that comes from, to print or log: passwords are masked. */
  describeOptions(): OptionDescription[] {
    return describeOptions(this.url, this.#options, this.#optionOrigins)
  }

  /** Counters of its connections; of those to the primary, where there are replicas. */
  get status(): PoolStatus {
    return this.#source.status
  }

  /** Counters of the connections to each replica, in the order of the option `replicas`. */
  get replicaStatus(): readonly PoolStatus[] {
    return this.#ownSource instanceof ReplicatedSource ? this.#ownSource.replicas : []
  }

  /** Whether a COMMIT may get lost on its way: a network is in between, and what is begun here is a transaction of the database's own. @internal */
  get mayLoseCommits(): boolean {
    return this.dialect.supports.flights && this.#source.isJoined !== true
  }

  /** Puts a source around the one that connections come from, for good: how athanor/testing joins all of them. @internal */
  wrapSource(wrap: (source: ConnectionSource) => ConnectionSource): void {
    this.#source = wrap(this.#source)
  }

  /**
   * Hot: once a lease; 0.2 µs with the release, 0.4 µs to write, on Node 24. A connection for `holder`, at once where one is free. Give it back with
   * `release`.
   *
   * @throws {PoolTimeoutError} POOL_TIMEOUT, @throws {LockTimeoutError} LOCK_TIMEOUT when none came free in time; both name who has it.
   * @throws {IllegalStateError} SELF_DEADLOCK when it is held by a scope that waits for this one.
   * @throws {OperationalError} CANNOT_OPEN, NOT_A_DATABASE and the like when the database cannot be opened.
   */
  acquire(intent: Intent, holder: Holder): MaybePromise<Connection> {
    try {
      const driver = this.#source.acquire(intent, holder)
      return driver instanceof Promise
        ? this.#acquired(driver, intent, holder)
        : this.#take(driver, intent, holder)
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Gives a connection back. A transaction that is still open is rolled back; when that fails the connection is closed. */
  release(connection: Connection): void {
    if (connection.inTransaction) void this.#rollBackAndRelease(connection)
    else this.#giveBack(connection)
  }

  /** Takes a connection that was lost out of the pool, and all others of its time where the server went; its holder gives it back as always. @internal */
  lose(driver: DriverConnection, error: AthanorError): void {
    this.#source.invalidate(driver, error)
  }

  /** Another connection in the place of one that was lost, for the same holder. @throws what stands in the way of a new one. @internal */
  async replace(
    lost: DriverConnection,
    intent: Intent,
    holder: Holder | undefined,
  ): Promise<DriverConnection> {
    const connection = this.#connections.get(lost)
    if (connection === undefined || holder === undefined)
      throw new TypeError('only a connection that is held is replaced')
    try {
      const driver = await this.#source.acquire(intent, holder)
      this.#connections.set(driver, connection)
      return driver
    } catch (error) {
      throw this.#translate(error)
    }
  }

  /** Closes a connection that cannot be trusted any more, because of `error`. */
  invalidate(connection: Connection, error: unknown): void {
    connection.holder = undefined
    this.#source.invalidate(connection.driver, error)
  }

  /**
   * Has all connections that are open now, or the one that is given, replaced when they are next taken: after a password or a search path was changed, say. What is idle or in use stays as it is
   * until then, and whoever has a connection keeps it. Sends nothing. Does nothing to a database in memory and to PGlite, whose one connection is the database.
   *
   * @remarks Semantics: SQLAlchemy `Connection.invalidate(soft=True)`. Differs: also for all connections at once.
   * @since 0.2
   */
  recycle(connection?: Connection): void {
    this.#source.recycle(connection?.driver)
  }

  /** A connection of one's own, without a session. Close it, or use `await using`. */
  async connect(options: ConnectOptions = {}): Promise<Connection> {
    return this.acquire(options.intent ?? 'write', options.holder ?? callerOf('engine.connect'))
  }

  /** Runs `fn` in a transaction of its own, without a session: committed when it returns, rolled back when it throws. */
  async begin<T>(
    fn: (connection: Connection) => MaybePromise<T>,
    options: BeginOptions & ConnectOptions = {},
  ): Promise<T> {
    const intent = options.intent ?? (options.readOnly === true ? 'snapshot' : 'write')
    const connection = await this.acquire(intent, options.holder ?? callerOf('engine.begin'))
    try {
      await connection.begin({ write: intent === 'write', ...options })
      const result = await fn(connection)
      await connection.commit()
      return result
    } finally {
      this.release(connection) // rolls back what is not committed
    }
  }

  /** Connects if need be and asks the database for an answer. @throws what stands in the way. */
  async ping(): Promise<void> {
    const connection = await this.acquire('read', callerOf('engine.ping'))
    try {
      await connection.execute(PING)
    } finally {
      this.release(connection)
    }
  }

  /**
   * A dialect for Kysely over this engine: `new Kysely<Tables>({ dialect: engine.kyselyDialect() })`. Queries, streams, transactions, savepoints, cancelling, introspection and
   * migrations run on the engine's connections: reads are sent again when a connection turns out to be lost, and so is a transaction's first statement.
   * Values and rows are those of Kysely's own dialect for the database, except: what is not text goes as athanor stores it (dates in UTC, booleans on SQLite too), integers that
   * fit are numbers, and a text holds one statement.
   */
  kyselyDialect(options?: KyselyDialectOptions): KyselyDialect {
    return createKyselyDialect(this, options)
  }

  /** Closes all connections, those in use when they come back; the engine goes on with new ones. A database in memory is lost. */
  dispose(): Promise<void> {
    return this.#source.dispose()
  }

  /** Closes the engine for good: waits at most `deadlineMs` for connections in use. */
  close(deadlineMs: number = CLOSE_DEADLINE_MS): Promise<void> {
    return this.#source.close(deadlineMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Its key and URL, without the password. */
  toString(): string {
    return `Engine <${this.key}: ${this.url.toString()}>`
  }

  /** As `toString()`. */
  toJSON(): string {
    return this.toString()
  }

  /** Takes over an option that only the server could tell. */
  #learn(option: string, value: unknown): void {
    this.#options = withOption(this.#options, option, value)
    this.#optionOrigins = new Map(this.#optionOrigins).set(option, 'server')
  }

  #createSource({ dialect, url, options }: ResolvedOptions): ConnectionSource {
    const { key, events, errorHook } = this
    const primary = dialect.createConnectionSource({
      key,
      url,
      options,
      events,
      errorHook,
      learn: (option, value) => this.#learn(option, value),
    })
    if (options.replicas.length === 0) return primary
    // one that is away is not waited for: another answers
    const following = { ...options, reconnectWindowMs: 0 }
    const replicas = options.replicas.map((replica) =>
      dialect.createConnectionSource({ key, url: replica, options: following, events, errorHook }),
    )
    return new ReplicatedSource(primary, replicas)
  }

  #take(driver: DriverConnection, intent: Intent, holder: Holder): Connection {
    let connection = this.#connections.get(driver)
    if (connection === undefined) {
      connection = new Connection(this, driver)
      this.#connections.set(driver, connection)
    }
    connection.take(holder, intent)
    return connection
  }

  async #acquired(
    driver: Promise<DriverConnection>,
    intent: Intent,
    holder: Holder,
  ): Promise<Connection> {
    try {
      return this.#take(await driver, intent, holder)
    } catch (error) {
      throw this.#translate(error)
    }
  }

  async #rollBackAndRelease(connection: Connection): Promise<void> {
    try {
      const rolledBack = connection.rollback()
      if (rolledBack instanceof Promise) await rolledBack // an embedded database is done: nothing may come between
      this.#giveBack(connection)
    } catch (error) {
      this.invalidate(connection, error)
    }
  }

  #giveBack(connection: Connection): void {
    connection.holder = undefined
    const { driver } = connection
    if (this.#options.resetOnReturn === 'full' && driver.isOpen && driver.reset !== undefined)
      void this.#resetAndGiveBack(driver, driver.reset())
    else this.#source.release(driver)
  }

  /** One that cannot be reset is replaced: that is a reset too. */
  async #resetAndGiveBack(driver: DriverConnection, reset: Promise<void>): Promise<void> {
    const { connectTimeoutMs } = this.#options
    const silence = new DisconnectedError(
      `A connection of engine "${this.key}" did not answer its reset within ${connectTimeoutMs} ms (connectTimeoutMs). It was given up.`,
      { engineKey: this.key },
    )
    const deadline = startTimer(() => driver.destroy?.(silence), connectTimeoutMs)
    try {
      await reset
      this.#source.release(driver)
    } catch (error) {
      this.#source.invalidate(driver, this.#translate(error))
    } finally {
      clearTimeout(deadline)
    }
  }

  #translate(error: unknown): AthanorError {
    if (error instanceof AthanorError) return error
    return (
      this.errorHook?.translate(error, 'connect') ??
      this.dialect.translateError(error, { engineKey: this.key })
    )
  }
}

/** How a connection is taken without a session. */
export interface ConnectOptions {
  /** What it is for. Default `write`. */
  readonly intent?: Intent
  /** Who takes it, for messages. Default: the place of the call. */
  readonly holder?: Holder
}

const PING: Command = { sql: 'select 1', parameters: [], replay: true }
const CLOSE_DEADLINE_MS = 10_000

function callerOf(operation: string): Holder {
  const site = new CallSite({ below: callerOf })
  return {
    get name() {
      return `${operation} at ${site.toString()}`
    },
    parent: undefined,
  }
}

/** The connections of an engine that cannot be taken elsewhere with it. */
function connectionsOf(engine: Engine): WeakMap<DriverConnection, Connection> {
  refuseTransfer(
    engine,
    () =>
      `Cannot send engine "${engine.key}" to another thread or process, nor clone it: its connections are open files or sockets of this one. Make an engine there, from the same options.`,
  )
  return new WeakMap()
}

function warnOfListener(error: unknown, event: string): void {
  process.emitWarning(
    `A listener of the engine's event "${event}" threw. What it heard of has happened all the same.`,
    {
      type: 'AthanorWarning',
      code: 'ATHANOR_LISTENER',
      detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
    },
  )
}
