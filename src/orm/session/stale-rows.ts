import { StaleDataError } from '../../errors/index.ts'
import type { Connection } from '../../engine/index.ts'
import type { Table } from '../../schema/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { LinkRow } from '../unit-of-work/index.ts'
import { selectByKey } from './refresh.ts'

/** An UPDATE or DELETE of one row that met another number of rows. */
export interface StaleRow {
  readonly verb: 'update' | 'delete'
  readonly mapper: Mapper
  readonly state: InstanceState
  /** The version that the row had to have; undefined where the model has none. */
  readonly version: number | undefined
  readonly matched: number
}

/** What became of the row. */
type Reason = 'deleted' | 'changed' | undefined

const ADVICE: Readonly<Record<NonNullable<Reason> | 'unknown', string>> = {
  deleted: 'Somebody else deleted it meanwhile: take the object out with session.expunge().',
  changed: 'Somebody else changed it meanwhile: load it again and repeat the change.',
  unknown: 'Somebody else changed or deleted it meanwhile: load it again and repeat the change.',
}

/** The error of a stale row. With a connection, which is given in development, it costs one more SELECT to tell a row that is gone from one that was changed (spec/session.md 3.31). */
export async function staleRow(
  row: StaleRow,
  connection: Connection | undefined,
): Promise<StaleDataError> {
  const { verb, mapper, state, version, matched } = row
  const reason = connection === undefined ? undefined : await reasonOf(row, connection)
  const expected = version === undefined ? '' : ` with version ${version}`
  const text = `Cannot ${verb} ${state.label}: "${mapper.table.name}" has ${matched} rows of this key${expected} instead of one. ${ADVICE[reason ?? 'unknown']}`
  return new StaleDataError(text, {
    objects: [state.entity],
    info: { model: mapper.name, expected: 1, matched, version, reason },
  })
}

async function reasonOf({ mapper, state }: StaleRow, connection: Connection): Promise<Reason> {
  const text = mapper.text('get', () => selectByKey(mapper))
  const { rows } = await connection.execute({
    ...text,
    parameters: mapper.keyColumns.map(({ ordinal }) => state.row?.[ordinal]),
  })
  return rows.length === 0 ? 'deleted' : 'changed'
}

/** The error of an association row that is not there, or there more than once. */
export function staleLink(
  tableName: string,
  { owner, target }: LinkRow,
  matched: number,
): StaleDataError {
  return new StaleDataError(
    `Cannot untie ${owner.label} and ${target.label}: "${tableName}" has ${matched} such rows instead of one. Somebody else changed it meanwhile: load the collection again.`,
    { objects: [owner.entity, target.entity] },
  )
}

/** A row that is to be deleted and is gone is no error. */
export function warnMissing({ name }: Table, expected: number, deleted: number): void {
  process.emitWarning(
    `DELETE from "${name}" met ${deleted} rows instead of ${expected}: the others were gone already, by ON DELETE CASCADE or by somebody else.`,
    {
      type: 'AthanorWarning',
      code: 'ATHANOR_ROWS_MISSING',
    },
  )
}
