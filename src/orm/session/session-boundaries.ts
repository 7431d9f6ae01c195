import {
  CallSite,
  DisconnectedError,
  FlushError,
  IllegalStateError,
  PartialCommitError,
} from '../../errors/index.ts'
import type { BeginOptions } from '../../engine/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import { isModified, unload, type InstanceState } from '../state/index.ts'
import type { Change } from './change.ts'
import { isSnapshotLevel, type ConnectionPolicy } from './connections.ts'
import type { ChangeEvent, SessionContext } from './session-context.ts'
import type { SessionCore } from './session-core.ts'
import { discardChanges, type TransactionRecord } from './transaction-record.ts'

/** Hooks of a commit may create new work this often before it is an error (SQLAlchemy's number). */
const MOST_FLUSHES = 100

/** How one transaction begins. */
export interface TransactionPolicy extends BeginOptions {
  readonly exactlyOnce?: boolean | undefined
}

/** Where a session's transaction and its savepoints begin and end, and what that does to the objects. */
export class SessionBoundaries {
  readonly #core: SessionCore
  readonly #usualPolicy: ConnectionPolicy
  /** True inside a block that is to happen exactly once: it is run again as a whole, and what is committed in its middle would happen twice. */
  isExactlyOnce = false
  /** Whether a commit has succeeded. */
  hasCommitted = false

  constructor(core: SessionCore) {
    this.#core = core
    this.#usualPolicy = core.connections.policy
  }

  // ── begin ──

  /** begin(), of the user: in the database now, on the default engine. Gives who tells whether this transaction is still open. */
  begin(options: BeginOptions): Promise<() => boolean> {
    const core = this.#core
    const site = new CallSite()
    return core.bound('begin', async () => {
      core.transaction.checkUsable('begin')
      core.transaction.checkNotBegun()
      this.setPolicy(options)
      try {
        await core.connections.begin(core.context.engine('default'))
      } catch (error) {
        core.connections.policy = this.#usualPolicy
        throw error
      }
      core.transaction.begin(site)
      return () => !core.isClosed && core.transaction.isBegunAt(site)
    })
  }

  /**
   * Says how this transaction begins in the database. What was read before may be of another state than a snapshot shows: it is read again.
   *
   * @throws {IllegalStateError} ILLEGAL_STATE when it has begun.
   */
  setPolicy({ isolation, readOnly, exactlyOnce = false }: TransactionPolicy): void {
    const core = this.#core
    if (isolation === undefined && readOnly === undefined && !exactlyOnce) return
    if (core.connections.isHolding) {
      throw new IllegalStateError(
        'Cannot set the isolation of this transaction: it has begun in the database already. Open the block before the first write, or in a scope of its own.',
      )
    }
    core.connections.policy = { ...policyOf(core.context, { isolation, readOnly }), exactlyOnce }
    if (isSnapshotLevel(isolation)) core.epoch += 1
  }

  // ── commit ──

