import type { Reporter } from '../reporter.ts'
import type { QueryEntry } from './recorded-query.ts'

/** Shapes that are counted in one scope; texts with values written into them may be without number. */
const MOST_SHAPES = 1_000
const MOST_TEXT = 300

interface Repetition {
  readonly times: number
  readonly last: QueryEntry
}

/**
 * Counts how often a scope's program asks for the same statement with other values: rows that are loaded or written one by one. What one call sends in several parts counts once.
 * Tells the developer once for a statement and the place that sent it.
 */
export class RepeatedStatements {
  readonly #scope: { readonly name: string }
  readonly #threshold: number
  readonly #counts = new Map<string, Repetition>()

  /** The scope's name is asked for when it is told: a request's may not be known before its route. */
  constructor(scope: { readonly name: string }, threshold: number) {
    this.#scope = scope
    this.#threshold = threshold
  }

  count(entry: QueryEntry, reporter: Reporter): void {
    const shape = `${entry.engine} ${entry.statement}`
    const before = this.#counts.get(shape)
    if (before?.last.isOfSameCall(entry) === true) return
    if (this.#counts.size >= MOST_SHAPES) this.#counts.clear()
    const times = (before?.times ?? 0) + 1
    this.#counts.set(shape, { times, last: entry })
    if (times !== this.#threshold) return
    const { engine, statement, location } = entry
    const text = statement.length > MOST_TEXT ? `${statement.slice(0, MOST_TEXT)}…` : statement
    reporter.warn(
      'ATHANOR_REPEATED_STATEMENT',
      `"${this.#scope.name}" has sent the same statement ${times} times on engine "${engine}", the last time at ${location}: ${text}. ${adviceFor(entry)}`,
      `${shape} ${location}`,
    )
  }
}

function adviceFor({ kind }: QueryEntry): string {
  return kind === 'select'
    ? "Load the rows together: relations by with('name') on the query or by session.load(objects, 'name'), rows by key in one query with in()."
    : 'Write the rows together: one flush() or commit() behind the loop, or one bulk statement.'
}
