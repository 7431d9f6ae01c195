import { CallSite, FlushError, IllegalStateError, SessionClosedError } from '../../errors/index.ts'
import type { BeginOptions, Command } from '../../engine/index.ts'
import { loadTree, loadRows, pathTree, type Hydration, type LoaderContext, type MergeMode } from '../loading/index.ts'
import type { AnyEntity, Mapper, RelationDescriptor, SelectEntity } from '../mapping/index.ts'
import { findState, IdentityMap, isModified, type InstanceState, type SessionPort } from '../state/index.ts'
import { isSnapshotLevel, SessionConnections } from './connections.ts'
import { OperationQueue } from './operation-queue.ts'
import type { SessionContext } from './session-context.ts'
import { SessionHooks } from './session-hooks.ts'
import { SessionObjects } from './session-objects.ts'
import { readOnly, SessionStatements } from './session-statements.ts'
import { SessionTransaction } from './session-transaction.ts'
import { discardChanges } from './transaction-record.ts'
import { mapperOfState, UnitOfWork } from './unit-of-work.ts'

/** Hooks of a commit may create new work this often before it is an error (SQLAlchemy's number). */
const MOST_FLUSHES = 100

/**
 * The inside of a session: identity map, unit of work, transaction, and the rules by which they work together. `Session` is its public face;
 * objects see it as a `SessionPort`, loaders as a `LoaderContext`.
 */
export class SessionCore implements SessionPort, LoaderContext {
  readonly context: SessionContext
  readonly identityMap: IdentityMap = new IdentityMap()
  readonly connections: SessionConnections
  readonly transaction: SessionTransaction
  readonly statements: SessionStatements
  readonly objects: SessionObjects
  readonly work: UnitOfWork
  readonly queue: OperationQueue
  readonly hooks: SessionHooks = new SessionHooks()
  epoch = 1
  /** True inside `noAutoflush`. */
  isAutoflushOff: boolean
  /** Makes a query for a relation's members; set by the face, which knows queries. */
  relatedQuery: ((state: InstanceState, relation: RelationDescriptor) => SelectEntity<AnyEntity, AnyEntity>) | undefined
  #isClosed = false
  /** Only for a session without a scope: the scope tells its own story, and a stack costs 3 µs. */
  #closedAt: CallSite | undefined
  #closeReason: string | undefined
  #isAfterCommit = false

  constructor(context: SessionContext) {
    this.context = context
    this.isAutoflushOff = context.options.autoflush === false
    this.connections = new SessionConnections(policyOf(context))
    this.transaction = new SessionTransaction(this.connections)
    this.statements = new SessionStatements(context, this.connections, this.transaction)
    this.objects = new SessionObjects(this)
    this.queue = new OperationQueue(context.tasks)
    this.work = new UnitOfWork({
      identityMap: this.identityMap,
      diagnostics: context.diagnostics,
      mapperOf: (state) => this.mapperOfState(state),
      hydration: () => this.hydration(),
      read: (engineKey, command) => this.read(engineKey, command),
      write: (engineKey) => this.statements.begin(engineKey),
      record: () => this.transaction.record,
      checkUpdate: (state) => this.#checkReadInTransaction(state),
      stamp: () => ({ epoch: this.epoch, transactionId: this.connections.transactionId }),
    })
  }

  // ── SessionPort ──

  get isClosed(): boolean {
    return this.#isClosed
  }

  mapperOf(model: object): Mapper {
    return this.context.registry.mapperOf(model)
  }

  reference(model: object, key: readonly unknown[]): object {
    return this.objects.reference(this.mapperOf(model), key).entity
  }

  adopt(entity: object): void {
    const state = findState(entity)
    if (state !== undefined && (state.phase === 'transient' || state.session !== this)) this.objects.add(state)
  }

  load(states: readonly InstanceState[], paths: readonly string[]): Promise<void> {
    return this.run('load', async () => {
      await this.autoflush()
      await this.loadNow(states, paths)
    })
  }

  selectRelated(state: InstanceState, relation: RelationDescriptor): SelectEntity<AnyEntity, AnyEntity> {
    if (this.relatedQuery === undefined) throw new TypeError('a session core without its face has no queries')
    return this.relatedQuery(state, relation)
  }

  closedError(operation: string): Error {
    const reason = this.#closeReason === undefined ? '' : ` (${this.#closeReason})`
    return (
      this.context.closedError?.(operation) ??
      new SessionClosedError(`Cannot ${operation}: the session was closed at ${String(this.#closedAt ?? '<unknown>')}${reason}. Await the work before the session is closed, or open another with db.createSession().`)
    )
  }

