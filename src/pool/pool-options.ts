/** How a pool of connections behaves. Durations are milliseconds; `Infinity` means never. */
export interface PoolOptions {
  /** Connections that are kept. 0: none is, each is opened when it is taken and closed when it comes back; `maxOverflow` then says how many there may be at once. Default 10. */
  readonly size: number
  /** Further connections that may be opened when all are in use; they are closed when they come back. `Infinity`: no limit. Default 0. */
  readonly maxOverflow: number
  /** How long a caller waits for a connection that others have; 0 means that it does not wait. The time that opening one takes does not count. Default 30_000. */
  readonly timeoutMs: number
  /** A connection older than this is replaced when it is next taken, never while it is in use. Varies by ±10 % a connection, so that they do not all go at once. Default Infinity. */
  readonly recycleMs: number
  /** A connection that nobody took for this long is closed. Default 600_000. */
  readonly idleMs: number
  /** Which idle connection is taken: `lifo` (default) the one that came back last, so that surplus ones age and go; `fifo` the one that waits longest. */
  readonly order: 'lifo' | 'fifo'
}

/** What a pool does where nothing else is said. */
export const POOL_DEFAULTS: PoolOptions = {
  size: 10,
  maxOverflow: 0,
  timeoutMs: 30_000,
  recycleMs: Infinity,
  idleMs: 600_000,
  order: 'lifo',
}
