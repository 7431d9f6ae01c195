import type { QueryEntry } from './recorded-query.ts'

/** The last statements of one scope, in order: a scope that lives for long does not grow without bound. */
export class QueryLog {
  readonly #limit: number
  #entries: QueryEntry[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is kept now; it does not change with what comes. */
  get queries(): readonly QueryEntry[] {
    return [...this.#entries]
  }

  add(entry: QueryEntry): void {
    if (this.#entries.at(-1)?.absorb(entry) === true) return
    if (this.#entries.length >= this.#limit) this.#entries.shift()
    this.#entries.push(entry)
  }
}
