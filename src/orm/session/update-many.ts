import { ArgumentError, StaleDataError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import {
  and,
  ColumnExpression,
  or,
  placesFor,
  Source,
  UpdateStatement,
  ValueByKey,
  type Expression,
} from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { checkSettable, CriteriaQuery } from './criteria-query.ts'
import type { SessionCore } from './session-core.ts'

type Row = Readonly<Record<string, unknown>>

/** Most rows of one statement. The database looks for each row's value among those of all. */
const MOST_ROWS = 64

/** Updates rows by their primary keys, each to values of its own: one statement for each table and up to 64 rows that set the same columns. Gives their number. */
export async function updateMany(
  core: SessionCore,
  model: Function,
  rows: readonly Row[],
): Promise<number> {
  const mapper = core.mapperOf(model)
  checkKeys(mapper, rows)
  const groups = Map.groupBy(rows, (row) => settable(mapper, row).join())
  let updated = 0
  for (const group of groups.values()) {
    const properties = settable(mapper, group[0] ?? {})
    checkSettable(model, Object.fromEntries(properties.map((property) => [property, null])))
    for (const ofTable of Map.groupBy(
      properties,
      (property) => mapper.column(property)?.table,
    ).values())
      await updateGroup(core, model, group, ofTable)
    updated += group.length
  }
  return updated
}

/** Rows that set the same columns, all of one table. @throws {StaleDataError} STALE_DATA. */
async function updateGroup(
  core: SessionCore,
  model: Function,
  group: readonly Row[],
  properties: readonly string[],
): Promise<void> {
  const mapper = core.mapperOf(model)
  const size = rowsPerStatement(mapper, properties.length)
  for (let start = 0; start < group.length; start += size) {
    const batch = group.slice(start, start + size)
    const count = await updateBatch(core, model, batch, properties)
    if (count !== batch.length) throw staleRows(mapper, batch.length, count)
  }
}

/** A power of two, as `placesFor` gives. */
function rowsPerStatement({ keyColumns, dialect }: Mapper, columns: number): number {
  const values = keyColumns.length + columns * (keyColumns.length + 1)
  let rows = MOST_ROWS
  while (rows > 1 && rows * values > dialect.supports.maxParameters) rows /= 2
  return rows
}

/** The last row fills the places left over, so that there are few texts. */
async function updateBatch(
  core: SessionCore,
  model: Function,
  rows: readonly Row[],
  properties: readonly string[],
): Promise<number> {
  const mapper = core.mapperOf(model)
  const source = Source.of(model)
  const expression = ({ property, type }: Pick<Column, 'property' | 'type'>): ColumnExpression =>
    new ColumnExpression(source, property, type)
  const keys = mapper.keyColumns.map(expression)
  const filled = Array.from(
    { length: placesFor(rows.length) },
    (_, i) => rows[i] ?? rows.at(-1) ?? {},
  )
  const cases = filled.map((row) => ({
    row,
    when: and(...keys.map((key) => key.eq(row[key.property]))),
  }))
  const set = mapper.columns
    .filter(({ property }) => properties.includes(property))
    .map((column): [string, Expression] => [
      column.property,
      new ValueByKey(
        expression(column),
        cases.map(({ when, row }) => ({ when, value: row[column.property] })),
      ),
    ])
  const [key] = keys
  const where =
    keys.length === 1 && key !== undefined
      ? key.in(rows.map((row) => row[key.property]))
      : or(...cases.map(({ when }) => when))
  const statement = UpdateStatement.of(source).where(where).set(Object.fromEntries(set))
  return new CriteriaQuery(core, model, statement)
}

/** What a row sets: all that it names beside its key, in a fixed order. @throws {ArgumentError} ARGUMENT when that is nothing. */
function settable(mapper: Mapper, row: Row): readonly string[] {
  const properties = Object.keys(row)
    .filter(
      (property) =>
        row[property] !== undefined && !mapper.keyColumns.some((key) => key.property === property),
    )
    .toSorted()
  if (properties.length > 0) return properties
  throw new ArgumentError(
    `Cannot update ${mapper.name} by key: a row names no column beside its key. Leave it out, or give it a value.`,
  )
}

/** @throws {ArgumentError} ARGUMENT for a row without its complete key, and for two rows of one key. */
function checkKeys(mapper: Mapper, rows: readonly Row[]): void {
  const names = mapper.keyColumns.map(({ property }) => property)
  const seen = new Set<unknown>()
  for (const row of rows) {
    const identity = mapper.identityOf(names.map((name) => row[name]))
    if (identity === null)
      throw new ArgumentError(
        `Cannot update ${mapper.name} by key: a row has no ${names.join(', ')}. Each row names its whole primary key.`,
      )
    if (seen.has(identity))
      throw new ArgumentError(
        `Cannot update ${mapper.name} by key: two rows have the key ${String(identity)}. Which of them counts nobody could tell.`,
      )
    seen.add(identity)
  }
}

function staleRows(mapper: Mapper, expected: number, matched: number): StaleDataError {
  return new StaleDataError(
    `Cannot update ${expected} rows of ${mapper.name} by key: "${mapper.table.name}" has ${matched} of them. Somebody else deleted the others: roll back, and send those that are there.`,
    {
      objects: [],
      info: { model: mapper.name, expected, matched, version: undefined, reason: undefined },
    },
  )
}
