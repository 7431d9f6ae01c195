import { FlushError } from '../../errors/index.ts'
import type { Command, DriverResult } from '../../engine/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import { deleteSql, insertSql, selectByKeySql, updateSql } from '../../sql/index.ts'
import type { MappedPart, Mapper } from '../mapping/index.ts'
import { ownValue, type InstanceState } from '../state/index.ts'
import { fitting } from './batches.ts'
import { LATE, versionOf, type InsertRow, type UpdateRow } from '../unit-of-work/index.ts'

/** What an INSERT of rows into one table writes, and what the database makes there. */
export interface Insertion {
  readonly mapper: Mapper
  readonly table: Table
  readonly given: readonly Column[]
  readonly made: readonly Column[]
}

/** The INSERT of rows, which give the same columns, into one of their tables. */
export function insertionOf(
  mapper: Mapper,
  { table, columns }: MappedPart,
  [first]: readonly InsertRow[],
): Insertion {
  const given = columns.filter((column) => first?.values[column.ordinal] !== undefined)
  const made = columns.filter(
    (column) => !given.includes(column) && isMadeByDatabase(mapper, column),
  )
  return { mapper, table, given, made }
}

function isMadeByDatabase(mapper: Mapper, column: Column): boolean {
  return (
    column.autoIncrement ||
    column.serverDefault !== undefined ||
    column.computed !== undefined ||
    mapper.factsOf(column).hasDefault
  )
}

/** Foreign keys that an assigned relation gave while its key was known already. */
export function referenced(mapper: Mapper, { state, values }: InsertRow): number[] {
  const keys = mapper.compiled('foreign keys', () =>
    [...mapper.relationships.values()].flatMap(({ holdsForeignKey, localColumns }) =>
      holdsForeignKey ? localColumns : [],
    ),
  )
  const given: number[] = []
  for (const { ordinal, property } of keys)
    if (values[ordinal] !== LATE && ownValue(state.entity, property) === undefined)
      given.push(ordinal)
  return given
}

/** Rows go together where it is known which generated values belong to which row: by ascending keys, or where nothing is generated. */
export function batchSizes({ mapper, given, made }: Insertion): readonly number[] {
  const { supports } = mapper.dialect
  const matchable = made.length === 0 || (hasGeneratedKey(made) && supports.insertReturning)
  return matchable ? fitting(given.length, supports.maxParameters) : [1]
}

function hasGeneratedKey(made: readonly Column[]): boolean {
  return made.some(({ autoIncrement }) => autoIncrement)
}

export function insertCommand(
  { mapper, table, given, made }: Insertion,
  batch: readonly InsertRow[],
): Command {
  const returning = isLastInsertId(mapper, made, batch.length) ? [] : made
  const ordinals = given.map(({ ordinal }) => ordinal)
  const parameters: unknown[] = []
  for (const { values } of batch)
    for (let i = 0; i < ordinals.length; i += 1) parameters.push(values[ordinals[i] ?? 0])
  const use = `insert ${table.name} ${ordinals.join()} ${returning.length > 0 ? 'returning ' : ''}${batch.length}`
  const { sql, cached } = mapper.text(use, () =>
    insertSql(mapper.dialect, table, {
      columns: given,
      rowCount: batch.length,
      returning,
    }),
  )
  return { sql, parameters, cached }
}

/** Whether what the database makes has to be read behind the INSERT, because that returns nothing and the driver tells the key only. */
export function isReadAfterInsert({ mapper, made }: Insertion): boolean {
  return (
    made.length > 0 && !mapper.dialect.supports.insertReturning && !isLastInsertId(mapper, made, 1)
  )
}

/** Reads what the database made of a row, by the key that stands in `row`. */
export function readMadeCommand(
  { mapper, table, made }: Pick<Insertion, 'mapper' | 'table' | 'made'>,
  row: readonly unknown[],
): Command {
  const text = mapper.text(`made ${table.name} ${made.map(({ ordinal }) => ordinal).join()}`, () =>
    selectByKeySql(mapper.dialect, table, made),
  )
  return { ...text, parameters: mapper.keyColumns.map(({ ordinal }) => row[ordinal]) }
}

/** One row whose only generated value is its key: the driver tells it, and RETURNING would cost more (spec/perf.md 2). */
function isLastInsertId(mapper: Mapper, made: readonly Column[], rows: number): boolean {
  return (
    mapper.dialect.supports.lastInsertId &&
    rows === 1 &&
    made.length === 1 &&
    made[0]?.autoIncrement === true
  )
}

