import type { Holder, PoolStatus } from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { DriverConnection } from './driver.ts'

/**
 * What a connection is wanted for.
 *
 * `read`: one statement that athanor wrote and that only reads, in autocommit. It is given back at once, and nothing is streamed on it.
 * `replicaRead`: as `read`, and an answer that is a little behind will do: a replica may give it.
 * `guardedRead`: one statement that probably only reads, such as raw SQL. If it does write, the database refuses it with ReadOnlyError before it has
 * any effect, where the dialect has that (`supports.guardedReads`); send it again in a transaction then.
 * `snapshot`: a connection of one's own for a transaction that only reads, or for a stream.
 * `write`: a transaction that may write.
 */
export type Intent = 'read' | 'replicaRead' | 'guardedRead' | 'snapshot' | 'write'

/** Whether a connection is wanted for one statement, and comes back by itself. */
export function isBrief(intent: Intent): boolean {
  return intent === 'read' || intent === 'replicaRead' || intent === 'guardedRead'
}

/** Where an engine's connections come from: a pool on servers; a writer and a pool of readers on SQLite files; one connection for `:memory:`. */
export interface ConnectionSource {
  /** A connection for `holder`, at once where one is free. */
  acquire(intent: Intent, holder: Holder): MaybePromise<DriverConnection>
  /** Gives it back; an open transaction was ended before. */
  release(connection: DriverConnection): void
  /** Closes it and frees its place, because `error` says that it cannot be trusted. */
  invalidate(connection: DriverConnection, error: unknown): void
  /** Has a connection, or all that are open, replaced when it is next taken; closes nothing now. Does nothing where the only connection is the database. */
  recycle(connection?: DriverConnection): void
  readonly status: PoolStatus
  /** Whether its connections are one in truth, in a transaction that somebody else ends: their COMMITs decide nothing. Default false. */
  readonly isJoined?: boolean
  /** Closes idle connections now and others when they come back; the source goes on with new ones. */
  dispose(): Promise<void>
  /** Final: waits for connections in use until `deadlineMs`, closes all; later acquires fail with POOL_CLOSED. */
  close(deadlineMs: number): Promise<void>
}