  // ── operations in turn ──

  /** Runs one operation of the user at its turn. @throws {ScopeClosedError} SCOPE_CLOSED, @throws {SessionClosedError} SESSION_CLOSED, @throws {PendingRollbackError} PENDING_ROLLBACK. */
  run<T>(operation: string, body: () => Promise<T> | T): Promise<T> {
    this.checkOpen(operation)
    return this.queue.run(() => {
      this.checkOpen(operation)
      this.transaction.checkUsable(operation)
      if (this.#isAfterCommit) throw new IllegalStateError(`Cannot ${operation}: an afterCommit listener runs, and the transaction is over. Open a scope of its own with db.run() for further work.`)
      this.transaction.autobegin()
      return body()
    })
  }

  checkOpen(operation: string): void {
    if (this.isClosed) throw this.closedError(operation)
  }

  // ── LoaderContext ──

  read(engineKey: string, command: Command): Promise<unknown[][]> {
    return this.statements.rows(engineKey, command)
  }

  hydration(mode: MergeMode = 'keep'): Hydration {
    return { session: this, identityMap: this.identityMap, mode, epoch: this.epoch, transactionId: this.connections.transactionId }
  }

  /** Loads rows of objects that have only their key or are stale, or relations along paths, for the objects and their siblings. */
  async loadNow(states: readonly InstanceState[], paths: readonly string[]): Promise<void> {
    const tree = pathTree(paths)
    for (const [mapper, group] of Map.groupBy(states, (state) => this.mapperOfState(state))) {
      const all = withSiblings(group)
      if (paths.length === 0) await loadRows(this, mapper, all)
      else await loadTree(this, mapper, all, tree)
    }
  }

  mapperOfState(state: InstanceState): Mapper {
    return mapperOfState(state, (model) => this.mapperOf(model))
  }

  /** Begins in the database now, on the default engine. */
  async begin(): Promise<void> {
    const site = new CallSite()
    await this.queue.run(async () => {
      this.transaction.checkUsable('begin')
      this.transaction.checkNotBegun()
      await this.connections.begin(this.context.engine('default'))
      this.transaction.beginAt(site)
    })
  }

  // ── flush, commit, rollback ──

  /** Whether anything waits to be written. Looks at each object of the session. */
  get hasWork(): boolean {
    if (this.work.pending.size > 0 || this.work.deleted.size > 0) return true
    return this.identityMap.some(isModified)
  }

  async autoflush(trigger = 'query'): Promise<void> {
    if (this.isAutoflushOff || this.work.isFlushing || !this.hasWork) return
    await this.flushNow(`autoflush before a ${trigger}`)
  }

  /** Writes what is pending; an error after the first statement ends the innermost savepoint or the transaction. */
  async flushNow(operation = 'flush'): Promise<boolean> {
    if (!this.hasWork) return false
    if (this.context.options.readOnly === true) throw readOnly(this.context.holder.name)
    await this.hooks.before('beforeFlush')
    try {
      const wrote = await this.work.flush()
      if (wrote) await this.hooks.before('afterFlush')
      return wrote
    } catch (error) {
      if (this.work.hasSent) await this.#failFlush(error)
      if (operation !== 'flush') noteTrigger(error, operation)
      throw error
    }
  }

  async #failFlush(error: unknown): Promise<void> {
    const { depth } = this.transaction
    this.transaction.fail(error, depth)
    if (depth === 0) await this.connections.rollback()
  }

  /** Flushes and commits the whole transaction, open savepoints included. */
  async commitNow(): Promise<void> {
    await this.hooks.before('beforeCommit')
    for (let round = 0; await this.flushNow('commit'); round += 1) {
      if (round >= MOST_FLUSHES) throw new FlushError(`Cannot commit: after ${MOST_FLUSHES} flushes there is still something to write. A hook keeps creating work.`)
    }
    try {
      await this.connections.commit()
    } catch (error) {
      await this.connections.rollback()
      this.transaction.fail(error)
      throw error
    }
    this.#forgetDeleted()
    this.transaction.end()
    this.#expire()
    await this.#afterCommit()
  }

