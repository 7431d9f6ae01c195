/** What is under way in one direction: it arrives in order, each part `latencyMs` after it was sent, and not while the line is held. */
export class DelayLine {
  readonly #latencyMs: () => number
  readonly #underWay: { readonly at: number; readonly arrive: () => void }[] = []
  #timer: NodeJS.Timeout | undefined
  #isHeld = false

  constructor(latencyMs: () => number) {
    this.#latencyMs = latencyMs
  }

  send(arrive: () => void): void {
    const latencyMs = this.#latencyMs()
    if (latencyMs === 0 && !this.#isHeld && this.#underWay.length === 0) {
      arrive()
      return
    }
    const last = this.#underWay.at(-1)?.at ?? 0
    this.#underWay.push({ at: Math.max(last, performance.now() + latencyMs), arrive })
    this.#wait()
  }

  /** Nothing arrives until `release`. */
  hold(): void {
    this.#isHeld = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** What was held arrives. */
  release(): void {
    this.#isHeld = false
    this.#wait()
  }

  /** Forgets what is under way. */
  clear(): void {
    this.#underWay.length = 0
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wait(): void {
    const next = this.#underWay[0]
    if (next === undefined || this.#isHeld || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, next.at - performance.now()))
  }

  #deliver(): void {
    this.#timer = undefined
    const now = performance.now()
    // a timer may fire a fraction of a millisecond early; then the rest waits for another
    while (!this.#isHeld && this.#underWay[0] !== undefined && this.#underWay[0].at <= now)
      this.#underWay.shift()?.arrive()
    this.#wait()
  }
}
