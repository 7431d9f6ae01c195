import { LONGEST_TIMER_MS } from '../util/index.ts'
import type { PoolEntry } from './pool-entry.ts'
import type { PoolOptions } from './pool-options.ts'

/** Connections that nobody has, and the timer that closes those that nobody takes. */
export class IdleConnections<C> {
  readonly #entries: PoolEntry<C>[] = []
  readonly #options: Pick<PoolOptions, 'order' | 'idleMs'>
  readonly #now: () => number
  readonly #expire: (entry: PoolEntry<C>) => void
  #timer: NodeJS.Timeout | undefined

  /** `expire` is told of each connection that lay here for `idleMs`, and has to remove it. */
  constructor(
    options: Pick<PoolOptions, 'order' | 'idleMs'>,
    now: () => number,
    expire: (entry: PoolEntry<C>) => void,
  ) {
    this.#options = options
    this.#now = now
    this.#expire = expire
  }

  get size(): number {
    return this.#entries.length
  }

  /** A list of its own: connections may be removed while it is gone through. */
  get all(): readonly PoolEntry<C>[] {
    return this.#entries.slice()
  }

  put(entry: PoolEntry<C>): void {
    this.#entries.push(entry)
    if (this.#options.idleMs > LONGEST_TIMER_MS) return // a clock is read and a timer set only where they matter
    entry.since = this.#now()
    this.#timer ??= this.#startTimer(this.#options.idleMs)
  }

  /** The next one to be handed out. */
  take(): PoolEntry<C> | undefined {
    return this.#options.order === 'lifo' ? this.#entries.pop() : this.#entries.shift()
  }

  remove(entry: PoolEntry<C>): void {
    const place = this.#entries.indexOf(entry)
    if (place >= 0) this.#entries.splice(place, 1)
  }

  stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Does not keep the process alive. */
  #startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#closeUnused(), ms).unref()
  }

  #closeUnused(): void {
    this.#timer = undefined
    const tooOld = this.#now() - this.#options.idleMs
    for (const entry of this.all) if (entry.since <= tooOld) this.#expire(entry)
    if (this.#entries.length === 0) return
    const oldest = Math.min(...this.#entries.map((entry) => entry.since))
    this.#timer = this.#startTimer(oldest - tooOld)
  }
}
