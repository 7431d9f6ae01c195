import { ArgumentError, MultipleResultsFoundError, NoResultFoundError } from '../../errors/index.ts'
import type { KeysetPage, Page, RowQuery } from '../mapping/index.ts'
import type { HeadQuery } from './head-of.ts'

/** Rows of a statement that is not a SELECT of ours: RETURNING, raw SQL. They are fetched as a whole. */
export class FetchedRows<Row> implements RowQuery<Row>, HeadQuery<Row> {
  declare readonly $row: Row
  readonly #fetch: () => Promise<Row[]>
  readonly #label: string

  constructor(label: string, fetch: () => Promise<Row[]>) {
    this.#label = label
    this.#fetch = fetch
  }

  all(): Promise<Row[]> {
    return this.#fetch()
  }

  async head(count: number): Promise<readonly Row[]> {
    return (await this.#fetch()).slice(0, count)
  }

  async first(): Promise<Row | null> {
    return (await this.#fetch())[0] ?? null
  }

  async oneOrNull(): Promise<Row | null> {
    return (await this.#atMostOne())[0] ?? null
  }

  async one(): Promise<Row> {
    const rows = await this.#atMostOne()
    if (rows.length === 0)
      throw new NoResultFoundError(
        `Cannot take the only row: ${this.#label} gave none. Ask for oneOrNull() where that may be.`,
      )
    return rows[0] as Row
  }

  async #atMostOne(): Promise<Row[]> {
    const rows = await this.#fetch()
    if (rows.length > 1)
      throw new MultipleResultsFoundError(
        `Cannot take the only row: ${this.#label} gave ${rows.length}. Ask for first() or all().`,
      )
    return rows
  }

  async count(): Promise<number> {
    return (await this.#fetch()).length
  }

  async exists(): Promise<boolean> {
    return (await this.#fetch()).length > 0
  }

  async *stream(): AsyncGenerator<Row> {
    yield* await this.#fetch()
  }

  async paginate(): Promise<Page<Row>> {
    throw this.#unpageable()
  }

  async paginateKeyset(): Promise<KeysetPage<Row>> {
    throw this.#unpageable()
  }

  #unpageable(): ArgumentError {
    return new ArgumentError(
      `Cannot paginate ${this.#label}: it is no SELECT that athanor has built. Put LIMIT and OFFSET into its text.`,
    )
  }
}
