import type { Table } from '../schema/index.ts'
import type { SqlDialect } from './sql-dialect.ts'

/**
 * `"post"`, or `"acme"."post"` where the table stands in a schema: what a statement calls a table where rows come from or go to. Elsewhere in the statement its
 * name alone says which one is meant. The only place where a schema enters SQL.
 */
export function qualifiedName(
  quoting: Pick<SqlDialect, 'quote'>,
  { name, schema }: Pick<Table, 'name' | 'schema'>,
): string {
  const own = quoting.quote(name)
  return schema === undefined ? own : `${quoting.quote(schema)}.${own}`
}