  /** commit(), of the user. */
  commit(): Promise<void> {
    const { queue, transaction } = this.#core
    const { isInBlock } = queue
    return this.#core.bound('commit', async () => {
      if (this.isExactlyOnce) throw commitInside()
      if (queue.isInFinishedBlock && transaction.state === 'idle' && !this.#core.hasWork) return
      this.#core.checkUsable('commit')
      await this.commitNow()
      if (isInBlock) queue.finishBlocks()
    })
  }

  /** Flushes and commits the whole transaction, open savepoints included. */
  async commitNow(): Promise<void> {
    const core = this.#core
    core.transaction.checkMayCommit()
    await core.tell('beforeCommit')
    await this.#signalBefore()
    core.transaction.checkMayCommit()
    await this.#flushUntilClean(true)
    const changes = await this.#changesToTell()
    try {
      await core.connections.commit()
    } catch (error) {
      await this.#commitFailed(error, changes)
      throw error
    }
    detachAll(core.transaction.deletedStates)
    const { afterCommit = [] } = this.#endTransaction() ?? {}
    this.hasCommitted = true
    this.#expire()
    await core.tell('afterCommit')
    if (afterCommit.length > 0)
      await core.during('afterCommit', () => core.hooks.runAll('afterCommit', afterCommit))
    await this.#signal('afterCommit', changes)
  }

  /** `takesCommit`: COMMIT may go with the last of the statements. */
  async #flushUntilClean(takesCommit: boolean): Promise<void> {
    for (let round = 0; await this.#core.flushNow('commit', takesCommit); round += 1) {
      if (round >= MOST_FLUSHES)
        throw new FlushError(
          `Cannot commit: after ${MOST_FLUSHES} flushes there is still something to write. A hook keeps creating work.`,
        )
    }
  }

  async #commitFailed(error: unknown, changes: readonly Change[]): Promise<void> {
    const committed = new Set(error instanceof PartialCommitError ? error.committed : [])
    const { context } = this.#core
    const hasCommitted = (key: string): boolean => committed.has(context.engine(key).key)
    if (committed.size > 0) this.#keepCommitted(hasCommitted)
    await this.fail(error, 0)
    await this.#signal(
      'afterCommit',
      changes.filter(({ engineKey }) => hasCommitted(engineKey)),
    )
  }

  /** Where somebody wants to hear of the changes before the commit, they are flushed apart from it. What listeners add goes with the commit; they are not asked again. */
  #signalBefore(): MaybePromise<void> {
    return this.#isHeard('beforeCommit') ? this.#flushAndSignal() : undefined
  }

  async #flushAndSignal(): Promise<void> {
    await this.#flushUntilClean(false)
    await this.#signal('beforeCommit', this.#core.transaction.changes)
  }

  /** What is told once it is stored. COMMIT may have gone with the flush: a codec of the program that cannot read a value fails its listeners, not the commit. */
  async #changesToTell(): Promise<readonly Change[]> {
    let changes: readonly Change[] = []
    if (this.#isHeard('afterCommit'))
      await this.#core.hooks.runAll('afterCommit', [
        () => {
          changes = this.#core.transaction.changes
        },
      ])
    return changes
  }

  #isHeard(event: ChangeEvent): boolean {
    return this.#core.context.changeSignals?.has(event) === true
  }

  #signal(event: ChangeEvent, changes: readonly Change[]): MaybePromise<void> {
    const core = this.#core
    const signals = core.context.changeSignals
    if (signals === undefined || changes.length === 0) return undefined
    return core.during(event, () => signals.tell(event, changes))
  }

  /** What some engines have committed before another failed is not undone. */
  #keepCommitted(hasCommitted: (engineKey: string) => boolean): void {
    const core = this.#core
    const isStored = (state: InstanceState): boolean =>
      hasCommitted(core.mapperOfState(state).engineKey)
    detachAll(core.transaction.deletedStates.filter(isStored))
    core.transaction.forgetEngines(hasCommitted)
  }

  #expire(): void {
    const core = this.#core
    const mode = core.context.options.expireOnCommit ?? 'stale'
    if (mode === 'keep') return
    core.epoch += 1
    if (mode === 'strict') for (const state of core.identityMap) unload(state, true)
  }

  // ── rollback ──

  /** rollback(), of the user. */
  rollback(): Promise<void> {
    const { queue } = this.#core
    const { isInBlock } = queue
    return this.#core.bound('roll back', async () => {
      await this.rollbackNow()
      if (isInBlock) queue.finishBlocks()
    })
  }

  /** Rolls back everything; objects stand where they stood when the transaction began. Never fails because a connection is gone: gives what ROLLBACK threw. */
  async rollbackNow(): Promise<readonly unknown[]> {
    const core = this.#core
    if (core.isClosed) return []
    const errors = await this.#rollBackConnections()
    if (core.transaction.state === 'inactive') this.#warnDiscarded()
    this.#dropUnflushed()
    this.#restore(this.#endTransaction(), 0)
    await core.tell('afterRollback')
    return errors
  }

  /** Rolls back, and puts back what was written; what was never flushed stays on the objects. */
  abandon(): MaybePromise<void> {
    return andThen(this.#rollBackConnections(), () => this.#restore(this.#endTransaction(), 0))
  }

  /**
   * An error has ended the innermost savepoint, or the whole transaction where the database has ended that: objects go back to where they stood, and nothing but the
   * rollback is possible (spec/session.md 2.12, 2.41).
   */
  async fail(error: unknown, innermost: number): Promise<void> {
    const core = this.#core
    const depth = core.connections.isLost ? 0 : innermost
    if (depth === 0) await this.#rollBackConnections()
    this.#dropUnflushed()
    this.#restore(core.transaction.fail(error, depth), depth)
  }

  // ── savepoints ──

  /** Opens a savepoint, after a flush: what was done before it is not undone with it. */
  async beginSavepoint(): Promise<void> {
    const core = this.#core
    await core.flushNow('begin a savepoint')
    await core.connections.savepoint()
    core.transaction.enterSavepoint()
  }

  /** Flushes and releases the innermost savepoint; what was done in it belongs to the level around it. */
  async releaseSavepoint(): Promise<void> {
    const core = this.#core
    await core.flushNow('release a savepoint')
    await core.connections.releaseSavepoint()
    core.transaction.mergeSavepoint()
  }

  /** Rolls back to the innermost savepoint; only what changed since it was opened is put back. When that fails the whole transaction is inactive. */
  async rollbackToSavepoint(): Promise<void> {
    const core = this.#core
    this.#dropUnflushed()
    try {
      await core.connections.rollbackToSavepoint()
    } catch (error) {
      await this.fail(error, 0)
    }
    const { depth } = core.transaction
    this.#restore(core.transaction.undoSavepoint(), depth)
  }

  // ── what they share ──

  #endTransaction(): TransactionRecord | undefined {
    this.#core.connections.policy = this.#usualPolicy
    return this.#core.transaction.end()
  }

  /** Puts back what was written at `depth` and inside. After a rollback of everything all objects are stale, after that of a savepoint those that it had touched. */
  #restore(record: TransactionRecord | undefined, depth: number): void {
    const core = this.#core
    record?.restore(core, core.identityMap)
    if (depth === 0) core.epoch += 1
    else for (const state of record?.states ?? []) core.objects.markStale(state)
  }

  #rollBackConnections(): MaybePromise<readonly unknown[]> {
    return andThen(this.#core.connections.rollback(), (errors) => {
      for (const error of errors) warnOfRollback(error)
      return errors
    })
  }

  #dropUnflushed(): void {
    const { identityMap, work } = this.#core
    for (const state of identityMap.filter(isModified)) discardChanges(state)
    work.forgetPending()
  }

  /** What was changed after the transaction had failed (spec/session.md 2.43). */
  #warnDiscarded(): void {
    const { pending, deleted, changed } = this.#core.work.work
    const names = [...pending, ...changed, ...deleted].map((state) => state.label)
    if (names.length === 0) return
    process.emitWarning(
      `Changes made after the transaction had failed are discarded by its rollback: ${names.join(', ')}.`,
      { type: 'AthanorWarning', code: 'ATHANOR_DISCARDED' },
    )
  }
}

/** How the transactions of a session begin. */
export function policyOf(context: SessionContext, overrides: BeginOptions = {}): ConnectionPolicy {
  const { options } = context
  const begin = {
    isolation: overrides.isolation ?? options.isolation,
    readOnly: overrides.readOnly ?? options.readOnly,
  }
  const beginOnRead = options.begin === 'onFirstStatement'
  return { holder: context.holder, begin, beginOnRead, exactlyOnce: false }
}

function warnOfRollback(error: unknown): void {
  if (error instanceof DisconnectedError) return // the server has rolled back what it lost
  process.emitWarning(
    `ROLLBACK failed, and its connection was closed: ${error instanceof Error ? error.message : String(error)}`,
    { type: 'AthanorWarning', code: 'ATHANOR_ROLLBACK' },
  )
}

function commitInside(): IllegalStateError {
  return new IllegalStateError(
    'Cannot commit inside a transaction block with { exactlyOnce }: the block may be run again, and what was committed in its middle would happen twice. Leave it to the end of the block.',
  )
}

/** The rows are gone for good. */
function detachAll(states: readonly InstanceState[]): void {
  for (const state of states) {
    state.phase = 'detached'
    state.session = null
  }
}
