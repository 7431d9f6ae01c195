import {
  ConfigurationError,
  DisconnectedError,
  IllegalStateError,
  PartialCommitError,
  ReadOnlyError,
} from '../../errors/index.ts'
import type {
  BeginOptions,
  Command,
  CommitToken,
  Connection,
  DriverResult,
  Engine,
  Intent,
  IsolationLevel,
} from '../../engine/index.ts'
import type { Holder } from '../../pool/index.ts'
import { andFinally, andThen, type MaybePromise } from '../../util/index.ts'
import { LeasedReads } from './leased-reads.ts'

/** Whether a level promises that all reads of a transaction see one state of the database. */
export function isSnapshotLevel(isolation: IsolationLevel | undefined): boolean {
  return isolation === 'repeatable read' || isolation === 'serializable'
}

/** How a session begins its transactions. */
export interface ConnectionPolicy {
  readonly holder: Holder
  readonly begin: BeginOptions
  /** True: the first statement begins the transaction; false: reads are leased until something is written (design.md D4). */
  readonly beginOnRead: boolean
  /** A COMMIT whose answer is lost is to be cleared up, by a token in the transaction. */
  readonly exactlyOnce: boolean
}

/** The connections that a session holds: one for each engine it has a transaction on; reads before that lease one for a statement. */
export class SessionConnections {
  readonly #held = new Map<string, { readonly engine: Engine; readonly connection: Connection }>()
  /** Names of the open savepoints, outermost first: a connection that begins inside them gets them all. */
  readonly #savepoints: string[] = []
  #leasedReads: LeasedReads | undefined
  /** Engines with replicas on which a transaction that may write has begun, in all the session's life. */
  #written: Set<Engine> | undefined
  #policy: ConnectionPolicy
  #transactions = 0
  #savepointsMade = 0

  constructor(policy: ConnectionPolicy) {
    this.#policy = policy
  }

  /** Whether a transaction is open on any engine. */
  get isHolding(): boolean {
    return this.#held.size > 0
  }

  get policy(): ConnectionPolicy {
    return this.#policy
  }

  /** A number that tells the open transaction from all others of this session; 0 while none is open. */
  get transactionId(): number {
    return this.isHolding ? this.#transactions : 0
  }

  /** How the next transaction begins. */
  set policy(policy: ConnectionPolicy) {
    this.#policy = policy
  }

  /** The connection of the open transaction on `engine`. */
  held(engine: Engine): Connection | undefined {
    return this.#held.get(engine.key)?.connection
  }

  /** The connection on which reads run: the transaction's, which begins here where all reads are to see one state; undefined where each is leased. */
  reading(engine: Engine): MaybePromise<Connection | undefined> {
    this.#checkLevel(engine)
    return this.held(engine) ?? (this.#beginsOnRead(engine) ? this.begin(engine) : undefined)
  }

  /** Runs a read: in the open transaction, or on a connection leased for this one statement. An embedded database has answered when this returns. */
  read(engine: Engine, command: Command): MaybePromise<DriverResult> {
    return andThen(this.reading(engine), (own) =>
      own === undefined ? this.#readLeased(engine, command) : own.execute(command),
    )
  }

  #readLeased(engine: Engine, command: Command): MaybePromise<DriverResult> {
    const { holder } = this.#policy
    if (engine.dialect.supports.flights) {
      const intent = this.#mayLag(engine) ? 'replicaRead' : 'read'
      this.#leasedReads ??= new LeasedReads()
      return this.#leasedReads.read(engine, command, { holder, intent })
    }
    return andThen(engine.acquire('read', holder), (leased) =>
      andFinally(
        () => leased.execute(command),
        () => engine.release(leased),
      ),
    )
  }

  /** Whether a read on `engine` may travel with others: it is leased, and begins nothing. */
  mayShareRead(engine: Engine): boolean {
    return engine.dialect.supports.flights && !this.isHolding && !this.#beginsOnRead(engine)
  }

