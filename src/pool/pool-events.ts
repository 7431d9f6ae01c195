import type { Holder } from './holder.ts'

/** What a pool tells its listeners. */
export interface PoolEvents<C> {
  /** A connection was opened. */
  readonly connect: { readonly connection: C }
  readonly checkout: { readonly connection: C; readonly holder: Holder }
  readonly checkin: { readonly connection: C; readonly holder: Holder; readonly heldMs: number }
  /** A connection was given up because of `error`. */
  readonly invalidate: { readonly connection: C; readonly error: unknown }
  /** A connection was closed; `error` is what the close threw. */
  readonly close: { readonly connection: C; readonly error?: unknown }
  /** Somebody got no connection in time. */
  readonly timeout: { readonly error: Error; readonly holder: Holder }
}

/** Counters of a pool. */
export interface PoolStatus {
  /** Connections that are kept: the option. */
  readonly size: number
  /** Connections that wait to be used. */
  readonly idle: number
  /** Connections that somebody has. */
  readonly inUse: number
  /** Connections beyond `size` that are open now. */
  readonly overflow: number
  /** Callers that wait for one. */
  readonly waiting: number
  /** How often all connections were replaced at once. */
  readonly generation: number
  /** Connections ever opened. */
  readonly opened: number
  /** Checkouts ever made. */
  readonly checkouts: number
}
