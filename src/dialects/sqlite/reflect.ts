import type { DriverConnection } from '../../engine/index.ts'
import {
  Table,
  constraintName,
  type Column,
  type ForeignKeyAction,
  type MetaData,
} from '../../schema/index.ts'
import { typeOfDeclaration } from './declared-type.ts'

type Executor = Pick<DriverConnection, 'execute'>

/** Names of the tables of a database; SQLite's own and those behind virtual tables are left out. */
export async function tableNames(connection: Executor): Promise<readonly string[]> {
  const rows = await read(
    connection,
    "select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite\\_%' escape '\\' order by name",
  )
  return rows.map(([name]) => String(name))
}

/** Adds the tables that `metadata` does not have, as the database has them, and gives them. Primary key columns come first, as everywhere. */
export async function reflect(connection: Executor, metadata: MetaData): Promise<readonly Table[]> {
  const found: Table[] = []
  for (const name of await tableNames(connection)) {
    if (metadata.tables.has(name)) continue
    const table = new Table(name, metadata.engineKey)
    await addColumns(connection, table)
    await addIndexes(connection, table)
    metadata.add(table)
    found.push(table)
  }
  for (const table of found) await addForeignKeys(connection, table, metadata)
  return found
}

async function addColumns(connection: Executor, table: Table): Promise<void> {
  const rows = await read(
    connection,
    'select name, type, "notnull", dflt_value, pk, hidden from pragma_table_xinfo(?) where hidden <> 1 order by pk = 0, pk, cid',
    [table.name],
  )
  const keys = rows.filter(([, , , , pk]) => Number(pk) > 0).length
  for (const [name, type, notNull, defaultText, pk, hidden] of rows) {
    const isKey = Number(pk) > 0
    table.addColumn({
      name: String(name),
      property: String(name),
      type: typeOfDeclaration(String(type)),
      nullable: Number(notNull) === 0 && !isKey,
      primaryKey: isKey,
      autoIncrement: isKey && keys === 1 && /^integer$/i.test(String(type)),
      serverDefault: typeof defaultText === 'string' ? defaultText : undefined,
      computed: Number(hidden) >= GENERATED ? UNKNOWN_EXPRESSION : undefined,
    })
  }
}

/** `hidden` of generated columns: 2 virtual, 3 stored. SQLite does not tell their expression. */
const GENERATED = 2
const UNKNOWN_EXPRESSION = ''

async function addIndexes(connection: Executor, table: Table): Promise<void> {
  const indexes = await read(
    connection,
    'select name, "unique" from pragma_index_list(?) where origin <> \'pk\' and not partial order by seq',
    [table.name],
  )
  for (const [name, unique] of indexes) {
    const members = await read(connection, 'select name from pragma_index_info(?) order by seqno', [
      name,
    ])
    const columns = members.flatMap(
      ([column]) => table.columns.find((each) => each.name === column) ?? [],
    )
    if (columns.length === members.length)
      table.indexes.push({ name: String(name), columns, unique: Number(unique) === 1 })
  }
}

async function addForeignKeys(
  connection: Executor,
  table: Table,
  metadata: MetaData,
): Promise<void> {
  const rows = await read(
    connection,
    'select id, "table", "from", "to", on_delete, on_update from pragma_foreign_key_list(?) order by id, seq',
    [table.name],
  )
  for (const members of Map.groupBy(rows, ([id]) => id).values()) {
    const [, targetName, , , onDelete, onUpdate] = members[0] ?? []
    const target = metadata.tables.get(String(targetName))
    if (target === undefined) continue // it points at nothing
    const columns = members.flatMap(([, , from]) => columnNamed(table, from) ?? [])
    const targetColumns = members.flatMap(
      ([, , , to], place) =>
        (to === null ? target.primaryKey[place] : columnNamed(target, to)) ?? [],
    )
    table.foreignKeys.push({
      name: constraintName.foreignKey(
        table.name,
        columns.map(({ name }) => name),
        target.name,
      ),
      columns,
      target,
      targetColumns,
      onDelete: action(onDelete),
      onUpdate: action(onUpdate),
    })
  }
}

function columnNamed(table: Table, name: unknown): Column | undefined {
  return table.columns.find((column) => column.name.toLowerCase() === String(name).toLowerCase())
}

function action(text: unknown): ForeignKeyAction {
  return String(text).toLowerCase() as ForeignKeyAction
}

async function read(
  connection: Executor,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await connection.execute({ sql, parameters, prepare: false })
  return rows
}
