import type { EngineSettings } from './dialect.ts'
import type { DriverConnection } from './driver.ts'

/** A connection is replaced before the server would close it: at this part of the server's own limit, which `pool.recycleMs` may undercut. */
const PART_OF_SERVER_LIMIT = 0.9

/** How old connections become, where the server sets a limit that is only known when one is open. */
export class RecycleLimit {
  readonly #settings: EngineSettings
  #told: number | undefined

  constructor(settings: EngineSettings) {
    this.#settings = settings
  }

  /** Infinity where the server names no limit. */
  of({ serverIdleLimitMs = Infinity }: DriverConnection): number {
    const limit = Math.floor(serverIdleLimitMs * PART_OF_SERVER_LIMIT)
    if (serverIdleLimitMs !== this.#told) this.#tell(serverIdleLimitMs, limit)
    return limit
  }

  #tell(serverLimit: number, limit: number): void {
    const isFirst = this.#told === undefined
    this.#told = serverLimit
    const { key, options, learn } = this.#settings
    const { recycleMs } = options.pool
    if (limit >= recycleMs) return
    learn?.('pool.recycleMs', limit)
    if (!isFirst || recycleMs === Infinity || recycleMs <= serverLimit) return
    process.emitWarning(
      `pool.recycleMs of engine "${key}" is ${recycleMs}, but the server closes connections that are silent for ${serverLimit} ms. They are replaced after ${limit} ms instead. Set pool.recycleMs below ${serverLimit}, or leave it out.`,
      { type: 'AthanorWarning', code: 'ATHANOR_RECYCLE_LIMIT' },
    )
  }
}
