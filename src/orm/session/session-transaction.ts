import { type CallSite, IllegalStateError, PendingRollbackError } from '../../errors/index.ts'
import type { SessionConnections } from './connections.ts'
import type { InstanceState } from '../state/index.ts'
import { TransactionRecord } from './transaction-record.ts'

/** Where a session's transaction stands. */
export type TransactionState = 'idle' | 'active' | 'inactive'

/** One level of a transaction: the transaction itself, or a savepoint in it. */
interface Level {
  readonly record: TransactionRecord
  isRollbackOnly: boolean
}

/**
 * The logical transaction of a session: one until commit, rollback or close, whether the database has begun or not, with the savepoints inside it.
 *
 * idle → active (first use) → idle (commit, rollback) ; active → inactive (an error ended it in the database) → idle (rollback).
 * @remarks Semantics: SQLAlchemy `SessionTransaction`, autobegin.
 */
export class SessionTransaction {
  readonly #connections: SessionConnections
  #levels: Level[] = [newLevel()]
  #state: TransactionState = 'idle'
  #failure: unknown
  #begunAt: CallSite | undefined
  #savepoints = 0
  /** How deep the level is that an error has ended: 0 is the transaction itself. */
  #failedDepth = 0

  constructor(connections: SessionConnections) {
    this.#connections = connections
  }

  get state(): TransactionState {
    return this.#state
  }

  /** What the innermost level has written. */
  get record(): TransactionRecord {
    return this.#top.record
  }

  get depth(): number {
    return this.#levels.length - 1
  }

  get isRollbackOnly(): boolean {
    return this.#levels.some((level) => level.isRollbackOnly)
  }

  get isTopRollbackOnly(): boolean {
    return this.#top.isRollbackOnly
  }

  setRollbackOnly(): void {
    this.#top.isRollbackOnly = true
  }

  /** Begins logically; nothing is sent. */
  autobegin(): void {
    if (this.#state === 'idle') this.#state = 'active'
  }

  /** Begins explicitly: remembers where, for the message of a second begin. */
  beginAt(site: CallSite): void {
    this.#state = 'active'
    this.#begunAt = site
  }

  /** Objects whose rows this transaction has deleted. */
  get deletedStates(): InstanceState[] {
    return this.#levels.flatMap((level) => [...level.record.states].filter((state) => state.phase === 'deleted'))
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE naming where the open transaction began. */
  checkNotBegun(): void {
    if (this.#state === 'idle') return
    throw new IllegalStateError(`Cannot begin: a transaction is already open on this session, begun ${this.#begunAt === undefined ? 'by its first use' : `at ${String(this.#begunAt)}`}. Commit or roll it back first, or nest a savepoint in it with beginNested().`)
  }

  /** @throws {PendingRollbackError} PENDING_ROLLBACK with the first error as cause. */
  checkUsable(operation: string): void {
    if (this.#state !== 'inactive') return
    const first = this.#failure instanceof Error ? this.#failure.message : String(this.#failure)
    throw new PendingRollbackError(`Cannot ${operation}: the transaction was rolled back because of an earlier error (${first}). Call rollback(), then go on.`, { cause: this.#failure })
  }

  /** An error has ended the transaction, or the savepoint at `depth`: nothing but its rollback is possible. */
  fail(error: unknown, depth = 0): void {
    if (this.#state === 'inactive') return
    this.#state = 'inactive'
    this.#failure = error
    this.#failedDepth = depth
  }

  /** The savepoint that had failed is rolled back: the levels around it are as they were. */
  #recover(): void {
    this.#state = 'active'
    this.#failure = undefined
    this.#failedDepth = 0
  }

  /** Opens a savepoint. */
  async beginSavepoint(): Promise<void> {
    this.#savepoints += 1
    await this.#connections.savepoint(`athanor_${this.#savepoints}`)
    this.#levels.push(newLevel())
  }

  /** What the savepoint wrote belongs to the level around it from now on. */
  async releaseSavepoint(): Promise<void> {
    const level = this.#levels.pop()
    if (level === undefined || this.#levels.length === 0) throw new IllegalStateError('Cannot release a savepoint: this savepoint is closed. Its transaction has ended.')
    level.record.mergeInto(this.#top.record)
    await this.#connections.releaseSavepoint()
  }

  /** Rolls back to the innermost savepoint; gives its record, so that objects can be put back. When that fails the whole transaction is inactive. */
  async rollbackToSavepoint(): Promise<TransactionRecord> {
    const level = this.#levels.pop()
    if (level === undefined || this.#levels.length === 0) throw new IllegalStateError('Cannot roll back to a savepoint: this savepoint is closed. Its transaction has ended.')
    try {
      await this.#connections.rollbackToSavepoint()
      if (this.#failedDepth > this.depth) this.#recover()
    } catch (error) {
      this.fail(error)
    }
    return level.record
  }

  /** The transaction has ended; gives what it wrote, of all levels. */
  end(): TransactionRecord {
    for (const level of this.#levels.splice(1)) level.record.mergeInto(this.#top.record)
    const { record } = this.#top
    this.#levels = [newLevel()]
    this.#state = 'idle'
    this.#failure = undefined
    this.#failedDepth = 0
    this.#begunAt = undefined
    return record
  }

  get #top(): Level {
    const top = this.#levels.at(-1)
    if (top === undefined) throw new TypeError('a transaction always has a level')
    return top
  }
}

function newLevel(): Level {
  return { record: new TransactionRecord(), isRollbackOnly: false }
}
