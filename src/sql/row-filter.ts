import type { Column } from '../schema/index.ts'
import { literalSql } from './literal.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** Which rows of a table that several models share are those of one: what they have in one column, as it is stored. */
export interface RowFilter {
  readonly column: Column
  readonly stored: readonly unknown[]
}

/**
 * `"kind" = 'admin'`, or a list of them; `table` is quoted and stands before the column. The values are part of the mapping, as names are, and therefore of the text: a
 * partial index on them is found, and a statement has no more parameters than its author gave it.
 */
export function rowFilterSql(
  dialect: SqlDialect,
  { column, stored }: RowFilter,
  table?: string,
): string {
  const name = `${table === undefined ? '' : `${table}.`}${dialect.quote(column.name)}`
  const literals = stored.map((value) => literalSql(dialect, value))
  if (literals.length === 0) return '1 = 0'
  return literals.length === 1 ? `${name} = ${literals[0]}` : `${name} in (${literals.join(', ')})`
}
