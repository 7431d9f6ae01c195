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
  const keys = rows.map((row) => keyOf(mapper, columns, row))
  if (rows.length === 0) return []
  const found = await core.asCall(async () => {
    await new InsertQuery(core, model).values(rows).onConflict(properties).doNothing()
    return core.run('insert or get', () => readByColumns(core, mapper, columns, keys))
  })
  return keys.map(({ text }) => found.get(text) ?? vanished(mapper, properties))
}

function columnOf(mapper: Mapper, property: string): Column {
  const column = mapper.column(property)
  if (column !== undefined) return column
  throw new ArgumentError(
    `Cannot tell rows of ${mapper.name} apart by "${property}": it has no such column. ${mapper.definition.suggestion(property)}`,
  )
}

/** By what a row is found again: what is sent, and a text that tells it from the other rows. */
interface Key {
  readonly bound: readonly unknown[]
  readonly text: string
}

function keyOf(mapper: Mapper, columns: readonly Column[], row: Row): Key {
  const bound: unknown[] = []
  const parts: unknown[] = []
  for (const column of columns) {
    const value = row[column.property]
    if (value === undefined || value === null) {
      throw new ArgumentError(
        `Cannot insert or get a row of ${mapper.name} without "${column.property}": rows are told apart by it. Give it a value.`,
      )
    }
    const stored = mapper.converters[column.ordinal]?.bind(value)
    bound.push(stored)
    parts.push(distinct(column, stored, () => value))
  }
  return { bound, text: textOf(parts) }
}

/** What stands for a value, given or read, in the text that tells rows apart: databases give some stored forms back otherwise than they took them. */
function distinct({ type }: Column, stored: unknown, value: () => unknown): unknown {
  return type.identity === undefined ? stored : type.identity(value())
}

async function readByColumns(
  core: SessionCore,
  mapper: Mapper,
  columns: readonly Column[],
  keys: readonly Key[],
): Promise<ReadonlyMap<string, object>> {
  const use = `by ${columns.map(({ ordinal }) => ordinal).join()}`
  const statement = mapper.compiled(use, () =>
    selectInSql(mapper.dialect, {
      rows: mapper,
      columns: mapper.rowColumns,
      keyColumns: columns,
    }),
  )
  const found: unknown[][] = []
  for (let start = 0; start < keys.length; start += CHUNK) {
    const chunk = keys.slice(start, start + CHUNK).map(({ bound }) => bound)
    found.push(...(await core.read(mapper.engineKey, statement.command(chunk))))
  }
  const states = hydrateAll(core.hydration(), mapper, found)
  const textAt = (place: number): string =>
    textOf(
      columns.map((column) => {
        const stored = found[place]?.[column.ordinal]
        return distinct(column, stored, () => mapper.rows.decode(column.ordinal, stored))
      }),
    )
  return new Map(states.map(({ entity }, place) => [textAt(place), entity]))
}

function textOf(key: readonly unknown[]): string {
  return JSON.stringify(key.map(String))
}

function vanished(mapper: Mapper, properties: readonly string[]): never {
  const reason =
    mapper.filter === undefined
      ? 'it existed and was deleted by somebody else in the same moment. Run the transaction again'
      : `the row that is there is of another model of the table "${mapper.table.name}", or was deleted by somebody else in the same moment. Ask ${mapper.root.name} for it`
  throw new NoResultFoundError(
    `Cannot get a row of ${mapper.name} by ${properties.join(', ')}: ${reason}.`,
  )
}
