import { Emitter, type EventSink } from '../events/index.ts'
import { startTimer, type MaybePromise } from '../util/index.ts'
import type { Holder } from './holder.ts'
import { IdleConnections } from './idle-connections.ts'
import { PoolEntry } from './pool-entry.ts'
import {
  poolClosedError,
  poolTimeoutError,
  selfDeadlockError,
  type PoolReport,
} from './pool-errors.ts'
import type { PoolEvents, PoolStatus } from './pool-events.ts'
import { PoolRegister } from './pool-register.ts'
import type { PoolOptions } from './pool-options.ts'
import { Waiter, cancelled, type AcquireOptions } from './waiter.ts'

/** Makes and ends what a pool keeps; all that the pool knows of it. */
export interface PoolFactory<C> {
  /** Opens a connection that is ready for use. One that tries several times stops when nobody wants it any more. */
  open(isWanted: () => boolean): MaybePromise<C>
  close(connection: C): MaybePromise<void>
  /** False for a connection that is known to be dead. Asked at every checkout and return, so it must cost nothing. Default: it lives. */
  isAlive?(connection: C): boolean
  /** How old this connection may become, in milliseconds, where that is less than the option `recycleMs`. Asked once, when it was opened. */
  longestLifeMs?(connection: C): number
}

/** What surrounds a pool. All of it may be left out. */
export interface PoolContext<C> {
  /** What messages call a connection: `a connection of engine "default"`. */
  readonly label?: string
  readonly events?: EventSink<PoolEvents<C>>
  /** What to do about a self-deadlock, as a sentence. */
  readonly deadlockAdvice?: string
  /** Milliseconds on a clock that only goes forward. */
  readonly now?: () => number
  /** From 0 to 1, for the spread of `recycleMs`. */
  readonly random?: () => number
}

const HELD: AcquireOptions = {}
const MOST_HOLDERS_NAMED = 5
const RECYCLE_SPREAD = 0.1
const DEADLOCK_ADVICE =
  'Reuse the session of the outer scope, end its transaction first, or raise pool.size.'

/**
 * Keeps connections and hands each to one holder at a time. It knows nothing of SQL.
 *
 * Opens lazily. Never more than `size + maxOverflow` connections are open, those being opened included. Who finds none waits, first come, first served.
 * @remarks Semantics: SQLAlchemy `QueuePool`. Differs: generations are counted, not clocked; the last one back is the first one out.
 */
export class Pool<C extends object> {
  readonly #factory: PoolFactory<C>
  readonly #options: PoolOptions
  readonly #context: PoolContext<C>
  readonly #events: EventSink<PoolEvents<C>>
  readonly #now: () => number
  readonly #label: string
  readonly #idle: IdleConnections<C>
  readonly #register = new PoolRegister<C>()
  readonly #waiters = new Set<Waiter<C>>()
  #opening = 0
  #generation = 0
  #opened = 0
  #checkouts = 0
  #isClosed = false
  #hasWarned = false
  #onAllBack: (() => void) | undefined

  constructor(factory: PoolFactory<C>, options: PoolOptions, context: PoolContext<C> = {}) {
    this.#factory = factory
    this.#options = options
    this.#context = context
    this.#events = context.events ?? new Emitter<PoolEvents<C>>(() => {})
    this.#now = context.now ?? (() => performance.now())
    this.#label = context.label ?? 'a connection'
    this.#idle = new IdleConnections(options, this.#now, (entry) => void this.#destroy(entry))
  }

