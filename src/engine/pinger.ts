import { DisconnectedError } from '../errors/index.ts'
import type { AcquireOptions, Holder, Pool } from '../pool/index.ts'
import { startTimer } from '../util/index.ts'
import type { EngineSettings } from './dialect.ts'
import type { Command, DriverConnection } from './driver.ts'

const PING: Command = { sql: 'select 1', parameters: [] }
/** One that was opened for this checkout needs no ping; if one that does not answer was of many that died together, they are replaced with it. */
const MOST_FURTHER_ATTEMPTS = 2

/** Hands out connections that have just answered: `prePing: 'always'`, one statement a checkout. */
export class Pinger {
  readonly #settings: EngineSettings
  /** Those that have been handed out before. */
  readonly #used = new WeakSet<DriverConnection>()

  constructor(settings: EngineSettings) {
    this.#settings = settings
  }

  async acquire(
    pool: Pool<DriverConnection>,
    holder: Holder,
    options: AcquireOptions,
  ): Promise<DriverConnection> {
    for (let further = MOST_FURTHER_ATTEMPTS; ; further -= 1) {
      const connection = await pool.acquire(holder, options)
      if (!this.#used.has(connection)) {
        this.#used.add(connection)
        return connection
      }
      const failure = await this.#ping(connection, holder)
      if (failure === undefined) return connection
      const { errorHook } = this.#settings
      const error = errorHook?.translate(failure, 'ping', PING.sql) ?? failure
      const isAlone = errorHook?.concernsOne(error) ?? connection.isOpen
      pool.invalidate(connection, error, isAlone ? 'this' : 'all')
      if (further === 0) throw error
    }
  }

  /** What stands in the way of an answer. */
  async #ping(connection: DriverConnection, holder: Holder): Promise<unknown> {
    const { key, options, events } = this.#settings
    const start = performance.now()
    const silence = new DisconnectedError(
      `A connection of engine "${key}" did not answer the ping of prePing: "always" within ${options.connectTimeoutMs} ms (connectTimeoutMs). It was given up.`,
      { engineKey: key },
    )
    const deadline = startTimer(() => connection.destroy?.(silence), options.connectTimeoutMs)
    const error = await ask(connection)
    clearTimeout(deadline)
    events.emit('statement', {
      engineKey: key,
      sql: PING.sql,
      parameters: [],
      kind: 'select',
      startTime: start,
      durationMs: performance.now() - start,
      rows: error === undefined ? 1 : 0,
      ...(error === undefined ? {} : { error }),
      cached: true,
      transactionId: null,
      holder,
    })
    return error
  }
}

async function ask(connection: DriverConnection): Promise<unknown> {
  try {
    if (connection.flight === undefined) await connection.execute(PING)
    else return (await connection.flight({ prelude: [], commands: [PING], commit: false })).error
  } catch (error) {
    return error
  }
  return undefined
}
