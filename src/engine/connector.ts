import { setTimeout as sleep } from 'node:timers/promises'
import { AthanorError } from '../errors/index.ts'
import {
  cannotConnect,
  noAnswer,
  type Attempts,
  type ConnectFault,
  type ServerPlace,
} from './connect-error.ts'
import type { DriverConnection } from './driver.ts'
import type { ErrorHook } from './error-hook.ts'

/** What a pooled source must know of its server. */
export interface ServerDriver {
  /** Where the server is and who logs in, for messages, as far as the dialect knows it better than the URL. */
  readonly place?: Partial<Omit<ServerPlace, 'engineKey'>>
  /** Opens and sets up one connection; a single attempt. Rejects with what the driver or the server said, and with athanor's own error where that lies with neither. */
  connect(): Promise<DriverConnection>
  /** Why an attempt failed with `error`, which is not athanor's. */
  diagnose(error: unknown): ConnectFault
}

/** How a server that is away is tried again. The clock is a test's affair. */
export interface ConnectorOptions {
  readonly reconnectWindowMs: number
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number
  /** From 0 to 1. */
  readonly random?: () => number
  readonly sleep?: (ms: number) => Promise<unknown>
  readonly errorHook?: ErrorHook | undefined
}

/** One connection that is being opened. */
interface Opening {
  readonly since: Date
  readonly start: number
  tries: number
  lastError: unknown
  /** What the last error means, where it is not athanor's. */
  lastFault?: ConnectFault
}

const SHORTEST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 160

/**
 * Opens connections to one server. While it is away it is tried again after pauses that grow and differ by chance, so that many who wait do not all come at once, until
 * `reconnectWindowMs` has passed or nobody wants the connection any more; then the error says where and since when. What will not get better by waiting fails at once.
 */
export class Connector {
  readonly #driver: ServerDriver
  readonly #place: ServerPlace
  readonly #options: ConnectorOptions
  readonly #now: () => number
  readonly #openings = new Set<Opening>()

  constructor(driver: ServerDriver, place: ServerPlace, options: ConnectorOptions) {
    this.#driver = driver
    this.#place = place
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  /**
   * @throws {OperationalError} CANNOT_OPEN when the server cannot be reached in time, or refuses. @throws {ConfigurationError} LOGIN_REFUSED, DATABASE_NOT_FOUND.
   * @throws what has nothing to do with the server as it is, such as MISSING_DRIVER.
   */
  async connect(isWanted: () => boolean): Promise<DriverConnection> {
    const opening: Opening = { since: new Date(), start: this.#now(), tries: 0, lastError: NONE }
    this.#openings.add(opening)
    try {
      for (;;) {
        opening.tries += 1
        try {
          return await this.#driver.connect()
        } catch (error) {
          if (!(await this.#mayTryAgain(opening, error, isWanted))) throw this.#failure(opening)
        }
      }
    } finally {
      this.#openings.delete(opening)
    }
  }

  /** Why whoever waits for a connection has none, where that is the server's fault: it refuses at present, or has not answered. */
  troubleOf({ isAnyOpen }: { readonly isAnyOpen: boolean }): AthanorError | undefined {
    const [oldest] = this.#openings
    const refused = [...this.#openings].find(({ lastError }) => lastError !== NONE)
    if (refused !== undefined) return this.#failure(refused)
    if (isAnyOpen || oldest === undefined) return undefined
    return noAnswer(this.#place, this.#attempts(oldest))
  }

  async #mayTryAgain(opening: Opening, error: unknown, isWanted: () => boolean): Promise<boolean> {
    opening.lastError = error
    if (error instanceof AthanorError) return false
    opening.lastFault = this.#judge(opening, error)
    if (opening.lastFault.kind !== 'passing') return false
    const pause = this.#pauseAfter(opening.tries)
    const endsAt = opening.start + this.#options.reconnectWindowMs
    if (!isWanted() || this.#now() + pause > endsAt) return false
    await (this.#options.sleep ?? sleep)(pause)
    return isWanted()
  }

  #judge(opening: Opening, error: unknown): ConnectFault {
    const fault = this.#driver.diagnose(error)
    const { errorHook } = this.#options
    if (errorHook === undefined) return fault
    const attempts = this.#attempts(opening)
    return errorHook.faultOf(error, fault, cannotConnect(error, this.#place, { fault, attempts }))
  }

  /** From 10 to 160 ms: at most 20, 40, 80, 160 after the first tries. */
  #pauseAfter(tries: number): number {
    const most = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** tries)
    const chance = (this.#options.random ?? Math.random)()
    return SHORTEST_PAUSE_MS + chance * (most - SHORTEST_PAUSE_MS)
  }

  #failure(opening: Opening): AthanorError {
    const { lastError, lastFault } = opening
    if (lastError instanceof AthanorError) return lastError
    const fault = lastFault ?? this.#driver.diagnose(lastError)
    return cannotConnect(lastError, this.#place, { fault, attempts: this.#attempts(opening) })
  }

  #attempts({ since, start, tries }: Opening): Attempts {
    return { since, tries, elapsedMs: this.#now() - start }
  }
}

/** Nothing has failed yet. */
const NONE = Symbol('no error')
