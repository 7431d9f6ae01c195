import { type CallSite, IllegalStateError, PendingRollbackError } from '../../errors/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { Change } from './change.ts'
import { ChangeLog } from './change-log.ts'
import { TransactionRecord } from './transaction-record.ts'

/** Where a session's transaction stands. */
export type TransactionState = 'idle' | 'active' | 'inactive'

/** One level of a transaction: the transaction itself, or a savepoint in it. */
interface Level {
  /** What it has written; undefined until there is something. */
  record: TransactionRecord | undefined
  /** Why it is to be rolled back at its end; an empty text without a reason, undefined when it is not. */
  rollbackOnly: string | undefined
}

/**
 * The logical transaction of a session: one until commit, rollback or close, whether the database has begun or not, with the savepoints inside it. Sends nothing.
 *
 * idle → active (first use) → idle (commit, rollback) ; active → inactive (an error ended it in the database) → idle (rollback).
 * @remarks Semantics: SQLAlchemy `SessionTransaction`, autobegin.
 */
export class SessionTransaction {
  readonly #beginsByItself: boolean
  readonly #tracksChanges: boolean
  #levels: Level[] = [newLevel()]
  #state: TransactionState = 'idle'
  #failure: unknown
  /** How deep the outermost level is that an error has ended: 0 is the transaction itself. */
  #failedDepth = Infinity
  #begunAt: CallSite | undefined

  constructor(beginsByItself: boolean, tracksChanges: boolean) {
    this.#beginsByItself = beginsByItself
    this.#tracksChanges = tracksChanges
  }

  get state(): TransactionState {
    return this.#state
  }

  /** What the innermost level has written. */
  get record(): TransactionRecord {
    return (this.#top.record ??= new TransactionRecord(this.#tracksChanges))
  }

  /** The net effect of what it has written so far, in all savepoints; empty where changes are not tracked. */
  get changes(): readonly Change[] {
    const all = new ChangeLog()
    for (const { record } of this.#levels) record?.changes?.mergeInto(all)
    return all.list()
  }

  /** The objects of which a rollback would lose something that was flushed, in all savepoints. */
  get losable(): readonly InstanceState[] {
    return this.#levels.flatMap(({ record }) => record?.losable ?? [])
  }

  /** What statements past the unit of work have written, in all savepoints, as messages show it. */
  get bulkNames(): readonly string[] {
    return this.#levels.flatMap(({ record }) => record?.bulk.names ?? [])
  }

  /** How many savepoints are open. */
  get depth(): number {
    return this.#levels.length - 1
  }

  get isRollbackOnly(): boolean {
    return this.#levels.some((level) => level.rollbackOnly !== undefined)
  }

  get isTopRollbackOnly(): boolean {
    return this.#top.rollbackOnly !== undefined
  }

  setRollbackOnly(reason = ''): void {
    this.#top.rollbackOnly = reason
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE when setRollbackOnly() was called. */
  checkMayCommit(): void {
    const reason = this.#levels.find((level) => level.rollbackOnly !== undefined)?.rollbackOnly
    if (reason === undefined) return
    throw new IllegalStateError(
      `Cannot commit: setRollbackOnly() was called for this transaction${reason === '' ? '' : ` (${reason})`}. Call rollback().`,
    )
  }

  /** Objects whose rows this transaction has deleted. */
  get deletedStates(): InstanceState[] {
    return this.#levels.flatMap((level) =>
      [...(level.record?.states ?? [])].filter((state) => state.phase === 'deleted'),
    )
  }

  /** Begins at the first use. @throws {IllegalStateError} ILLEGAL_STATE when the session was told not to. */
  autobegin(operation: string): void {
    if (this.#state !== 'idle') return
    if (this.#beginsByItself) this.#state = 'active'
    else
      throw new IllegalStateError(
        `Cannot ${operation}: no transaction is open, and { autobegin: false } says that none begins by itself. Call await session.begin() first, or wrap the work in session.transaction().`,
      )
  }

  /** Begins because somebody said so; `site` is for the message of a second begin. */
  begin(site?: CallSite): void {
    if (this.#state === 'idle') this.#state = 'active'
    this.#begunAt = site
  }

  /** Whether the transaction that was begun at `site` has not ended yet. */
  isBegunAt(site: CallSite): boolean {
    return this.#state !== 'idle' && this.#begunAt === site
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE naming where the open transaction began. */
  checkNotBegun(): void {
    if (this.#state === 'idle') return
    throw new IllegalStateError(
      `Cannot begin: a transaction is already open on this session, begun ${this.#begunAt === undefined ? 'by its first use' : `at ${String(this.#begunAt)}`}. Commit or roll it back first, or nest a savepoint in it with beginNested().`,
    )
  }

  /** @throws {PendingRollbackError} PENDING_ROLLBACK with the first error as cause. */
  checkUsable(operation: string): void {
    if (this.#state !== 'inactive') return
    const first = this.#failure instanceof Error ? this.#failure.message : String(this.#failure)
    throw new PendingRollbackError(
      `Cannot ${operation}: the transaction was rolled back because of an earlier error (${first}). Call rollback(), then go on.`,
      { cause: this.#failure },
    )
  }

  /** An error has ended the transaction, or the savepoint at `depth`: nothing but its rollback is possible. Gives what was written in it. */
  fail(error: unknown, depth: number): TransactionRecord | undefined {
    if (this.#state !== 'inactive') this.#failure = error
    this.#state = 'inactive'
    this.#failedDepth = Math.min(depth, this.#failedDepth)
    return this.#takeRecord(depth)
  }

  /** What these engines have stored is not to be put back. */
  forgetEngines(hasCommitted: (engineKey: string) => boolean): void {
    for (const level of this.#levels) level.record?.forgetEngines(hasCommitted)
  }

  /** A savepoint was opened. */
  enterSavepoint(): void {
    this.#levels.push(newLevel())
  }

  /** The innermost savepoint was released: what it wrote belongs to the level around it. */
  mergeSavepoint(): void {
    const { record } = this.#leaveLevel()
    record?.mergeInto(this.record)
  }

  /** The innermost savepoint was rolled back, and with it an error in it; gives what it had written. */
  undoSavepoint(): TransactionRecord | undefined {
    const { record } = this.#leaveLevel()
    if (this.#failedDepth > this.depth) this.#recover()
    return record
  }

  /** The transaction has ended; gives what it wrote, in all savepoints. */
  end(): TransactionRecord | undefined {
    const record = this.#takeRecord(0)
    this.#levels = [newLevel()]
    this.#recover()
    this.#state = 'idle'
    this.#begunAt = undefined
    return record
  }

  #recover(): void {
    if (this.#state === 'inactive') this.#state = 'active'
    this.#failure = undefined
    this.#failedDepth = Infinity
  }

  /** What the levels from `depth` inwards have written; they begin anew. */
  #takeRecord(depth: number): TransactionRecord | undefined {
    let taken: TransactionRecord | undefined
    for (const level of this.#levels.slice(depth)) {
      if (taken === undefined) taken = level.record
      else level.record?.mergeInto(taken)
      level.record = undefined
    }
    return taken
  }

  #leaveLevel(): Level {
    if (this.depth === 0) throw new TypeError('the transaction itself is no savepoint')
    const level = this.#top
    this.#levels.pop()
    return level
  }

  get #top(): Level {
    const top = this.#levels.at(-1)
    if (top === undefined) throw new TypeError('a transaction always has a level')
    return top
  }
}

function newLevel(): Level {
  return { record: undefined, rollbackOnly: undefined }
}