  get status(): PoolStatus {
    return {
      size: this.#options.size,
      idle: this.#idle.size,
      inUse: this.#register.inUse.length,
      overflow: Math.max(0, this.#register.counted - this.#options.size),
      waiting: this.#waiting,
      generation: this.#generation,
      opened: this.#opened,
      checkouts: this.#checkouts,
    }
  }

  /**
   * Hot: once a lease; 0.15 µs with the return, on Node 24. A connection for `holder`, at once where one is idle.
   *
   * @throws {PoolTimeoutError} POOL_TIMEOUT when none came free in time, with who has them.
   * @throws {IllegalStateError} SELF_DEADLOCK when all are held by scopes that wait for this one.
   * @throws {InvalidRequestError} POOL_CLOSED after `close`.
   * @throws {CancelledError} CANCELLED when the signal aborts.
   */
  acquire(holder: Holder, options: AcquireOptions = HELD): MaybePromise<C> {
    return this.tryAcquire(holder, options) ?? this.#wait(holder, options)
  }

  /** As `acquire`, but gives undefined instead of waiting for other holders. */
  tryAcquire(holder: Holder, options: AcquireOptions = HELD): MaybePromise<C> | undefined {
    this.#checkUsable(holder, options)
    const entry = this.#takeIdle()
    if (entry !== undefined) return this.#checkOut(entry, holder, options)
    return this.#open(holder, options)
  }

  /** Takes a connection back. A second time is a mistake of the caller, which is told by a warning and changes nothing. */
  release(connection: C): void {
    const entry = this.#register.find(connection)
    if (entry?.holder === undefined) {
      if (!this.#register.wasTakenAway(connection)) this.#warnOfDoubleRelease()
      return
    }
    const { holder } = entry
    entry.holder = undefined
    if (this.#events.has('checkin'))
      this.#events.emit('checkin', { connection, holder, heldMs: this.#now() - entry.since })
    if (this.#isOutdated(entry) || this.#options.size === 0) void this.#destroy(entry)
    else this.#putBack(entry)
  }

  /**
   * Closes a connection that cannot be trusted any more and frees its place. With `all`, every connection opened before now is replaced too, those in
   * use when they come back: for a server that has gone. Of many that die at once only the first replaces the others.
   */
  invalidate(connection: C, error: unknown, extent: 'this' | 'all' = 'this'): void {
    const entry = this.#register.find(connection)
    if (entry === undefined) return
    this.#events.emit('invalidate', { connection, error })
    if (extent === 'all' && entry.generation === this.#generation) this.#startGeneration()
    void this.#destroy(entry)
  }

  /** Has a connection, or all that are open, replaced when it is next taken, as one older than `recycleMs` is. Closes nothing now. */
  recycle(connection?: C): void {
    const entries =
      connection === undefined ? this.#register.all : [this.#register.find(connection)]
    for (const entry of entries) if (entry !== undefined) entry.recycleAt = -Infinity
  }

  /** Closes idle connections now and the others when they come back; whoever waits or comes later gets new ones. */
  async dispose(): Promise<void> {
    this.#generation += 1
    this.#register.retire()
    const closed = this.#idle.all.map((entry) => this.#destroy(entry))
    this.#serve()
    await Promise.all(closed)
  }

  /** Closes for good: refuses whoever waits or comes later, waits at most `deadlineMs` for connections in use, then closes those too. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true
    this.#idle.stopTimer()
    for (const waiter of this.#waiters)
      waiter.reject(poolClosedError(this.#label, waiter.holder.name))
    this.#waiters.clear()
    await Promise.all(this.#idle.all.map((entry) => this.#destroy(entry)))
    await this.#allBack(deadlineMs)
    await Promise.all(this.#register.all.map((entry) => this.#destroy(entry)))
  }

  // ── taking ──

  /** An idle connection that may be used; those that may not are closed on the way. */
  #takeIdle(): PoolEntry<C> | undefined {
    for (let entry = this.#idle.take(); entry !== undefined; entry = this.#idle.take()) {
      if (!this.#isOutdated(entry) && !this.#isOld(entry)) return entry
      void this.#destroy(entry)
    }
    return undefined
  }

  #checkOut(entry: PoolEntry<C>, holder: Holder, options: AcquireOptions): C {
    entry.holder = holder
    entry.since = this.#now()
    entry.isBrief = options.isBrief === true
    this.#checkouts += 1
    if (this.#events.has('checkout'))
      this.#events.emit('checkout', { connection: entry.connection, holder })
    return entry.connection
  }

  /** Opens a connection for `holder`; undefined when the limit is reached. */
  #open(holder: Holder, options: AcquireOptions): MaybePromise<C> | undefined {
    if (!this.#hasRoom) return undefined
    let waiter: Waiter<C> | undefined
    this.#opening += 1
    let opened: MaybePromise<C>
    try {
      opened = this.#factory.open(() => this.#isWantedBy(waiter))
    } catch (error) {
      this.#openFailed()
      throw error
    }
    if (!(opened instanceof Promise)) return this.#checkOut(this.#enter(opened), holder, options)
    waiter = new Waiter<C>(holder, options)
    this.#waiters.add(waiter)
    this.#limit(waiter, Infinity)
    this.#receive(opened, waiter)
    return waiter.promise
  }

  /** Takes the connection that is being opened for `waiter`, or for whoever is next if another one, which came back, has served `waiter` meanwhile. */
  #receive(opened: Promise<C>, waiter: Waiter<C>): void {
    waiter.isOpening = true
    waiter.stopTimer() // how long opening may take is for the factory to say
    opened.then(
      (connection) => {
        waiter.isOpening = false
        const entry = this.#enter(connection)
        if (this.#isClosed) void this.#destroy(entry)
        else if (waiter.isSettled) this.#putBack(entry)
        else this.#serveWith(entry, waiter)
      },
      (error: unknown) => {
        waiter.isOpening = false
        this.#waiters.delete(waiter)
        waiter.reject(error)
        this.#openFailed()
      },
    )
  }

  /** Whether somebody waits for a connection that is being opened for `waiter`, or for another one. */
  #isWantedBy(waiter: Waiter<C> | undefined): boolean {
    return !this.#isClosed && (waiter?.isSettled !== true || this.#waiting > 0)
  }

  #enter(connection: C): PoolEntry<C> {
    const spread = 1 + RECYCLE_SPREAD * (2 * (this.#context.random ?? Math.random)() - 1)
    const lifeMs = Math.min(
      this.#options.recycleMs,
      this.#factory.longestLifeMs?.(connection) ?? Infinity,
    )
    const entry = new PoolEntry(connection, this.#generation, this.#now() + lifeMs * spread)
    this.#opening -= 1
    this.#opened += 1
    this.#register.add(entry)
    this.#events.emit('connect', { connection })
    return entry
  }

  #openFailed(): void {
    this.#opening -= 1
    this.#serve()
  }

  #wait(holder: Holder, options: AcquireOptions): Promise<C> {
    const waiter = new Waiter<C>(holder, options)
    this.#checkDeadlock(waiter)
    const timeoutMs = this.#timeoutOf(waiter)
    if (timeoutMs === 0) throw this.#timeoutError(waiter, 1)
    this.#waiters.add(waiter)
    this.#limit(waiter, timeoutMs)
    return waiter.promise
  }

  #limit(waiter: Waiter<C>, timeoutMs: number): void {
    waiter.limit(
      timeoutMs,
      () => this.#timeoutError(waiter, 0),
      () => this.#waiters.delete(waiter),
    )
  }

  // ── giving back ──

  #putBack(entry: PoolEntry<C>): void {
    const [next] = this.#waiters
    if (next !== undefined) this.#serveWith(entry, next)
    else if (this.#register.counted > this.#options.size) void this.#destroy(entry)
    else this.#idle.put(entry)
  }

  #serveWith(entry: PoolEntry<C>, waiter: Waiter<C>): void {
    this.#waiters.delete(waiter)
    waiter.resolve(this.#checkOut(entry, waiter.holder, waiter.options))
  }

  /** Gives waiters what there is room for, after a place has become free. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      if (!this.#hasRoom) return
      if (!waiter.isOpening) this.#openFor(waiter)
    }
  }

  #openFor(waiter: Waiter<C>): void {
    this.#opening += 1
    try {
      const opened = this.#factory.open(() => this.#isWantedBy(waiter))
      if (opened instanceof Promise) {
        this.#receive(opened, waiter)
        return
      }
      this.#serveWith(this.#enter(opened), waiter)
    } catch (error) {
      this.#opening -= 1 // the loop of #serve lets the next waiter try
      this.#waiters.delete(waiter)
      waiter.reject(error)
    }
  }

  /** Takes the connection out of all books and closes it; nobody waits for the close, and what it throws is only told. */
  async #destroy(entry: PoolEntry<C>): Promise<void> {
    const { connection } = entry
    this.#idle.remove(entry)
    this.#register.remove(entry)
    if (this.#onAllBack !== undefined && this.#register.inUse.length === 0) this.#onAllBack()
    this.#serve()
    try {
      await this.#factory.close(connection)
      this.#events.emit('close', { connection })
    } catch (error) {
      this.#events.emit('close', { connection, error })
    }
  }

  #startGeneration(): void {
    this.#generation += 1
    for (const entry of this.#idle.all) void this.#destroy(entry)
  }

  async #allBack(deadlineMs: number): Promise<void> {
    if (this.#register.inUse.length === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onAllBack = resolve
    const timer = startTimer(resolve, deadlineMs)
    await promise
    clearTimeout(timer)
  }

  // ── judging ──

  /** Those who wait for a connection of others: none is being opened for them. */
  get #waiting(): number {
    let waiting = 0
    for (const { isOpening } of this.#waiters) if (!isOpening) waiting += 1
    return waiting
  }

  get #hasRoom(): boolean {
    return this.#register.counted + this.#opening < this.#options.size + this.#options.maxOverflow
  }

  /** A connection that must not be used again: dead, or of a time before all were replaced. */
  #isOutdated(entry: PoolEntry<C>): boolean {
    return (
      this.#isClosed ||
      entry.generation !== this.#generation ||
      this.#factory.isAlive?.(entry.connection) === false
    )
  }

  /** Older than `recycleMs`: looked at when it is taken, not when it comes back. */
  #isOld(entry: PoolEntry<C>): boolean {
    return entry.recycleAt !== Infinity && entry.recycleAt <= this.#now()
  }

