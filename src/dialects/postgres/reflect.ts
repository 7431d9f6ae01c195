import type { DriverConnection } from '../../engine/index.ts'
import { Table, type Column, type ForeignKeyAction, type MetaData } from '../../schema/index.ts'
import { typeOfCatalogue } from './declared-type.ts'

type Executor = Pick<DriverConnection, 'execute'>

/** The schema that is asked for, or the current one. */
const NAMESPACE = `(select oid from pg_catalog.pg_namespace where nspname = coalesce($1::text, current_schema()))`

const NAMES = `
select relname from pg_catalog.pg_class
where relnamespace = ${NAMESPACE} and relkind in ('r', 'p') and not relispartition
order by relname collate "C"`

/** Names of the tables of a schema, by default the current one, without views, foreign tables and partitions. */
export async function tableNames(
  connection: Executor,
  schema?: string,
): Promise<readonly string[]> {
  const rows = await read(connection, NAMES, schema)
  return rows.map(([name]) => String(name))
}

/** Adds the tables that `metadata` does not have, as the database has them, and gives them. Primary key columns come first, as everywhere. Four round trips in all. */
export async function reflect(connection: Executor, metadata: MetaData): Promise<readonly Table[]> {
  const found = new Map<string, Table>()
  for (const name of await tableNames(connection, metadata.schema)) {
    if (metadata.tables.has(name)) continue
    const table = new Table(name, metadata.engineKey)
    metadata.add(table)
    found.set(name, table)
  }
  if (found.size === 0) return []
  await addColumns(connection, found, metadata)
  await addIndexes(connection, found, metadata)
  await addForeignKeys(connection, found, metadata)
  return [...found.values()]
}

const COLUMNS = `
select t.relname, c.attname, ty.typname, c.atttypmod, c.attnotnull, c.attidentity <> '', c.attgenerated <> '',
  pg_get_expr(d.adbin, d.adrelid), coalesce(array_position(k.conkey, c.attnum), 0)
from pg_catalog.pg_attribute c
join pg_catalog.pg_class t on t.oid = c.attrelid
join pg_catalog.pg_type ty on ty.oid = c.atttypid
left join pg_catalog.pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
left join pg_catalog.pg_constraint k on k.conrelid = c.attrelid and k.contype = 'p'
where t.relnamespace = ${NAMESPACE} and t.relkind in ('r', 'p') and not t.relispartition
  and c.attnum > 0 and not c.attisdropped
order by t.relname, coalesce(array_position(k.conkey, c.attnum), 32767), c.attnum`

async function addColumns(
  connection: Executor,
  tables: ReadonlyMap<string, Table>,
  { schema }: MetaData,
): Promise<void> {
  for (const row of await read(connection, COLUMNS, schema)) {
    const [table, name, type, modifier, notNull, isIdentity, isGenerated, expression, keyPlace] =
      row
    const isKey = Number(keyPlace) > 0
    const text = typeof expression === 'string' ? expression : undefined
    // the old way of identity keys: a default from a sequence
    const isSerial = isKey && text !== undefined && text.startsWith('nextval(')
    tables.get(String(table))?.addColumn({
      name: String(name),
      property: String(name),
      type: typeOfCatalogue(String(type), Number(modifier)),
      nullable: notNull !== true,
      primaryKey: isKey,
      autoIncrement: isIdentity === true || isSerial,
      serverDefault: isGenerated === true || isSerial ? undefined : text,
      computed: isGenerated === true ? text : undefined,
    })
  }
}

const INDEXES = `
select t.relname, i.relname, x.indisunique,
  array_to_json(array(select a.attname from unnest(x.indkey[0:x.indnkeyatts - 1]) with ordinality as k (attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum order by k.place)), x.indnkeyatts
from pg_catalog.pg_index x
join pg_catalog.pg_class i on i.oid = x.indexrelid
join pg_catalog.pg_class t on t.oid = x.indrelid
where t.relnamespace = ${NAMESPACE} and not x.indisprimary and x.indpred is null
order by t.relname, i.relname`

/** Those of columns; indexes of expressions, and partial ones, have no place in the metadata. */
async function addIndexes(
  connection: Executor,
  tables: ReadonlyMap<string, Table>,
  { schema }: MetaData,
): Promise<void> {
  for (const row of await read(connection, INDEXES, schema)) {
    const [tableName, name, unique, members, size] = row
    const table = tables.get(String(tableName))
    const columns = columnsNamed(table, members)
    if (table !== undefined && columns.length === Number(size))
      table.indexes.push({ name: String(name), columns, unique: unique === true })
  }
}

const FOREIGN_KEYS = `
select t.relname, k.conname, target.relname, k.confdeltype, k.confupdtype,
  array_to_json(array(select a.attname from unnest(k.conkey) with ordinality as m (attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = m.attnum order by m.place)),
  array_to_json(array(select a.attname from unnest(k.confkey) with ordinality as m (attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = m.attnum order by m.place))
from pg_catalog.pg_constraint k
join pg_catalog.pg_class t on t.oid = k.conrelid
join pg_catalog.pg_class target on target.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and t.relnamespace = ${NAMESPACE}
order by t.relname, k.conname`

async function addForeignKeys(
  connection: Executor,
  tables: ReadonlyMap<string, Table>,
  metadata: MetaData,
): Promise<void> {
  for (const row of await read(connection, FOREIGN_KEYS, metadata.schema)) {
    const [tableName, name, targetName, onDelete, onUpdate, members, targets] = row
    const table = tables.get(String(tableName))
    const target = metadata.tables.get(String(targetName))
    if (table === undefined || target === undefined) continue // it is in another schema
    table.foreignKeys.push({
      name: String(name),
      columns: columnsNamed(table, members),
      target,
      targetColumns: columnsNamed(target, targets),
      onDelete: ACTIONS[String(onDelete)] ?? 'no action',
      onUpdate: ACTIONS[String(onUpdate)] ?? 'no action',
    })
  }
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

/** Columns by a JSON list of their names. */
function columnsNamed(table: Table | undefined, names: unknown): Column[] {
  return (JSON.parse(String(names)) as string[]).flatMap(
    (name) => table?.columns.find((column) => column.name === name) ?? [],
  )
}

async function read(
  connection: Executor,
  sql: string,
  schema: string | undefined,
): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await connection.execute({ sql, parameters: [schema ?? null], prepare: false })
  return rows
}