  async #afterCommit(): Promise<void> {
    this.#isAfterCommit = true
    try {
      await this.hooks.after('afterCommit')
    } finally {
      this.#isAfterCommit = false
    }
  }

  #forgetDeleted(): void {
    for (const state of this.transaction.deletedStates) {
      state.phase = 'detached'
      state.session = null
    }
  }

  #expire(): void {
    const mode = this.context.options.expireOnCommit ?? 'stale'
    if (mode === 'keep') return
    this.epoch += 1
    if (mode === 'strict') for (const state of this.identityMap) unload(state)
  }

  /** Rolls back everything; objects stand where they stood when the transaction began. Never fails because a connection is gone. */
  async rollbackNow(): Promise<void> {
    const hadFailed = this.transaction.state === 'inactive'
    for (const error of await this.connections.rollback()) {
      process.emitWarning(`ROLLBACK failed, and its connection was closed: ${error instanceof Error ? error.message : String(error)}`, { type: 'AthanorWarning', code: 'ATHANOR_ROLLBACK' })
    }
    this.#dropUnflushed(hadFailed)
    const record = this.transaction.end()
    record.restore(this.identityMap)
    this.epoch += 1
    await this.hooks.after('afterRollback')
  }

  /** Rolls back to the innermost savepoint; only what changed since it was opened is put back. */
  async rollbackToSavepoint(): Promise<void> {
    this.#dropUnflushed(false)
    const record = await this.transaction.rollbackToSavepoint()
    record.restore(this.identityMap)
    for (const state of record.states) state.epoch = this.epoch - 1
  }

  #dropUnflushed(warn: boolean): void {
    const discarded: string[] = []
    for (const state of this.identityMap) {
      if (!isModified(state)) continue
      if (warn && this.context.diagnostics) discarded.push(state.label)
      discardChanges(state)
    }
    for (const state of this.work.pending) state.makeTransient()
    this.work.pending.clear()
    this.work.deleted.clear()
    if (discarded.length > 0) {
      process.emitWarning(`Changes made after the transaction had failed are discarded: ${discarded.join(', ')}.`, { type: 'AthanorWarning', code: 'ATHANOR_DISCARDED' })
    }
  }

  // ── end ──

  /** Rolls back, gives connections back, and detaches all objects, which keep their values. Idempotent. */
  async close(reason: string | undefined): Promise<void> {
    if (this.isClosed) return
    this.#isClosed = true
    if (this.context.closedError === undefined) this.#closedAt = new CallSite()
    this.#closeReason = reason
    await this.queue.idle()
    await this.connections.rollback()
    this.transaction.end()
    this.work.pending.clear()
    this.work.deleted.clear()
    this.identityMap.clear()
  }

  /** Rolls back and forgets all objects; the session goes on as new. */
  async resetNow(): Promise<void> {
    await this.connections.rollback()
    for (const state of [...this.identityMap, ...this.work.pending]) this.objects.forget(state)
    this.transaction.end()
    this.work.deleted.clear()
  }

  /** @throws {IllegalStateError} READ_OUTSIDE_TRANSACTION: the isolation that was asked for would not cover the value that the change is based on (settled H5). */
  #checkReadInTransaction(state: InstanceState): void {
    const { isolation } = this.connections.policy.begin
    if (!isSnapshotLevel(isolation) || state.isHollow || state.mapper?.versionColumn !== undefined || state.readIn === this.connections.transactionId) return
    throw new IllegalStateError(`Cannot update ${state.label} under ${isolation}: it was read before this transaction began, so that the database cannot see a conflict. Load it inside the transaction.`, {
      code: 'READ_OUTSIDE_TRANSACTION',
      info: { object: state.label, isolation },
    })
  }
}

/** How the transactions of a session begin. */
export function policyOf(context: SessionContext, overrides: BeginOptions = {}): SessionConnections['policy'] {
  const { options } = context
  const begin = { isolation: overrides.isolation ?? options.isolation, readOnly: overrides.readOnly ?? options.readOnly }
  return { holder: context.holder, begin, beginOnRead: options.begin === 'onFirstStatement' }
}

function withSiblings(states: readonly InstanceState[]): InstanceState[] {
  const all = new Set(states)
  for (const state of states) for (const sibling of state.siblings ?? []) all.add(sibling)
  return [...all]
}

function noteTrigger(error: unknown, operation: string): void {
  if (error instanceof Error && !error.message.includes('(during ')) error.message += ` (during ${operation})`
}

/** Takes all values but the key from memory. */
function unload(state: InstanceState): void {
  if (state.row === null || state.isHollow) return
  state.isHollow = true
  state.isExpired = true
  state.relations = null
  for (const property of state.definition.properties) if (!state.definition.keyProperties.includes(property)) delete state.properties[property]
}
