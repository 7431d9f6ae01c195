import { FlushError } from '../../errors/index.ts'
import type { Command, DriverResult } from '../../engine/index.ts'
import type { Column } from '../../schema/index.ts'
import { deleteSql, insertSql, selectByKeySql, updateSql } from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { ownValue, type InstanceState } from '../state/index.ts'
import { fitting } from './batches.ts'
import { LATE, versionOf, type InsertRow, type UpdateRow } from '../unit-of-work/index.ts'

export function isMadeByDatabase(mapper: Mapper, column: Column): boolean {
  return (
    column.autoIncrement ||
    column.serverDefault !== undefined ||
    column.computed !== undefined ||
    mapper.factsOf(column).hasDefault
  )
}

/** Foreign keys that an assigned relation gave while its key was known already. */
export function referenced(mapper: Mapper, { state, values }: InsertRow): number[] {
  const ordinals = [...mapper.relationships.values()].flatMap((relationship) =>
    relationship.holdsForeignKey ? relationship.localColumns.map((column) => column.ordinal) : [],
  )
  return ordinals.filter(
    (ordinal) =>
      values[ordinal] !== LATE &&
      ownValue(state.entity, mapper.table.columns[ordinal]?.property ?? '') === undefined,
  )
}

/** Rows go together where it is known which generated values belong to which row: by ascending keys, or where nothing is generated. */
export function batchSizes(
  mapper: Mapper,
  given: readonly Column[],
  made: readonly Column[],
  generatedKey: Column | undefined,
): readonly number[] {
  const { supports } = mapper.dialect
  const matchable = made.length === 0 || (generatedKey !== undefined && supports.insertReturning)
  return matchable ? fitting(given.length, supports.maxParameters) : [1]
}

export function insertCommand(
  mapper: Mapper,
  given: readonly Column[],
  made: readonly Column[],
  batch: readonly InsertRow[],
): Command {
  const returning = isLastInsertId(mapper, made, batch.length) ? [] : made
  const use = `insert ${given.map(({ ordinal }) => ordinal).join()} ${returning.length > 0 ? 'returning ' : ''}${batch.length}`
  const parameters: unknown[] = []
  for (const { values } of batch)
    for (const column of given) parameters.push(values[column.ordinal])
  const { sql, cached } = mapper.text(use, () =>
    insertSql(mapper.dialect, mapper.table, {
      columns: given,
      rowCount: batch.length,
      returning,
    }),
  )
  return { sql, parameters, cached }
}

/** Whether what the database makes has to be read behind the INSERT, because that returns nothing and the driver tells the key only. */
export function isReadAfterInsert(mapper: Mapper, made: readonly Column[]): boolean {
  return (
    made.length > 0 && !mapper.dialect.supports.insertReturning && !isLastInsertId(mapper, made, 1)
  )
}

/** Reads what the database made of a row, by the key that stands in `row`. */
export function readMadeCommand(
  mapper: Mapper,
  made: readonly Column[],
  row: readonly unknown[],
): Command {
  const text = mapper.text(`made ${made.map(({ ordinal }) => ordinal).join()}`, () =>
    selectByKeySql(mapper.dialect, mapper.table, { columns: made, keys: mapper.keyColumns }),
  )
  return { ...text, parameters: mapper.keyColumns.map(({ ordinal }) => row[ordinal]) }
}

/** One row whose only generated value is its key: the driver tells it, and RETURNING would cost more (spec/perf.md 2). */
export function isLastInsertId(mapper: Mapper, made: readonly Column[], rows: number): boolean {
  return (
    mapper.dialect.supports.lastInsertId &&
    rows === 1 &&
    made.length === 1 &&
    made[0]?.autoIncrement === true
  )
}

/** What the database made for each row of a batch, in the order of the rows. */
export function madeValues(
  mapper: Mapper,
  batch: readonly InsertRow[],
  made: readonly Column[],
  result: DriverResult,
): readonly (readonly unknown[])[] {
  if (result.affectedRows !== batch.length) {
    throw new FlushError(
      `Cannot flush ${mapper.name}: ${batch.length} rows were sent and ${result.affectedRows} came back. A trigger or rule on "${mapper.table.name}" may swallow them.`,
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

export function updateCommand(
  mapper: Mapper,
  { ordinals, values, version }: UpdateRow,
  row: readonly unknown[],
  made: readonly Column[],
): Command {
  const counted = version === undefined ? undefined : mapper.versionColumn
  const { sql, cached } = mapper.text(
    `update ${ordinals.join()}${counted === undefined ? '' : ' versioned'}`,
    () => {
      const guard = counted === undefined ? [] : [counted]
      const set = [...ordinals.flatMap((ordinal) => mapper.table.columns[ordinal] ?? []), ...guard]
      const returning = mapper.dialect.supports.updateReturning ? made : []
      return updateSql(mapper.dialect, mapper.table, {
        set,
        where: [...mapper.keyColumns, ...guard],
        returning,
      })
    },
  )
  const key = mapper.keyColumns.map((column) => row[column.ordinal])
  const parameters =
    version === undefined ? [...values, ...key] : [...values, version + 1, ...key, version]
  return { sql, parameters, cached }
}

export function deleteCommand(mapper: Mapper, state: InstanceState): Command {
  const where =
    mapper.versionColumn === undefined
      ? mapper.keyColumns
      : [...mapper.keyColumns, mapper.versionColumn]
  const key = mapper.keyColumns.map((column) => state.row?.[column.ordinal])
  return {
    ...mapper.text('delete', () => deleteSql(mapper.dialect, mapper.table, where)),
    parameters: [...key, versionOf(state, mapper)],
  }
}
