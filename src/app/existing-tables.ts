import { MappingError } from '../errors/index.ts'
import type { Column, MetaData, Table } from '../schema/index.ts'
import type { Reporter } from './reporter.ts'

/**
 * Keys tell rows apart in memory as they do in the database, so that a column which takes upper and lower case as one can be none.
 *
 * @throws {MappingError} MAPPING when a key of `tables` was `found` to be such a column.
 */
export function checkCase(tables: Iterable<Table>, found: readonly Table[]): void {
  for (const table of tables) {
    for (const column of keysOf(table)) {
      if (columnIn(found, column)?.ignoresCase !== true) continue
      throw new MappingError(
        `Cannot use the table "${table.name}" as it is: its key column "${column.name}" has a collation that takes upper and lower case as one, so that one row would be two objects. Change the column to one that does not, such as utf8mb4_nopad_bin of MariaDB.`,
        { info: { table: table.name, column: column.name, engineKey: table.engineKey } },
      )
    }
  }
}

function keysOf(table: Table): ReadonlySet<Column> {
  return new Set([...table.primaryKey, ...table.foreignKeys.flatMap((key) => key.columns)])
}

function columnIn(found: readonly Table[], { table, name }: Column): Column | undefined {
  return found
    .find((each) => each.name === table.name)
    ?.columns.find((column) => column.name === name)
}

/** Tells of tables that exist without columns that their models have: createAll does not change them. */
export function reportMissingColumns(
  { engineKey, tables }: MetaData,
  found: readonly Table[],
  reporter: Reporter,
): void {
  for (const table of tables.values()) {
    if (!found.some(({ name }) => name === table.name)) continue
    const lacking = table.columns.filter((column) => columnIn(found, column) === undefined)
    if (lacking.length === 0) continue
    const columns = lacking.map(({ name }) => `"${name}"`).join(', ')
    reporter.warn(
      'ATHANOR_TABLE_DIFFERS',
      `The table "${table.name}" of engine "${engineKey}" exists without ${columns}, and createAll() changes no existing table. Add what is missing by a migration, or drop the table first.`,
      `${engineKey} ${table.name}`,
    )
  }
}
