import {
  isBrief,
  type ConnectionSource,
  type EngineSettings,
  type Intent,
} from '../../engine/index.ts'
import { Pool, type AcquireOptions, type Holder, type PoolStatus } from '../../pool/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import type { SqliteLibrary } from './library.ts'
import { openConnection } from './open-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const LEASE: AcquireOptions = { isBrief: true }
const HOLD: AcquireOptions = {}
const DEADLOCK_ADVICE =
  'A database in memory has one connection, so nested scopes that work on a file or a server cannot on it: use a temporary file, do the work in the session of the outer scope, or commit there first.'

/** The one connection of a database in memory: two would be two databases. Whoever finds it taken waits. */
export class MemorySource implements ConnectionSource {
  readonly #pool: Pool<SqliteConnection>

  constructor({ key, options, events }: EngineSettings, library: SqliteLibrary) {
    this.#pool = new Pool<SqliteConnection>(
      {
        open: () =>
          openConnection({ engineKey: key, library, path: ':memory:', options, onlyReads: false }),
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

  acquire(intent: Intent, holder: Holder): MaybePromise<SqliteConnection> {
    const connection = this.#pool.acquire(holder, isBrief(intent) ? LEASE : HOLD)
    if (intent === 'read' || intent === 'write') return connection
    return connection instanceof Promise ? connection.then(guarded) : guarded(connection)
  }

  release(connection: SqliteConnection): void {
    connection.guard(false)
    this.#pool.release(connection)
  }

  invalidate(connection: SqliteConnection, error: unknown): void {
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

function guarded(connection: SqliteConnection): SqliteConnection {
  connection.guard(true)
  return connection
}
