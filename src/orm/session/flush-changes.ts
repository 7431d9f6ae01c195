import type { Association, Mapper } from '../mapping/index.ts'
import { ownValue, type InstanceState } from '../state/index.ts'
import type { FlushPlan, LinkRow } from '../unit-of-work/index.ts'
import type { ChangeLog, StoredRow } from './change-log.ts'
import { associationRows, mappedRows } from './changed-table.ts'
import type { Written } from './flush-executor.ts'

/** Writes down what a flush has stored. Called before memory follows, while the objects still have their old rows. */
export function noteFlush(
  changes: ChangeLog,
  plan: FlushPlan,
  { rows, unlinked, kept }: Written,
  deleted: ReadonlySet<InstanceState>,
): void {
  // before what was written: a new object may have taken over the row of a deleted one
  for (const state of deleted)
    if (state.mapper !== null) noteRow(changes, state.mapper, state.row, null)
  for (const { state, mapper, kind, row } of rows) {
    if (kind === 'inserted') noteRow(changes, mapper, null, complete(mapper, row))
    else if (!deleted.has(state)) noteRow(changes, mapper, state.row, row)
  }
  for (const step of plan.steps) {
    if (step.kind !== 'link' && step.kind !== 'unlink') continue
    for (const link of step.rows)
      if (!kept.has(link)) noteLink(changes, step.association, link, step.kind === 'link')
  }
  for (const each of unlinked) changes.noteBulk({ ...each, op: 'delete' })
}

function noteRow(
  changes: ChangeLog,
  mapper: Mapper,
  before: StoredRow | null,
  after: StoredRow | null,
): void {
  const key = mapper.identityOfRow(after ?? before ?? [])
  if (key !== null) changes.note(mappedRows(mapper), key, before, after)
}

/** What an INSERT left out and the database did not make is NULL. */
function complete(mapper: Mapper, row: StoredRow): StoredRow {
  return mapper.rowColumns.map(({ ordinal, nullable }) =>
    row[ordinal] === undefined && nullable ? null : row[ordinal],
  )
}

function noteLink(
  changes: ChangeLog,
  association: Association,
  { owner, target }: LinkRow,
  isTied: boolean,
): void {
  const { ownerColumns, targetColumns, mapper } = association
  const values = [...keyValues(owner), ...keyValues(target)]
  const row: unknown[] = []
  for (const [i, { ordinal }] of [...ownerColumns, ...targetColumns].entries())
    row[ordinal] = values[i]
  const keyColumns = [...ownerColumns, ...targetColumns].toSorted((a, b) => a.ordinal - b.ordinal)
  if (mapper !== undefined && mapper.keyColumns.every((column) => keyColumns.includes(column))) {
    const stored = mapper.rowColumns.map(({ ordinal }) =>
      row[ordinal] === undefined ? undefined : mapper.converters[ordinal]?.bind(row[ordinal]),
    )
    noteRow(changes, mapper, isTied ? null : stored, isTied ? stored : null)
    return
  }
  const key = keyColumns.map(({ ordinal }) => row[ordinal])
  const [before, after] = isTied ? [null, key] : [key, null]
  const text = JSON.stringify(key.map(String))
  changes.note(associationRows(association, keyColumns), text, before, after)
}

function keyValues(state: InstanceState): unknown[] {
  return state.definition.keyProperties.map((property) => ownValue(state.entity, property))
}
