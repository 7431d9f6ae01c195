import type { DriverConnection } from '../../engine/index.ts'
import { Table, type Column, type ForeignKeyAction, type MetaData } from '../../schema/index.ts'
import { typeOfColumn } from './declared-type.ts'

type Executor = Pick<DriverConnection, 'execute'>
type Row = readonly unknown[]
/** The database that is asked for; null = the one that the connection is in. */
type Place = readonly [string | null]

const NAMES = `
  select table_name from information_schema.tables
  where table_schema = coalesce(?, database()) and table_type in ('BASE TABLE', 'SYSTEM VERSIONED')
  order by table_name`

/** Names of the tables of a database, by default the one that the connection is in; views are left out. */
export async function tableNames(
  connection: Executor,
  schema?: string,
): Promise<readonly string[]> {
  const rows = await read(connection, NAMES, [schema ?? null])
  return rows.map(([name]) => String(name))
}

/** Adds the tables that `metadata` does not have, as the database has them, and gives them. Primary key columns come first, as everywhere. Four statements, however many tables there are. */
export async function reflect(connection: Executor, metadata: MetaData): Promise<readonly Table[]> {
  const place: Place = [metadata.schema ?? null]
  const existing = await tableNames(connection, metadata.schema)
  const names = existing.filter((name) => !metadata.tables.has(name))
  const found = names.map((name) => new Table(name, metadata.engineKey))
  const columns = byTable(await read(connection, COLUMNS, place))
  const indexes = byTable(await read(connection, INDEXES, place))
  const checks = byTable(await readChecks(connection, place))
  for (const table of found) {
    const mine = indexes.get(table.name) ?? []
    addColumns(table, columns.get(table.name) ?? [], {
      indexes: mine,
      checks: checks.get(table.name) ?? [],
    })
    addIndexes(table, mine)
    metadata.add(table)
  }
  const keys = byTable(await read(connection, FOREIGN_KEYS, place))
  for (const table of found) addForeignKeys(table, keys.get(table.name) ?? [], metadata)
  return found
}

const COLUMNS = `
  select table_name, column_name, data_type, column_type, is_nullable, column_default, extra,
    generation_expression, collation_name
  from information_schema.columns where table_schema = coalesce(?, database())
  order by table_name, ordinal_position`
const INDEXES = `
  select table_name, index_name, column_name, non_unique
  from information_schema.statistics where table_schema = coalesce(?, database())
  order by table_name, index_name, seq_in_index`
const FOREIGN_KEYS = `
  select k.table_name, k.constraint_name, k.column_name, k.referenced_table_name,
    k.referenced_column_name, r.delete_rule, r.update_rule
  from information_schema.key_column_usage k
  join information_schema.referential_constraints r
    on r.constraint_schema = k.table_schema and r.constraint_name = k.constraint_name
    and r.table_name = k.table_name
  where k.table_schema = coalesce(?, database()) and k.referenced_table_name is not null
  order by k.table_name, k.constraint_name, k.ordinal_position`

/** In MariaDB a JSON column is text with a check, and only the check tells. MySQL's table of checks names no table, and its JSON columns are of a type of their own. */
async function readChecks(connection: Executor, place: Place): Promise<readonly Row[]> {
  const [[version] = []] = await read(connection, 'select version()', [])
  if (!/mariadb/i.test(String(version))) return []
  return read(
    connection,
    'select table_name, check_clause from information_schema.check_constraints where constraint_schema = coalesce(?, database())',
    place,
  )
}

function addColumns(
  table: Table,
  rows: readonly Row[],
  { indexes, checks }: { readonly indexes: readonly Row[]; readonly checks: readonly Row[] },
): void {
  const key = indexes.filter(([, index]) => index === 'PRIMARY').map(([, , column]) => column)
  const rank = ([, name]: Row): number => {
    const place = key.indexOf(name)
    return place < 0 ? key.length : place
  }
  const clauses = checks.map(([, clause]) => String(clause))
  for (const row of rows.toSorted((a, b) => rank(a) - rank(b))) {
    const [, name, dataType, columnType, nullable, defaultText, extra, generation, collation] = row
    const isKey = key.includes(name)
    table.addColumn({
      name: String(name),
      property: String(name),
      type: typeOfColumn(
        String(dataType),
        String(columnType),
        isCheckedJson(clauses, String(name)),
      ),
      nullable: nullable === 'YES' && !isKey,
      primaryKey: isKey,
      autoIncrement: /auto_increment/i.test(String(extra)),
      serverDefault:
        typeof defaultText === 'string' && defaultText !== 'NULL' ? defaultText : undefined,
      computed:
        /generated/i.test(String(extra)) && !/default_generated/i.test(String(extra))
          ? (generation as string)
          : undefined,
      ignoresCase: /_ci$/i.test(String(collation)),
    })
  }
}

function isCheckedJson(clauses: readonly string[], column: string): boolean {
  return clauses.some(
    (clause) => clause.toLowerCase() === `json_valid(\`${column.toLowerCase()}\`)`,
  )
}

function addIndexes(table: Table, rows: readonly Row[]): void {
  for (const [name, members] of Map.groupBy(rows, ([, index]) => index)) {
    if (name === 'PRIMARY') continue
    const columns = members.flatMap(([, , column]) => columnNamed(table, column) ?? [])
    if (columns.length === members.length)
      table.indexes.push({ name: String(name), columns, unique: Number(members[0]?.[3]) === 0 })
  }
}

function addForeignKeys(table: Table, rows: readonly Row[], metadata: MetaData): void {
  for (const [name, members] of Map.groupBy(rows, ([, constraint]) => constraint)) {
    const [, , , targetName, , onDelete, onUpdate] = members[0] ?? []
    const target = metadata.tables.get(String(targetName))
    if (target === undefined) continue // it is in another database
    table.foreignKeys.push({
      name: String(name),
      columns: members.flatMap(([, , column]) => columnNamed(table, column) ?? []),
      target,
      targetColumns: members.flatMap(([, , , , column]) => columnNamed(target, column) ?? []),
      onDelete: action(onDelete),
      onUpdate: action(onUpdate),
    })
  }
}

function byTable(rows: readonly Row[]): ReadonlyMap<unknown, readonly Row[]> {
  return Map.groupBy(rows, ([table]) => table)
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
  parameters: Place | readonly [],
): Promise<readonly Row[]> {
  const { rows } = await connection.execute({ sql, parameters, prepare: false, replay: true })
  return rows
}
