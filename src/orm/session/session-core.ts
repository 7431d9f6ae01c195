import { CallSite, IllegalStateError, SessionClosedError } from '../../errors/index.ts'
import { andThen, promiseOf, type MaybePromise } from '../../util/index.ts'
import type { Command, Connection } from '../../engine/index.ts'
import {
  loadWithSiblings,
  type Hydration,
  type LoaderContext,
  type MergeMode,
} from '../loading/index.ts'
import type { AnyEntity, Mapper, RelationDescriptor, SelectEntity } from '../mapping/index.ts'
import type { Statement } from '../../sql/index.ts'
import {
  findState,
  IdentityMap,
  isModified,
  type InstanceState,
  type RelatedStatements,
  type SessionPort,
} from '../state/index.ts'
import { isSnapshotLevel, SessionConnections } from './connections.ts'
import { compile, engineKeyOf, type Moment } from './execute.ts'
import { OperationQueue, type MayShare } from './operation-queue.ts'
import { policyOf, SessionBoundaries } from './session-boundaries.ts'
import type { SessionContext } from './session-context.ts'
import type { RelatedQueries } from './queries.ts'
import { RowHooks } from './row-hooks.ts'
import { SessionHooks, type SessionEvent } from './session-hooks.ts'
import { SessionObjects } from './session-objects.ts'
import { SessionStatements } from './session-statements.ts'
import { SessionTransaction } from './session-transaction.ts'
import type { TransactionRecord } from './transaction-record.ts'
import { mapperOfState, UnitOfWork, type UnitOfWorkContext } from './unit-of-work.ts'

/**
 * The inside of a session: identity map, unit of work, transaction, and the rules by which they work together. `Session` is its public face;
 * objects see it as a `SessionPort`, loaders as a `LoaderContext`, its unit of work as a `UnitOfWorkContext`.
 */
export class SessionCore implements SessionPort, LoaderContext, UnitOfWorkContext {
  readonly context: SessionContext
  readonly face: object
  readonly identityMap: IdentityMap = new IdentityMap()
  readonly connections: SessionConnections
  readonly transaction: SessionTransaction
  readonly boundaries: SessionBoundaries
  readonly statements: SessionStatements
  readonly objects: SessionObjects
  readonly work: UnitOfWork
  readonly queue: OperationQueue
  readonly hooks: SessionHooks
  readonly rowHooks: RowHooks
  epoch = 1
  /** True inside `noAutoflush`. */
  isAutoflushOff: boolean
  /** Set by the face, which knows queries. */
  related: RelatedQueries | undefined
  #isClosed = false
  /** Only for a session without a scope: the scope tells its own story, and a stack costs 3 µs. */
  #closedAt: CallSite | undefined
  #closeReason: string | undefined
  /** The listeners that run now, in the middle of an operation. */
  #telling: SessionEvent | undefined
  #isFlushing = false

  /** `face` is what users know as the session. */
  constructor(context: SessionContext, face: object) {
    this.context = context
    this.face = face
    this.isAutoflushOff = context.options.autoflush === false
    this.connections = new SessionConnections(policyOf(context))
    this.boundaries = new SessionBoundaries(this)
    this.hooks = new SessionHooks(context)
    this.rowHooks = new RowHooks(context.rowListeners, () => [
      ...this.work.pending,
      ...this.identityMap,
    ])
    this.transaction = new SessionTransaction(
      context.options.autobegin !== false,
      context.changeSignals !== undefined,
    )
    this.statements = new SessionStatements(context, this.connections, (error) =>
      this.boundaries.fail(error, this.transaction.depth),
    )
    this.objects = new SessionObjects(this)
    this.queue = new OperationQueue(context.tasks)
    this.work = new UnitOfWork(this)
  }

  // ── SessionPort ──

  get isClosed(): boolean {
    return this.#isClosed
  }

  get name(): string {
    return this.context.holder.name
  }

  mapperOf(model: object): Mapper {
    return this.context.registry.mapperOf(model)
  }

  reference(model: object, key: readonly unknown[]): object | null {
    return this.objects.reference(this.mapperOf(model), key)?.entity ?? null
  }

  adopt(entity: object): void {
    const state = findState(entity)
    if (state === undefined || (state.phase !== 'transient' && state.session === this)) return
    this.checkNoRowListener('add an object')
    this.objects.add(state)
  }

  load(states: readonly InstanceState[], paths: readonly string[], isQuery = false): Promise<void> {
    return this.run('load', async () => {
      await this.autoflush()
      await loadWithSiblings(this, (state) => this.mapperOfState(state), { states, paths, isQuery })
    })
  }

  selectRelated(
    state: InstanceState,
    relation: RelationDescriptor,
  ): SelectEntity<AnyEntity, AnyEntity> {
    return this.#related.select(state, relation)
  }

  changeRelated(state: InstanceState, relation: RelationDescriptor): RelatedStatements {
    return this.#related.changes(state, relation)
  }

