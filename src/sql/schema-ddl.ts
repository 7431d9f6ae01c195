import type { ForeignKey, Table } from '../schema/index.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { addForeignKeySql, createTableSql } from './table-ddl.ts'

/**
 * The statements that make those of `tables` that are not in `existing`, in the order of `tables`. Where a foreign key cannot name a table that does not exist yet, as
 * in a circle, it is added when all tables exist.
 *
 * @throws {MappingError} MAPPING as `createTableSql`, before there is any statement.
 */
export function createTablesSql(
  tables: readonly Table[],
  dialect: SqlDialect,
  existing: ReadonlySet<string>,
): string[] {
  const present = new Set(existing)
  const statements: string[] = []
  const later: ForeignKey[] = []
  for (const table of tables) {
    if (present.has(table.name)) continue
    present.add(table.name)
    const waiting = dialect.supports.addConstraint
      ? table.foreignKeys.filter((key) => !present.has(key.target.name))
      : []
    statements.push(...createTableSql(table, dialect, new Set(waiting)))
    later.push(...waiting)
  }
  return [...statements, ...later.map((key) => addForeignKeySql(key, dialect))]
}

/** Foreign keys of `tables` that refer to a table which stands earlier: they must go before the tables are dropped in this order. */
export function blockingKeys(tables: readonly Table[]): ForeignKey[] {
  const places = new Map(tables.map((table, place) => [table.name, place]))
  return tables.flatMap((table, place) =>
    table.foreignKeys.filter((key) => (places.get(key.target.name) ?? place) < place),
  )
}
