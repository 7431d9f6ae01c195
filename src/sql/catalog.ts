import type { Column, Table } from '../schema/index.ts'
import type { RowFilter } from './row-filter.ts'

/** How rows of a relation's target are found from a row of its owner. */
export interface JoinPath {
  /** The target's model. */
  readonly target: object
  readonly toMany: boolean
  /** True when a row may have no target, so that a join must keep it: LEFT JOIN. */
  readonly optional: boolean
  /** Owner column = target column; or, with `through`, empty. */
  readonly pairs: readonly (readonly [owner: Column, target: Column])[]
  readonly through?: {
    readonly table: Table
    readonly ownerPairs: readonly (readonly [owner: Column, link: Column])[]
    readonly targetPairs: readonly (readonly [link: Column, target: Column])[]
  }
}

/** Where the rows of a model are: in one table, or spread over those of the models that it inherits from and its own. */
export interface ModelRows {
  /** Tables that have a part of each row; the first one's key is that of all. */
  readonly tables: readonly [Table, ...Table[]]
  /** Tables that have a part of some rows: of models that inherit from this one. */
  readonly branches: readonly Table[]
  /** The model's columns. */
  readonly columns: readonly Column[]
  /** The column that the program calls `property`. */
  column(property: string): Column | undefined
  /** All columns of a row, in their places: beside those of `tables` and `branches` those of tables that have no part of the model's rows. */
  readonly rowColumns: readonly Column[]
  /** Those of them that a SELECT of objects gives unless it says otherwise; `rowColumns` itself where that is all. */
  readonly usualColumns: readonly Column[]
  /** Which rows of these tables are the model's; undefined = all. */
  readonly filter: RowFilter | undefined
}

/** The rows of a table that is all there is of them. */
export function wholeRows(table: Table): ModelRows {
  const { columns } = table
  return {
    tables: [table],
    branches: [],
    columns,
    column: (property) => table.column(property),
    rowColumns: columns,
    usualColumns: columns,
    filter: undefined,
  }
}

/** Rows of a model itself, and of none that inherits from it. */
export function rowsWithoutBranches(rows: ModelRows): ModelRows {
  const { tables, columns, rowColumns, usualColumns } = rows
  return {
    tables,
    branches: [],
    columns,
    column: (property) => rows.column(property),
    rowColumns,
    usualColumns,
    filter: undefined,
  }
}

/** What a statement must know about the models it mentions, when it is compiled for one database. */
export interface Catalog {
  /** Tells its statements from those of other catalogs in the cache of one engine: it says all that names the same tables differently. Empty where nothing does. */
  readonly cacheKey: string
  /** @throws {ArgumentError} when this database does not know the model: the text names it and says to add it to `models`. */
  rowsOf(model: object): ModelRows
  relation(model: object, name: string): JoinPath
  /** `Post`, for messages. */
  nameOf(model: object): string
}
