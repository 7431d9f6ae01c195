import type { Table } from '../schema/index.ts'
import type { SqlDialect } from './sql-dialect.ts'

/**
 * `"post"`, or `"acme"."post"` where the table stands in a schema: what a statement calls a table where rows come from or go to. Elsewhere in the statement its
 * name alone says which one is meant. The only place where a schema enters SQL.
 */
export function qualifiedName(
  { quote }: Pick<SqlDialect, 'quote'>,
  { name, schema }: Pick<Table, 'name' | 'schema'>,
): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`
}
