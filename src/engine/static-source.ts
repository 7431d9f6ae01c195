import { Pool, type AcquireOptions, type Holder, type PoolStatus } from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import { isBrief, type ConnectionSource, type Intent } from './connection-source.ts'
import type { DriverConnection } from './driver.ts'
import type { EngineSettings } from './dialect.ts'

const LEASE: AcquireOptions = { isBrief: true }
const HOLD: AcquireOptions = {}

/** The one connection of a database that lives in it: two would be two databases. Whoever finds it taken waits. Semantics: SQLAlchemy `StaticPool`, but units of work take turns. */
export class StaticSource<C extends DriverConnection> implements ConnectionSource {
  readonly #pool: Pool<C>

  constructor(
    { key, options, events }: EngineSettings,
    {
      open,
      deadlockAdvice,
    }: { readonly open: () => MaybePromise<C>; readonly deadlockAdvice: string },
  ) {
    this.#pool = new Pool<C>(
      {
        open,
        close: (connection) => connection.close(),
        isAlive: (connection) => connection.isOpen,
      },
      { ...options.pool, size: 1, maxOverflow: 0, recycleMs: Infinity, idleMs: Infinity },
      { label: `a connection of engine "${key}"`, events, deadlockAdvice },
    )
  }

  get status(): PoolStatus {
    return this.#pool.status
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<C> {
    return this.#pool.acquire(holder, isBrief(intent) ? LEASE : HOLD)
  }

  release(connection: C): void {
    this.#pool.release(connection)
  }

  invalidate(connection: C, error: unknown): void {
    this.#pool.invalidate(connection, error)
  }

  /** Another connection would be another database. */
  recycle(): void {}

  dispose(): Promise<void> {
    return this.#pool.dispose()
  }

  close(deadlineMs: number): Promise<void> {
    return this.#pool.close(deadlineMs)
  }
}
