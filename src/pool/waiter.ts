import { CancelledError } from '../errors/index.ts'
import { startTimer } from '../util/index.ts'
import type { Holder } from './holder.ts'
import type { PoolReport } from './pool-errors.ts'

/** What is asked for beside the connection. */
export interface AcquireOptions {
  /** How long to wait for others at most, in milliseconds, and not for one that is being opened; by default the pool's `timeoutMs`. */
  readonly timeoutMs?: number
  /** The connection is wanted for one statement and comes back by itself. Default false: it is held across awaits. */
  readonly isBrief?: boolean
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** The error of one who waited in vain. Default: PoolTimeoutError. */
  readonly timeoutError?: (report: PoolReport) => Error
}

/** One who waits for a connection: settled once, by a connection, an error, its time limit or its signal. */
export class Waiter<C> {
  readonly holder: Holder
  readonly options: AcquireOptions
  readonly promise: Promise<C>
  /** Whether a connection is being opened for it. */
  isOpening = false
  #resolve: (connection: C) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #timer: NodeJS.Timeout | undefined
  #abort: (() => void) | undefined
  #onGiveUp: (() => void) | undefined
  #isSettled = false

  constructor(holder: Holder, options: AcquireOptions) {
    this.holder = holder
    this.options = options
    this.promise = new Promise<C>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /**
   * Rejects with `timeoutError()` after `timeoutMs` and with CancelledError when the signal aborts; `onGiveUp` is called before either.
   * The timer keeps the process alive, because somebody awaits its outcome.
   */
  limit(timeoutMs: number, timeoutError: () => Error, onGiveUp: () => void): void {
    this.#onGiveUp = onGiveUp
    this.#timer = startTimer(() => this.#giveUp(timeoutError), timeoutMs)
    const { signal } = this.options
    if (signal === undefined) return
    this.#abort = () => this.#giveUp(() => cancelled(this.holder, signal))
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  /** From now on it gives up only when its signal aborts. */
  stopTimer(): void {
    clearTimeout(this.#timer)
  }

  /** Gives the connection to the waiter, unless it has given up. */
  resolve(connection: C): void {
    if (this.#settle()) this.#resolve(connection)
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error)
  }

  #giveUp(makeError: () => Error): void {
    const error = makeError() // before the waiter leaves: the error counts those who wait
    this.#onGiveUp?.()
    this.reject(error)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.stopTimer()
    if (this.#abort !== undefined) this.options.signal?.removeEventListener('abort', this.#abort)
    return true
  }
}

/** The error of one who gives up because `signal` has aborted. */
export function cancelled(holder: Holder, signal: AbortSignal): CancelledError {
  return new CancelledError(
    `Waiting for a connection was given up for "${holder.name}": its signal was aborted. Nothing was sent.`,
    { cause: signal.reason },
  )
}
