import type { ConnectionSource, EngineSettings, Intent } from '../../engine/index.ts'
import {
  Pool,
  type AcquireOptions,
  type Holder,
  type PoolOptions,
  type PoolStatus,
} from '../../pool/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import { resolveFile } from '../instance-folder/index.ts'
import type { SqliteLibrary } from './library.ts'
import { openConnection } from './open-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'
import { lockTimeoutError, sqliteFile, type SqliteFile, type Turn } from './sqlite-file.ts'

const LEASE: AcquireOptions = { isBrief: true }
const LONG_HOLD_MS = 1000

/**
 * Connections to a file: one that writes, and a pool of others that only read.
 *
 * A read uses the connection that writes whenever nobody has it: whatever another connection commits empties the page cache of a reader, and a get costs
 * 15 µs there against 9 (settled H8). That connection is never shared, so no reader sees what a transaction has not committed.
 */
export class FileSource implements ConnectionSource {
  readonly #settings: EngineSettings
  readonly #library: SqliteLibrary
  readonly #path: string
  readonly #writer: Pool<SqliteConnection>
  readonly #readers: Pool<SqliteConnection>
  readonly #turnOptions: AcquireOptions
  #known: SqliteFile | undefined
  /** What the open write transaction has: the connection and the right to write. */
  #writing:
    | {
        readonly connection: SqliteConnection
        readonly turn: Turn
        readonly holder: Holder
        readonly since: number
      }
    | undefined

  constructor(settings: EngineSettings, library: SqliteLibrary, path: string) {
    this.#settings = settings
    this.#library = library
    this.#path = path
    this.#turnOptions = {
      timeoutMs: settings.options.lockTimeoutMs,
      timeoutError: (report) => lockTimeoutError(this.#file.path, settings.key, report),
    }
    this.#writer = this.#pool(
      { ...settings.options.pool, size: 1, maxOverflow: 0, idleMs: Infinity },
      false,
    )
    this.#readers = this.#pool(settings.options.pool, true)
  }

  get status(): PoolStatus {
    const [writer, readers] = [this.#writer.status, this.#readers.status]
    return {
      size: writer.size + readers.size,
      idle: writer.idle + readers.idle,
      inUse: writer.inUse + readers.inUse,
      overflow: readers.overflow,
      waiting: writer.waiting + readers.waiting + (this.#known?.turns.status.waiting ?? 0),
      generation: writer.generation,
      opened: writer.opened + readers.opened,
      checkouts: writer.checkouts + readers.checkouts,
    }
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<SqliteConnection> {
    switch (intent) {
      case 'read':
      case 'replicaRead':
        return this.#writer.tryAcquire(holder, LEASE) ?? this.#readers.acquire(holder, LEASE)
      case 'guardedRead':
        return this.#readers.acquire(holder, LEASE)
      case 'snapshot':
        return this.#readers.acquire(holder)
      case 'write':
        return this.#acquireWriter(holder)
      default:
        return intent satisfies never
    }
  }

  release(connection: SqliteConnection): void {
    this.#poolOf(connection).release(connection)
    this.#endTurn(connection)
  }

  invalidate(connection: SqliteConnection, error: unknown): void {
    this.#poolOf(connection).invalidate(connection, error)
    this.#endTurn(connection)
  }

  recycle(connection?: SqliteConnection): void {
    for (const pool of [this.#writer, this.#readers]) pool.recycle(connection)
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#writer.dispose(), this.#readers.dispose()])
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all([this.#writer.close(deadlineMs), this.#readers.close(deadlineMs)])
  }

  /** Waits for the right to write, then for a lease on the connection to end. */
  #acquireWriter(holder: Holder): MaybePromise<SqliteConnection> {
    const turn = this.#file.turns.acquire(holder, this.#turnOptions)
    return turn instanceof Promise
      ? turn.then((own) => this.#takeWriter(own, holder))
      : this.#takeWriter(turn, holder)
  }

  #takeWriter(turn: Turn, holder: Holder): MaybePromise<SqliteConnection> {
    try {
      const connection = this.#writer.acquire(holder, this.#turnOptions)
      return connection instanceof Promise
        ? this.#takeWriterLater(connection, turn, holder)
        : this.#write(connection, turn, holder)
    } catch (error) {
      this.#file.turns.release(turn)
      throw error
    }
  }

  async #takeWriterLater(
    connection: Promise<SqliteConnection>,
    turn: Turn,
    holder: Holder,
  ): Promise<SqliteConnection> {
    try {
      return this.#write(await connection, turn, holder)
    } catch (error) {
      this.#file.turns.release(turn)
      throw error
    }
  }

  #write(connection: SqliteConnection, turn: Turn, holder: Holder): SqliteConnection {
    this.#writing = {
      connection,
      turn,
      holder,
      since: this.#settings.events.has('longHold') ? performance.now() : 0,
    }
    return connection
  }

  #endTurn(connection: SqliteConnection): void {
    const writing = this.#writing
    if (writing?.connection !== connection) return
    this.#writing = undefined
    this.#file.turns.release(writing.turn)
    if (writing.since === 0) return
    const heldMs = performance.now() - writing.since
    if (heldMs >= LONG_HOLD_MS)
      this.#settings.events.emit('longHold', {
        engineKey: this.#settings.key,
        holder: writing.holder,
        heldMs,
      })
  }

  #poolOf(connection: SqliteConnection): Pool<SqliteConnection> {
    return connection.onlyReads ? this.#readers : this.#writer
  }

  /** Found at the first use: a relative path may need a folder to be made. */
  get #file(): SqliteFile {
    return (this.#known ??= sqliteFile(
      resolveFile(this.#path, this.#settings.options.instancePath, 'SQLite file'),
    ))
  }

  #pool(options: PoolOptions, onlyReads: boolean): Pool<SqliteConnection> {
    const { key, events } = this.#settings
    return new Pool<SqliteConnection>(
      {
        open: () => this.#open(onlyReads),
        close: (connection) => {
          connection.close()
          this.#file.closed(this.#library.name)
        },
        isAlive: (connection) => connection.isOpen,
      },
      options,
      { label: `a connection of engine "${key}"`, events },
    )
  }

  #open(onlyReads: boolean): MaybePromise<SqliteConnection> {
    const { name } = this.#library
    const { key: engineKey, options } = this.#settings
    this.#file.opening(name)
    try {
      const opened = openConnection({
        engineKey,
        library: this.#library,
        path: this.#file.path,
        options,
        onlyReads,
      })
      return opened instanceof Promise ? this.#opened(opened) : opened
    } catch (error) {
      this.#file.closed(name)
      throw error
    }
  }

  async #opened(connection: Promise<SqliteConnection>): Promise<SqliteConnection> {
    try {
      return await connection
    } catch (error) {
      this.#file.closed(this.#library.name)
      throw error
    }
  }
}
