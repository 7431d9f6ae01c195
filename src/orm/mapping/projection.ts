import type { Column } from '../../schema/index.ts'
import type { Mapper } from './mapper.ts'

const known = new WeakMap<readonly Column[], Projection>()

/** Some columns of a table, as a statement gives them: how its rows become rows with a place for every column. */
export class Projection {
  readonly #columns: readonly Column[]
  readonly #width: number

  private constructor(columns: readonly Column[], width: number) {
    this.#columns = columns
    this.#width = width
  }

  /** The projection of rows that have these columns; undefined where they are all that rows of the mapper have. Made once an array of columns. */
  static of(mapper: Mapper, columns: readonly Column[]): Projection | undefined {
    const width = mapper.rowColumns.length
    if (columns.length === width) return undefined
    let projection = known.get(columns)
    if (projection === undefined) known.set(columns, (projection = new Projection(columns, width)))
    return projection
  }

  /** A row with a place for each column of the table: undefined where nothing was read. */
  place(values: readonly unknown[]): unknown[] {
    const row: unknown[] = Array.from({ length: this.#width })
    for (const [i, { ordinal }] of this.#columns.entries()) row[ordinal] = values[i]
    return row
  }

  has(column: Column): boolean {
    return this.#columns.includes(column)
  }
}