  #checkUsable(holder: Holder, { signal }: AcquireOptions): void {
    if (this.#isClosed) throw poolClosedError(this.#label, holder.name)
    if (signal?.aborted === true) throw cancelled(holder, signal)
  }

  /** Nothing can come free when all that is open is held across awaits by scopes around the asker. */
  #checkDeadlock(asker: Waiter<C>): void {
    const around = this.#opening > 0 ? undefined : this.#register.holderAround(asker.holder)
    if (around === undefined) return
    const advice = this.#context.deadlockAdvice ?? DEADLOCK_ADVICE
    throw selfDeadlockError(this.#report(asker, 1), around.name, advice)
  }

  #timeoutOf(waiter: Waiter<C>): number {
    return waiter.options.timeoutMs ?? this.#options.timeoutMs
  }

  /** `uncounted`: 1 when the asker is not among those who wait. */
  #timeoutError(asker: Waiter<C>, uncounted: number): Error {
    const error = (asker.options.timeoutError ?? poolTimeoutError)(this.#report(asker, uncounted))
    this.#events.emit('timeout', { error, holder: asker.holder })
    return error
  }

  #report(asker: Waiter<C>, uncounted: number): PoolReport {
    const now = this.#now()
    const inUse = this.#register.inUse.toSorted((a, b) => a.since - b.since)
    return {
      label: this.#label,
      asker: asker.holder.name,
      timeoutMs: this.#timeoutOf(asker),
      size: this.#options.size,
      maxOverflow: this.#options.maxOverflow,
      inUse: inUse.length,
      opening: this.#opening,
      waiting: this.#waiting + uncounted,
      holders: inUse
        .slice(0, MOST_HOLDERS_NAMED)
        .map(({ holder, since }) => ({ name: holder.name, heldMs: now - since })),
    }
  }

  #warnOfDoubleRelease(): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    process.emitWarning(
      `The program gave back ${this.#label} twice, or one that it never took. That changes nothing, but give it back in one place, in a finally.`,
      {
        type: 'AthanorWarning',
        code: 'ATHANOR_DOUBLE_RELEASE',
      },
    )
  }
}
