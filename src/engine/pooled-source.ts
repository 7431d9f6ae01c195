import { DisconnectedError, PoolTimeoutError } from '../errors/index.ts'
import {
  Pool,
  poolTimeoutError,
  type AcquireOptions,
  type Holder,
  type PoolStatus,
} from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import { placeOf } from './connect-error.ts'
import { Connector, type ServerDriver } from './connector.ts'
import { isBrief, type ConnectionSource, type Intent } from './connection-source.ts'
import type { EngineSettings } from './dialect.ts'
import type { DriverConnection } from './driver.ts'
import { Pinger } from './pinger.ts'
import { RecycleLimit } from './recycle-limit.ts'

/** Connections to a server, from a pool: the same for every intent. */
export class PooledSource implements ConnectionSource {
  readonly #settings: EngineSettings
  readonly #connector: Connector
  readonly #recycleLimit: RecycleLimit
  /** Undefined where the first statement is the ping. */
  readonly #pinger: Pinger | undefined
  /** Where nothing can end the wait but time: kept, because they are needed once a checkout. */
  readonly #held: AcquireOptions
  readonly #brief: AcquireOptions
  #pool: Pool<DriverConnection>
  #processId: number = process.pid

  constructor(settings: EngineSettings, driver: ServerDriver) {
    const { options, errorHook } = settings
    const place = { ...placeOf(settings), ...driver.place }
    this.#settings = settings
    this.#connector = new Connector(driver, place, {
      reconnectWindowMs: options.reconnectWindowMs,
      errorHook,
    })
    this.#recycleLimit = new RecycleLimit(settings)
    this.#pinger = options.prePing === 'always' ? new Pinger(settings) : undefined
    const timeoutError: AcquireOptions['timeoutError'] = (report) =>
      this.#connector.troubleOf({ isAnyOpen: report.inUse > 0 }) ?? poolTimeoutError(report)
    this.#held = { timeoutError }
    this.#brief = { timeoutError, isBrief: true }
    this.#pool = this.#createPool()
  }

  get status(): PoolStatus {
    return this.#pool.status
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<DriverConnection> {
    if (process.pid !== this.#processId) this.#leaveToParent()
    const basic = isBrief(intent) ? this.#brief : this.#held
    const options = holder.signal === undefined ? basic : { ...basic, signal: holder.signal }
    return this.#pinger === undefined
      ? this.#pool.acquire(holder, options)
      : this.#pinger.acquire(this.#pool, holder, options)
  }

  release(connection: DriverConnection): void {
    this.#pool.release(connection)
  }

  /** A lost connection says that the server went: all others of its time are replaced too. */
  invalidate(connection: DriverConnection, error: unknown): void {
    const isAlone =
      !(error instanceof DisconnectedError) || this.#settings.errorHook?.concernsOne(error) === true
    this.#pool.invalidate(connection, error, isAlone ? 'this' : 'all')
  }

  recycle(connection?: DriverConnection): void {
    this.#pool.recycle(connection)
  }

  dispose(): Promise<void> {
    return this.#pool.dispose()
  }

  close(deadlineMs: number): Promise<void> {
    return this.#pool.close(deadlineMs)
  }

  #createPool(): Pool<DriverConnection> {
    const { key, options, events } = this.#settings
    const pool: Pool<DriverConnection> = new Pool(
      {
        open: async (isWanted) => {
          const connection = await this.#connector.connect(isWanted)
          connection.onLost = (error) => this.#lost(pool, connection, error)
          return connection
        },
        close: (connection) => connection.close(),
        isAlive: (connection) => connection.isOpen,
        longestLifeMs: (connection) => this.#recycleLimit.of(connection),
      },
      options.pool,
      { label: `a connection of engine "${key}"`, events },
    )
    return pool
  }

  /** One that was let go because it was silent for too long, or had its turn with a pooler in vain, says nothing of the others. */
  #lost(pool: Pool<DriverConnection>, connection: DriverConnection, error: unknown): void {
    const { lastHeardAt = Infinity } = connection
    const wasSilentTooLong = performance.now() - lastHeardAt >= this.#recycleLimit.of(connection)
    const isAlone =
      this.#settings.errorHook?.endsAll(error) === false ||
      wasSilentTooLong ||
      error instanceof PoolTimeoutError
    pool.invalidate(connection, error, isAlone ? 'this' : 'all')
  }

  /** This is a copy of another process, made by a fork: the sockets are that one's. They are not closed, because closing would tell the server goodbye. */
  #leaveToParent(): void {
    this.#processId = process.pid
    this.#pool = this.#createPool()
  }
}
