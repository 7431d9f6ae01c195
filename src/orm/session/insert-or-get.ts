import { ArgumentError, NoResultFoundError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import { selectInSql } from '../../sql/index.ts'
import { hydrateAll } from '../loading/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { InsertQuery } from './insert-query.ts'
import type { SessionCore } from './session-core.ts'

type Row = Readonly<Record<string, unknown>>

/** Most keys of one statement, as for relations. */
const CHUNK = 500

/** The objects of rows that are told apart by unique columns: those that are missing are inserted, the others are left as they are. Two statements; right also when somebody else inserts the same rows. */
export async function insertOrGet(
  core: SessionCore,
  model: Function,
  rows: readonly Row[],
  properties: readonly string[],
): Promise<object[]> {
  const mapper = core.mapperOf(model)
  const columns = properties.map((property) => columnOf(mapper, property))
  const keys = rows.map((row) => columns.map((column) => keyPart(mapper, column, row)))
  if (rows.length === 0) return []
  await new InsertQuery(core, model).values(rows).onConflict(properties).doNothing()
  const found = await core.run('insert or get', () => readByColumns(core, mapper, columns, keys))
  return keys.map((key) => found.get(textOf(key)) ?? vanished(mapper, properties))
}

function columnOf(mapper: Mapper, property: string): Column {
  const column = mapper.table.column(property)
  if (column !== undefined) return column
  throw new ArgumentError(
    `Cannot tell rows of ${mapper.name} apart by "${property}": it has no such column. ${mapper.definition.suggestion(property)}`,
  )
}

/** The stored form of a value by which a row is found again. */
function keyPart(mapper: Mapper, column: Column, row: Row): unknown {
  const value = row[column.property]
  if (value === undefined || value === null) {
    throw new ArgumentError(
      `Cannot insert or get a row of ${mapper.name} without "${column.property}": rows are told apart by it. Give it a value.`,
    )
  }
  return mapper.converters[column.ordinal]?.bind(value)
}

async function readByColumns(
  core: SessionCore,
  mapper: Mapper,
  columns: readonly Column[],
  keys: readonly (readonly unknown[])[],
): Promise<ReadonlyMap<string, object>> {
  const use = `by ${columns.map(({ ordinal }) => ordinal).join()}`
  const statement = mapper.compiled(use, () =>
    selectInSql(mapper.dialect, {
      table: mapper.table,
      columns: mapper.columns,
      keyColumns: columns,
    }),
  )
  const found: unknown[][] = []
  for (let start = 0; start < keys.length; start += CHUNK) {
    const chunk = keys.slice(start, start + CHUNK)
    found.push(
      ...(await core.read(mapper.engineKey, {
        sql: statement.sql(chunk.length),
        parameters: statement.bind(chunk),
      })),
    )
  }
  const states = hydrateAll(core.hydration(), mapper, found)
  return new Map(
    states.map(({ entity }, i) => [
      textOf(columns.map(({ ordinal }) => found[i]?.[ordinal])),
      entity,
    ]),
  )
}

function textOf(key: readonly unknown[]): string {
  return JSON.stringify(key.map(String))
}

function vanished(mapper: Mapper, properties: readonly string[]): never {
  throw new NoResultFoundError(
    `Cannot get a row of ${mapper.name} by ${properties.join(', ')}: it existed and was deleted by somebody else in the same moment. Run the transaction again.`,
  )
}