/** What the database made for each row of a batch, in the order of the rows. */
export function madeValues(
  { mapper, table, made }: Insertion,
  batch: readonly InsertRow[],
  result: DriverResult,
): readonly (readonly unknown[])[] {
  if (result.affectedRows !== batch.length) {
    throw new FlushError(
      `Cannot flush ${mapper.name}: ${batch.length} rows were sent and ${result.affectedRows} came back. A trigger or rule on "${table.name}" may swallow them.`,
      {
        objects: batch.map(({ state }) => state.entity),
      },
    )
  }
  if (isLastInsertId(mapper, made, batch.length)) return [[Number(result.lastInsertId)]]
  const place = made.findIndex((column) => column.autoIncrement)
  return place < 0 || batch.length === 1
    ? result.rows
    : result.rows.toSorted((a, b) => Number(a[place]) - Number(b[place]))
}

/** A new object that took over a row which has nothing but its key. */
export function isUnchanged({ ordinals, version }: UpdateRow): boolean {
  return ordinals.length === 0 && version === undefined
}

/** What an UPDATE of a row writes into one table, and what the database computes there. */
export interface Change {
  readonly mapper: Mapper
  readonly table: Table
  /** Places in `UpdateRow.values`. */
  readonly places: readonly number[]
  readonly set: readonly Column[]
  readonly made: readonly Column[]
  /** The column that counts versions, where the row has one and it is in this table. */
  readonly counted: Column | undefined
  /** What its text is kept under. */
  readonly use: string
  /** Some of `set` are given by expressions. */
  readonly isComputed: boolean
}

/** The UPDATEs of the tables that a row, and others with the same changed columns, is changed in. */
export function changesIn(mapper: Mapper, { ordinals, version }: UpdateRow): readonly Change[] {
  const isCounted = version !== undefined
  return mapper.compiled(`changes ${isCounted ? 'counted ' : ''}${ordinals.join()}`, () =>
    compileChanges(mapper, ordinals, isCounted),
  )
}

function compileChanges(
  mapper: Mapper,
  ordinals: readonly number[],
  isCounted: boolean,
): readonly Change[] {
  const columns = ordinals.flatMap((ordinal) => mapper.rowColumns[ordinal] ?? [])
  const versionColumn = isCounted ? mapper.versionColumn : undefined
  return mapper.parts.flatMap(({ table, columns: ofPart }) => {
    const places = columns.flatMap((column, place) => (column.table === table ? [place] : []))
    const counted = versionColumn?.table === table ? versionColumn : undefined
    if (places.length === 0 && counted === undefined) return []
    const made = ofPart.filter(({ computed }) => computed !== undefined)
    const set = columns.filter((column) => column.table === table)
    const use = `update ${table.name} ${set.map(({ ordinal }) => ordinal).join()}${counted === undefined ? '' : ' versioned'}`
    return [{ mapper, table, places, set, made, counted, use, isComputed: false }]
  })
}

/** The UPDATE of one row, which must be there. Hot: once a row. */
export function updateCommand(
  change: Change,
  { values, version }: UpdateRow,
  row: readonly unknown[],
): Command {
  const { mapper, places, counted, use } = change
  const { sql, cached } = mapper.text(use, () => updateText(change))
  const isGuarded = counted !== undefined && version !== undefined
  const parameters = places.map((place) => values[place])
  if (isGuarded) parameters.push(version + 1)
  for (const { ordinal } of mapper.keyColumns) parameters.push(row[ordinal])
  if (isGuarded) parameters.push(version)
  return { sql, parameters, cached, expectedRows: 1 }
}

function updateText({ mapper, table, set, made, counted }: Change): string {
  const guard = counted === undefined ? [] : [counted]
  return updateSql(mapper.dialect, table, {
    set: [...set, ...guard],
    where: [...table.primaryKey, ...guard],
    returning: mapper.dialect.supports.updateReturning ? made : [],
  })
}

/** DELETE of one row of a table, which must still have its version where that is counted in this table. */
export function deleteCommand(mapper: Mapper, table: Table, state: InstanceState): Command {
  const guard = mapper.versionColumn?.table === table ? [mapper.versionColumn] : []
  const key = mapper.keyColumns.map((column) => state.row?.[column.ordinal])
  return {
    ...mapper.text(`delete ${table.name}`, () =>
      deleteSql(mapper.dialect, table, [...table.primaryKey, ...guard]),
    ),
    parameters: guard.length === 0 ? key : [...key, versionOf(state, mapper)],
  }
}
