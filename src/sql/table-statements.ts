import type { Column, Table } from '../schema/index.ts'
import type { ModelRows } from './catalog.ts'
import { OwnNames, PlacedRows } from './placed-rows.ts'
import { qualifiedName } from './qualified-name.ts'
import { rowFilterSql } from './row-filter.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** Statements of the unit of work: about columns of one table, without expressions. All are text with placeholders in the order of the columns named. */

/** What an INSERT writes. */
export interface InsertColumns {
  readonly columns: readonly Column[]
  /** Rows in one statement. */
  readonly rowCount: number
  /** Columns whose values come back, as rows in the order of the columns. */
  readonly returning?: readonly Column[]
}

/** What an UPDATE writes, and where. Values: those of `set`, then those of `where`. */
export interface UpdateColumns {
  readonly set: readonly Column[]
  readonly where: readonly Column[]
  readonly returning?: readonly Column[]
}

/** INSERT of whole rows. Without columns the row is made of the database's defaults. */
export function insertSql(
  dialect: SqlDialect,
  table: Table,
  { columns, rowCount, returning = [] }: InsertColumns,
): string {
  const head = `insert into ${qualifiedName(dialect, table)}`
  const tail = returningClause(dialect, returning)
  if (columns.length === 0 && rowCount === 1 && !dialect.supports.defaultKeyword)
    return `${head} default values${tail}`
  const names = columns.length === 0 ? table.columns.slice(0, 1) : columns
  const row = (n: number): string =>
    `(${names.map((_, place) => (columns.length === 0 ? 'default' : dialect.placeholder(n * columns.length + place + 1))).join(', ')})`
  const rows = Array.from({ length: rowCount }, (_, n) => row(n))
  return `${head} (${columnList(dialect, names)}) values ${rows.join(', ')}${tail}`
}

/** UPDATE of the rows that have these values in the columns of `where`. */
export function updateSql(
  dialect: SqlDialect,
  table: Table,
  { set, where, returning = [] }: UpdateColumns,
): string {
  const assignments = set.map(
    (column, place) => `${dialect.quote(column.name)} = ${dialect.placeholder(place + 1)}`,
  )
  return `update ${qualifiedName(dialect, table)} set ${assignments.join(', ')} where ${equalities(dialect, where, set.length)}${returningClause(dialect, returning)}`
}

/** DELETE of the rows that have these values in the columns of `where`. */
export function deleteSql(dialect: SqlDialect, table: Table, where: readonly Column[]): string {
  return `delete from ${qualifiedName(dialect, table)} where ${equalities(dialect, where, 0)}`
}

/** SELECT of columns of the row with this key. */
export function selectByKeySql(
  dialect: SqlDialect,
  table: Table,
  columns: readonly Column[],
): string {
  return `select ${columnList(dialect, columns)} from ${qualifiedName(dialect, table)} where ${equalities(dialect, table.primaryKey, 0)}`
}

/** SELECT of the row of a model with this key, under the tables' own names. */
export function selectRowSql(
  dialect: SqlDialect,
  rows: ModelRows,
  columns?: readonly Column[],
): string {
  const [table] = rows.tables
  const { selected, from, only } = rowsSql(dialect, rows, columns)
  const key = table.primaryKey.map(
    (column, place) => `${columnSql(dialect, column)} = ${dialect.placeholder(place + 1)}`,
  )
  return `select ${selected} from ${from} where ${key.join(' and ')}${only}`
}

/** ` for update`, of the rows that are surely there; nothing where the database has no row locks. */
export function lockRowSql(dialect: SqlDialect, { tables, branches }: ModelRows): string {
  const { rowLocks, lockOf } = dialect.supports
  if (!rowLocks) return ''
  if (branches.length === 0 || !lockOf) return ' for update'
  return ` for update of ${tables.map(({ name }) => dialect.quote(name)).join(', ')}`
}

/** What a SELECT of rows of a model says, under the tables' own names. */
export interface RowsSql {
  readonly selected: string
  readonly from: string
  /** ` and …`, which rows are the model's. */
  readonly only: string
}

export function rowsSql(
  dialect: SqlDialect,
  rows: ModelRows,
  columns: readonly Column[] = rows.usualColumns,
): RowsSql {
  const names = new OwnNames(dialect)
  const placed = new PlacedRows(rows, names)
  const selected = placed.row(columns).join(', ')
  const { filter } = rows
  const only =
    filter === undefined
      ? ''
      : ` and ${rowFilterSql(dialect, filter, placed.nameOf(filter.column.table))}`
  return { selected, from: placed.reference() + names.branches, only }
}

/** `"post"."title"`. */
export function columnSql(dialect: SqlDialect, { table, name }: Column): string {
  return `${dialect.quote(table.name)}.${dialect.quote(name)}`
}

/** Quoted names, separated by commas. */
export function columnList(dialect: SqlDialect, columns: readonly Column[]): string {
  return columns.map((column) => dialect.quote(column.name)).join(', ')
}

/** ` returning "id"`, or nothing. */
function returningClause(dialect: SqlDialect, columns: readonly Column[]): string {
  return columns.length === 0 ? '' : ` returning ${columnList(dialect, columns)}`
}

function equalities(dialect: SqlDialect, columns: readonly Column[], before: number): string {
  return columns
    .map(
      (column, place) =>
        `${dialect.quote(column.name)} = ${dialect.placeholder(before + place + 1)}`,
    )
    .join(' and ')
}