  /** Runs SQL on a connection that refuses to write; undefined when it wanted to. */
  async tryReadOnly(engine: Engine, command: Command): Promise<DriverResult | undefined> {
    const leased = await engine.acquire('guardedRead', this.#policy.holder)
    try {
      return await leased.execute(command)
    } catch (error) {
      if (error instanceof ReadOnlyError) return undefined
      throw error
    } finally {
      engine.release(leased)
    }
  }

  /** Runs SQL in a READ ONLY transaction of its own, which ends with it: one flight on a server. @throws {ReadOnlyError} READ_ONLY when it writes. */
  async readOnly(engine: Engine, command: Command): Promise<DriverResult> {
    const connection = await engine.acquire('snapshot', this.#policy.holder)
    try {
      const isolation = this.isolationOn(engine)
      const level = isolation === 'autocommit' ? {} : { isolation }
      await connection.begin({ ...level, readOnly: true })
      const { results, error } = await connection.flight([command], { commit: true })
      const [result] = results
      if (result !== undefined && error === undefined) return result
      if (connection.inTransaction) await connection.rollback()
      throw error
    } finally {
      engine.release(connection)
    }
  }

  /** The connection of the transaction on `engine`, which begins here if none is open. */
  async begin(engine: Engine): Promise<Connection> {
    const own = this.held(engine)
    if (own !== undefined) return own
    const intent: Intent = this.#policy.begin.readOnly === true ? 'snapshot' : 'write'
    if (intent === 'write') this.#noteWritten(engine)
    const token = intent === 'write' ? await this.#tokenOf(engine) : undefined
    const connection = await engine.acquire(intent, this.#policy.holder)
    try {
      if (token !== undefined) connection.useToken(token)
      if (this.isolationOn(engine) !== 'autocommit')
        await connection.begin({ ...this.#policy.begin, write: intent === 'write' })
      else if (this.#savepoints.length > 0) throw noSavepoints()
      for (const name of this.#savepoints) await connection.savepoint(name)
    } catch (error) {
      engine.release(connection)
      throw error
    }
    if (!this.isHolding) this.#transactions += 1
    this.#held.set(engine.key, { engine, connection })
    return connection
  }

  #noteWritten(engine: Engine): void {
    if (engine.options.replicas.length === 0) return
    this.#written ??= new Set()
    this.#written.add(engine)
  }

  /** Opens a savepoint in every open transaction, and in those that begin inside it. */
  async savepoint(): Promise<void> {
    if (this.#policy.begin.isolation === 'autocommit') throw noSavepoints()
    this.#savepointsMade += 1
    const name = `athanor_${this.#savepointsMade}`
    for (const { connection } of this.#held.values()) await connection.savepoint(name)
    this.#savepoints.push(name)
  }

  /** Releases the innermost savepoint. */
  async releaseSavepoint(): Promise<void> {
    const name = this.#savepoints.at(-1)
    if (name === undefined) return
    for (const { connection } of this.#held.values()) await connection.releaseSavepoint(name)
    this.#savepoints.pop()
  }

  /** Rolls back to the innermost savepoint, which is gone then. */
  async rollbackToSavepoint(): Promise<void> {
    const name = this.#savepoints.pop()
    if (name === undefined) return
    for (const { connection } of this.#held.values()) {
      await connection.rollbackTo(name)
      await connection.releaseSavepoint(name)
    }
  }

  /** Whether COMMIT on this connection would end all that the session has begun. An embedded database saves no trip by it. */
  isAlone(connection: Connection): boolean {
    return (
      connection.sendsFlights &&
      connection.inTransaction &&
      [...this.#held.values()].every((held) => held.connection === connection)
    )
  }

  /** Whether a statement's error has left a transaction that can only be rolled back. */
  get hasFailed(): boolean {
    return [...this.#held.values()].some(({ connection }) => connection.hasFailed)
  }

  /** Whether the database itself has ended a transaction that is open here, as SQLite does on a full disk. */
  get isLost(): boolean {
    return [...this.#held.values()].some(
      ({ engine, connection }) =>
        this.isolationOn(engine) !== 'autocommit' && !connection.inTransaction,
    )
  }

  /** Commits engine by engine. @throws what the first COMMIT throws; @throws {PartialCommitError} PARTIAL_COMMIT when a later one fails. */
  async commit(): Promise<void> {
    this.#savepoints.length = 0
    const committed: string[] = []
    for (const [key, { engine, connection }] of this.#held) {
      try {
        if (connection.inTransaction) await connection.commit()
        else if (!connection.isOpen && !connection.hasCommitted) throw lostBeforeCommit(key)
      } catch (error) {
        if (committed.length === 0) throw error
        throw this.#partial(committed, key, error)
      }
      committed.push(key)
      this.#held.delete(key)
      engine.release(connection)
    }
  }

  /** Rolls back and gives all connections back; errors of ROLLBACK invalidate the connection and are returned, never thrown. */
  rollback(): MaybePromise<readonly unknown[]> {
    this.#savepoints.length = 0
    return this.isHolding ? this.#rollBackHeld() : []
  }

  async #rollBackHeld(): Promise<readonly unknown[]> {
    const errors: unknown[] = []
    for (const [key, { engine, connection }] of this.#held) {
      this.#held.delete(key)
      try {
        if (connection.inTransaction) await connection.rollback()
        engine.release(connection)
      } catch (error) {
        errors.push(error)
        engine.invalidate(connection, error)
      }
    }
    return errors
  }

  /** The level of the transaction on `engine`; undefined = the database's own. */
  isolationOn(engine: Engine): IsolationLevel | undefined {
    return this.#policy.begin.isolation ?? engine.options.isolation
  }

  /** A token for the transaction on `engine`, where it needs one: no other process commits for an embedded database. @throws {ConfigurationError} CONFIGURATION on a second engine. */
  #tokenOf(engine: Engine): MaybePromise<CommitToken | undefined> {
    return this.#policy.exactlyOnce ? this.#newTokenOf(engine) : undefined
  }

  async #newTokenOf(engine: Engine): Promise<CommitToken | undefined> {
    const [other] = this.#held.keys()
    if (other !== undefined) throw oneEngineOnly(other, engine.key)
    if (!engine.mayLoseCommits) return undefined
    await engine.commitTokens.prepare(this.#policy.holder)
    return engine.commitTokens.issue()
  }

  /** A replica may answer until the session has written on this engine: afterwards it would turn back time (settled H11). */
  #mayLag(engine: Engine): boolean {
    return engine.options.replicas.length > 0 && this.#written?.has(engine) !== true
  }

  /** A lease begins nothing, and would pass over a level that the database lacks. @throws {ArgumentError} ARGUMENT. */
  #checkLevel(engine: Engine): void {
    const { isolation } = this.#policy.begin
    const { supports } = engine.dialect
    if (isolation !== undefined && !supports.isolationLevels.includes(isolation))
      engine.dialect.beginSql({ isolation })
  }

  /** Leased reads would each see another state of the database: where one state was asked for, the first statement begins the transaction. */
  #beginsOnRead(engine: Engine): boolean {
    return (
      this.#policy.beginOnRead ||
      engine.options.begin === 'onFirstStatement' ||
      isSnapshotLevel(this.isolationOn(engine))
    )
  }

  #partial(committed: readonly string[], failed: string, cause: unknown): PartialCommitError {
    const rolledBack = [...this.#held.keys()]
    return new PartialCommitError(
      `Cannot commit on engine "${failed}", after ${committed.map((key) => `"${key}"`).join(', ')} had committed: the work is stored there and rolled back on ${rolledBack.map((key) => `"${key}"`).join(', ')}. Keep work that must stand or fall together on one engine.`,
      { cause, engineKey: failed, committed, info: { committed, rolledBack } },
    )
  }
}

function lostBeforeCommit(engineKey: string): DisconnectedError {
  return new DisconnectedError(
    `Cannot commit on engine "${engineKey}": the connection was lost before COMMIT was sent, and with it the transaction. Nothing of it is stored: run it again.`,
    { engineKey },
  )
}

function oneEngineOnly(held: string, engineKey: string): ConfigurationError {
  return new ConfigurationError(
    `Cannot write on engine "${engineKey}" with { exactlyOnce: true }: the transaction has written on "${held}", and a commit on one engine proves nothing of another. Use a transaction for each engine.`,
    { info: { engineKey, held } },
  )
}

function noSavepoints(): IllegalStateError {
  return new IllegalStateError(
    'Cannot begin a savepoint: under "autocommit" each statement is a transaction of its own. Use another isolation level for work that may be rolled back.',
  )
}
