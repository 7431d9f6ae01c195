import { PoolTimeoutError } from '../errors/index.ts'
import { isInside, seconds, Waiter, type Holder } from '../pool/index.ts'

/** What one of those who share the connection of a test has begun on it: a savepoint, inside those that were open before. */
export interface Turn {
  readonly holder: Holder
  /** Whether a statement of it is under way. */
  isBusy: boolean
}

interface Waiting {
  readonly waiter: Waiter<Turn>
  /** The turn that it goes on with; undefined where it waits for a new one. */
  readonly own: Turn | undefined
}

/**
 * Who may use the one connection of a test. Savepoints are a stack, so the one who began last goes on alone until its end; a new turn begins when nobody has one,
 * or inside that of a scope around it: who waits for its own inner scopes cannot be waited for.
 */
export class Turns {
  readonly #waitMs: number
  /** The innermost is the last. */
  readonly #turns: Turn[] = []
  readonly #waiting = new Set<Waiting>()
  #end: Error | undefined
  #whenIdle: (() => void) | undefined

  /** `waitMs`: how long to wait for a turn at most. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  /** A new turn, busy at first. @throws {PoolTimeoutError} POOL_TIMEOUT; the error of `end`. */
  begin(holder: Holder): Promise<Turn> {
    return this.#claim(holder, undefined)
  }

  /** Makes a turn busy, for a statement of it. @throws as `begin`. */
  async resume(turn: Turn): Promise<void> {
    await this.#claim(turn.holder, turn)
  }

  /** The statement is over; the turn is not. */
  pause(turn: Turn): void {
    turn.isBusy = false
    this.#wake()
  }

  /** The turn is over. */
  leave(turn: Turn): void {
    this.#turns.splice(this.#turns.indexOf(turn), 1)
    this.pause(turn)
  }

  /** Nobody gets a turn any more, and whoever asks for one gets `error`. Waits for the statement that is under way. */
  async end(error: Error): Promise<void> {
    this.#end ??= error
    for (const { waiter } of this.#waiting) waiter.reject(error)
    this.#waiting.clear()
    if (this.#turns.at(-1)?.isBusy === true)
      await new Promise<void>((resolve) => (this.#whenIdle = resolve))
  }

  async #claim(holder: Holder, own: Turn | undefined): Promise<Turn> {
    if (this.#end !== undefined) throw this.#end
    return this.#grant(holder, own) ?? this.#wait(holder, own)
  }

  #grant(holder: Holder, own: Turn | undefined): Turn | undefined {
    const last = this.#turns.at(-1)
    if (last?.isBusy === true) return undefined
    if (own === undefined) {
      if (last !== undefined && last.holder !== holder && !isInside(holder, last.holder))
        return undefined
      const turn = { holder, isBusy: true }
      this.#turns.push(turn)
      return turn
    }
    if (own !== last) return undefined
    own.isBusy = true
    return own
  }

  #wait(holder: Holder, own: Turn | undefined): Promise<Turn> {
    const waiter = new Waiter<Turn>(holder, {
      signal: own === undefined ? holder.signal : undefined,
    })
    const waiting = { waiter, own }
    this.#waiting.add(waiting)
    waiter.limit(
      this.#waitMs,
      () => this.#timeoutError(holder),
      () => this.#waiting.delete(waiting),
    )
    return waiter.promise
  }

  #wake(): void {
    this.#whenIdle?.()
    for (const waiting of this.#waiting) {
      const turn = this.#grant(waiting.waiter.holder, waiting.own)
      if (turn === undefined) continue
      this.#waiting.delete(waiting)
      waiting.waiter.resolve(turn)
      return // it is busy now
    }
  }

  #timeoutError({ name }: Holder): PoolTimeoutError {
    const holder = this.#turns.at(-1)?.holder.name ?? ''
    return new PoolTimeoutError(
      `Cannot run a statement of "${name}" in the test scope: "${holder}" has begun a transaction and did not end it within ${seconds(this.#waitMs)}. A test scope has one connection, so others wait. Commit or roll back before you wait for them, or raise testScope's waitMs.`,
      { info: { asker: name, holder, waitMs: this.#waitMs } },
    )
  }
}
