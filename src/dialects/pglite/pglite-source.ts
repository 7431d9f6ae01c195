import {
  isBrief,
  type ConnectionSource,
  type EngineSettings,
  type Intent,
} from '../../engine/index.ts'
import { Pool, type AcquireOptions, type Holder, type PoolStatus } from '../../pool/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import { openPglite, type PgliteConnection } from './pglite-connection.ts'

const LEASE: AcquireOptions = { isBrief: true }
const HOLD: AcquireOptions = {}
const DEADLOCK_ADVICE =
  'A PGlite has one connection, so nested scopes that work on a server cannot on it: do the work in the session of the outer scope, or commit there first.'

/** The one connection of a PGlite. Whoever finds it taken waits. */
export class PgliteSource implements ConnectionSource {
  readonly #pool: Pool<PgliteConnection>

  constructor(settings: EngineSettings, location: string) {
    const { key, options, events } = settings
    this.#pool = new Pool<PgliteConnection>(
      {
        open: () => openPglite(location, settings),
        close: (connection) => connection.close(),
        isAlive: (connection) => connection.isOpen,
      },
      { ...options.pool, size: 1, maxOverflow: 0, recycleMs: Infinity, idleMs: Infinity },
      { label: `a connection of engine "${key}"`, events, deadlockAdvice: DEADLOCK_ADVICE },
    )
  }

  get status(): PoolStatus {
    return this.#pool.status
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<PgliteConnection> {
    return this.#pool.acquire(holder, isBrief(intent) ? LEASE : HOLD)
  }

  release(connection: PgliteConnection): void {
    this.#pool.release(connection)
  }

  invalidate(connection: PgliteConnection, error: unknown): void {
    this.#pool.invalidate(connection, error)
  }

  /** The one connection is the database itself. */
  recycle(): void {}

  dispose(): Promise<void> {
    return this.#pool.dispose()
  }

  close(deadlineMs: number): Promise<void> {
    return this.#pool.close(deadlineMs)
  }
}
