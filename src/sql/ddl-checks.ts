import { MappingError } from '../errors/index.ts'
import { constraintName, type Column, type Table } from '../schema/index.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { storageType } from './storage-type.ts'

/** @throws {MappingError} MAPPING for what the database would refuse with a text about storage, or would change silently. */
export function checkTable(table: Table, dialect: SqlDialect): void {
  for (const column of keyColumns(table)) checkIndexed(column, dialect)
  for (const name of namesOf(table)) checkName(name, table, dialect)
}

/** Columns that stand in a key, a unique constraint or an index; a foreign key has an index too where the database makes one. */
function keyColumns(table: Table): ReadonlySet<Column> {
  return new Set([
    ...table.primaryKey,
    ...table.indexes.flatMap((index) => index.columns),
    ...table.foreignKeys.flatMap((key) => key.columns),
  ])
}

function checkIndexed(column: Column, dialect: SqlDialect): void {
  const advice = dialect.codec(storageType(column)).noIndex
  if (advice === undefined) return
  const { table, property } = column
  throw new MappingError(
    `Cannot create the table "${table.name}": its column ${property} stands in a key or an index, and this database has none for columns of type ${storageType(column).kind}. ${advice}`,
    { info: { table: table.name, column: column.name } },
  )
}

function namesOf(table: Table): readonly string[] {
  return [
    table.name,
    constraintName.primaryKey(table.name),
    ...[table.columns, table.indexes, table.checks, table.foreignKeys].flatMap((named) =>
      named.map(({ name }) => name),
    ),
  ]
}

function checkName(name: string, table: Table, dialect: SqlDialect): void {
  const { maxNameBytes } = dialect.supports
  const length = Buffer.byteLength(name)
  if (length <= maxNameBytes) return
  throw new MappingError(
    `Cannot create the table "${table.name}": the name "${name}" has ${length} bytes, and this database keeps ${maxNameBytes}. Give it a shorter one, as in .named('…') or { table: '…' }.`,
    { info: { table: table.name, name, length, maxNameBytes } },
  )
}