  get #related(): RelatedQueries {
    if (this.related === undefined)
      throw new TypeError('a session core without its face has no queries')
    return this.related
  }

  closedError(operation: string): Error {
    const reason = this.#closeReason === undefined ? '' : ` (${this.#closeReason})`
    return (
      this.context.closedError?.(operation) ??
      new SessionClosedError(
        `Cannot ${operation}: the session was closed at ${String(this.#closedAt ?? '<unknown>')}${reason}. Await the work before the session is closed, or open another with db.createSession().`,
      )
    )
  }

  // ── operations in turn ──

  /** Runs one operation of the user at its turn. @throws {ScopeClosedError} SCOPE_CLOSED, @throws {SessionClosedError} SESSION_CLOSED, @throws {PendingRollbackError} PENDING_ROLLBACK. */
  run<T>(operation: string, body: () => MaybePromise<T>, mayShare?: MayShare): Promise<T> {
    this.checkMayBegin(operation)
    return promiseOf(() => this.inTurn(operation, body, mayShare))
  }

  /** As `run`, for what `checkMayBegin` has let pass; with the result where an embedded database has answered. */
  inTurn<T>(operation: string, body: () => MaybePromise<T>, mayShare?: MayShare): MaybePromise<T> {
    return this.asCall(() =>
      this.queue.run(() => {
        this.checkOpen(operation)
        this.checkUsable(operation)
        return body()
      }, mayShare),
    )
  }

  /** Runs `fn` as what the developer calls now: the statements that it sends, whenever that is, are told to come from there. */
  asCall<T>(fn: () => T, call: CallSite | undefined = this.call): T {
    const { calls } = this.context
    return calls === undefined || call === undefined ? fn() : calls.run(call, fn)
  }

  /** The call that the developer makes now; undefined while nobody records. */
  get call(): CallSite | undefined {
    return this.context.calls?.here()
  }

  /** Whether a read on this engine may run beside others: it takes a lease, and nothing has to be flushed before it. */
  mayShareRead(engineKey: string): boolean {
    return this.connections.mayShareRead(this.context.engine(engineKey)) && !this.hasWork
  }

  /** Runs an operation that begins or ends a transaction at its turn. @throws {IllegalStateError} ILLEGAL_STATE in a listener. */
  bound<T>(operation: string, body: () => MaybePromise<T>): Promise<T> {
    this.checkMayBegin(operation)
    return promiseOf(() =>
      this.asCall(() =>
        this.queue.run(() => {
          this.checkOpen(operation)
          if (this.#telling === undefined) return body()
          throw new IllegalStateError(
            `Cannot ${operation}: a ${this.#telling} listener of this session runs, in the middle of a flush, commit or rollback. Leave the transaction to whoever ends it; setRollbackOnly() has it rolled back.`,
          )
        }),
      ),
    )
  }

  /** Whether `operation` may run now; begins the transaction if none is open. @throws {PendingRollbackError} PENDING_ROLLBACK; @throws {IllegalStateError} ILLEGAL_STATE. */
  checkUsable(operation: string): void {
    this.transaction.checkUsable(operation)
    if (this.#telling === 'afterCommit')
      throw new IllegalStateError(
        `Cannot ${operation}: an afterCommit listener runs, and the transaction is over. Open a scope of its own with db.run() for further work.`,
      )
    if (this.queue.isInFinishedBlock)
      throw new IllegalStateError(
        `Cannot ${operation}: the transaction of this block is finished, because commit() or rollback() was called in it. Leave that to the end of the block, or do the rest behind it.`,
      )
    this.transaction.autobegin(operation)
  }

  checkOpen(operation: string): void {
    if (this.isClosed) throw this.closedError(operation)
  }

  /** Whether the user may begin an operation. What was begun before the end still has its turn. */
  checkMayBegin(operation: string): void {
    this.checkNoRowListener(operation)
    this.checkMayListen(operation)
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE: a listener of one row may not use the session. */
  checkNoRowListener(operation: string): void {
    const { running } = this.rowHooks
    if (running === undefined) return
    throw new IllegalStateError(
      `Cannot ${operation}: a ${running} runs, in the middle of a flush. It may change columns of its own object, and not use the session. Do that in a listener of the whole flush: session.on('beforeFlush', …).`,
    )
  }

  /** Whether the user may leave a callback to be run later. */
  checkMayListen(operation: string): void {
    this.checkOpen(operation)
    if (this.context.isEnding === true && !this.queue.isInListener)
      throw this.closedError(operation)
  }

  // ── LoaderContext ──

  read(engineKey: string, command: Command): MaybePromise<unknown[][]> {
    return this.statements.rows(engineKey, command)
  }

  hydration(mode: MergeMode = 'keep', { epoch, transactionId }: Moment = this.moment): Hydration {
    return { session: this, identityMap: this.identityMap, mode, epoch, transactionId }
  }

  mapperOfState(state: InstanceState): Mapper {
    return mapperOfState(state, (model) => this.mapperOf(model))
  }

  // ── UnitOfWorkContext ──

  get diagnostics(): boolean {
    return this.context.diagnostics
  }

  get record(): TransactionRecord {
    return this.transaction.record
  }

  get moment(): Moment {
    return { epoch: this.epoch, transactionId: this.connections.transactionId }
  }

  write(engineKey: string): Promise<Connection> {
    return this.statements.begin(engineKey)
  }

  isAlone(connection: Connection): boolean {
    return this.connections.isAlone(connection)
  }

  /** @throws {IllegalStateError} READ_OUTSIDE_TRANSACTION: the isolation that was asked for would not cover the value that the change is based on (settled H5). */
  checkUpdate(state: InstanceState): void {
    const mapper = this.mapperOfState(state)
    const isolation = this.connections.isolationOn(this.context.engine(mapper.engineKey))
    const wasReadInside = state.readIn !== 0 && state.readIn === this.connections.transactionId
    const isGuarded = state.isHollow || mapper.versionColumn !== undefined || wasReadInside
    if (!isSnapshotLevel(isolation) || isGuarded) return
    throw new IllegalStateError(
      `Cannot update ${state.label} under ${isolation}: it was read before this transaction began, so that the database cannot see a conflict. Load it inside the transaction.`,
      {
        code: 'READ_OUTSIDE_TRANSACTION',
        info: { object: state.label, isolation },
      },
    )
  }

  /** A statement as the engine of its tables is sent it. */
  compile(statement: Statement): Command {
    return compile(this, statement, engineKeyOf(this, statement)).command
  }

  // ── flush ──

  /** Whether anything waits to be written. Looks at each object of the session. */
  get hasWork(): boolean {
    if (this.work.pending.size > 0 || this.work.deleted.size > 0) return true
    return this.identityMap.some(isModified)
  }

  autoflush(trigger = 'query'): MaybePromise<unknown> {
    if (this.isAutoflushOff || this.#isFlushing || !this.hasWork) return undefined
    return this.flushNow(`autoflush before a ${trigger}`)
  }

  /**
   * Writes what is pending; an error after the first statement ends the innermost savepoint or the transaction. A flush that is a commit's last act takes COMMIT along, unless
   * listeners are to hear of it before that.
   */
  flushNow(operation = 'flush', isLast = false): MaybePromise<boolean> {
    if (this.#isFlushing)
      throw new IllegalStateError(
        `Cannot ${operation}: a flush of this session is running, and a listener of it asked for another. Change objects in a beforeFlush listener; the flush that runs writes them.`,
      )
    if (!this.hasWork) return false
    this.statements.checkMayWrite()
    return this.#flush(operation, isLast)
  }

  async #flush(operation: string, isLast: boolean): Promise<boolean> {
    this.#isFlushing = true
    try {
      await this.tell('beforeFlush')
      return await this.#write(isLast && !this.hooks.has('afterFlush'))
    } catch (error) {
      if (operation !== 'flush') noteTrigger(error, operation)
      throw error
    } finally {
      this.#isFlushing = false
    }
  }

  async #write(commit: boolean): Promise<boolean> {
    try {
      const wrote = await this.work.flush(commit)
      if (wrote) await this.tell('afterFlush')
      return wrote
    } catch (error) {
      if (this.work.hasSent) await this.boundaries.fail(error, commit ? 0 : this.transaction.depth)
      throw error
    }
  }

  tell(event: SessionEvent): MaybePromise<void> {
    return this.hooks.has(event) ? this.during(event, () => this.hooks.run(event)) : undefined
  }

  /** Runs listeners in the middle of an operation: what they ask of the session runs inside it. */
  async during(event: SessionEvent, listeners: () => Promise<void>): Promise<void> {
    const before = this.#telling
    this.#telling = event
    try {
      await this.queue.lend(listeners)
    } finally {
      this.#telling = before
    }
  }

  // ── end ──

  /**
   * Rolls back, gives connections back, and detaches all objects. What was written and not committed is put back to where it stood; all else keeps its values. Idempotent.
   *
   * @throws {IllegalStateError} ILLEGAL_STATE in a listener of this session.
   */
  close(reason: string | undefined): MaybePromise<void> {
    if (this.isClosed) return undefined
    if (this.queue.isInListener)
      throw new IllegalStateError(
        'Cannot close the session: a listener of it runs, in the middle of an operation. Close it behind that.',
      )
    this.#isClosed = true
    if (this.context.closedError === undefined) this.#closedAt = new CallSite()
    this.#closeReason = reason
    return andThen(this.queue.idle(), () =>
      andThen(this.statements.closeStreams(), () =>
        andThen(this.boundaries.abandon(), () => this.#forget()),
      ),
    )
  }

  #forget(): void {
    this.work.forgetPending()
    this.identityMap.clear()
  }

  /** Rolls back and forgets all objects; the session goes on as new. */
  async resetNow(): Promise<void> {
    await this.boundaries.abandon()
    this.objects.forgetAll()
  }
}

/** Says in an error's text which operation the flush was part of. */
function noteTrigger(error: unknown, operation: string): void {
  if (error instanceof Error && !error.message.includes('(during '))
    error.message += ` (during ${operation})`
}
