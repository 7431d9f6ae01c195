import type { Column, Table } from '../schema/index.ts'
import { rowFilterSql, type RowFilter } from './row-filter.ts'
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
  const head = `insert into ${dialect.quote(table.name)}`
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
  return `update ${dialect.quote(table.name)} set ${assignments.join(', ')} where ${equalities(dialect, where, set.length)}${returningClause(dialect, returning)}`
}

/** DELETE of the rows that have these values in the columns of `where`. */
export function deleteSql(dialect: SqlDialect, table: Table, where: readonly Column[]): string {
  return `delete from ${dialect.quote(table.name)} where ${equalities(dialect, where, 0)}`
}

/** What a SELECT by key reads. */
export interface KeySelect {
  readonly columns: readonly Column[]
  readonly keys: readonly Column[]
  /** Which rows count, where the table has those of several models. */
  readonly filter?: RowFilter | undefined
}

/** SELECT of the row with this key. */
export function selectByKeySql(
  dialect: SqlDialect,
  table: Table,
  { columns, keys, filter }: KeySelect,
): string {
  const only = filter === undefined ? '' : ` and ${rowFilterSql(dialect, filter)}`
  return `select ${columnList(dialect, columns)} from ${dialect.quote(table.name)} where ${equalities(dialect, keys, 0)}${only}`
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
