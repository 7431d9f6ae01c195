import type { Column } from '../../schema/index.ts'
import { Expression } from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import { byIdentity } from './by-identity.ts'
import { parentsAmongDeleted } from './deleted-parents.ts'
import type { FlushStep, UpdateRow } from './plan.ts'
import { LATE } from './row-values.ts'

type Deletes = ReadonlyMap<Mapper, readonly InstanceState[]>

/** What a flush does in another order than always. */
export interface Freed {
  /** Objects whose rows go before the others are written. */
  readonly states: ReadonlySet<InstanceState>
  /** Updates of rows that refer to one of them until then. */
  readonly releases: readonly FlushStep[]
  /** All other inserts and updates. */
  readonly writes: readonly FlushStep[]
}

/**
 * Deleted rows of which another row of the same flush takes over a unique value, with the deleted rows that refer to them. Undefined where there are none, and where a row
 * that is to stay refers to one of them and lets go of it only for a row that the flush writes: then the order is as always, and the database refuses the value.
 * @remarks SQLAlchemy inserts first, and fails.
 */
export function freedFirst(deletes: Deletes, writes: readonly FlushStep[]): Freed | undefined {
  if (deletes.size === 0) return undefined
  const states = new Set(
    [...deletes].flatMap(([mapper, deleted]) => takenOver(mapper, deleted, writes)),
  )
  if (states.size === 0) return undefined
  addReferring(states, deletes)
  const roots = byRoot(deletes, states)
  const releases = new Set<UpdateRow>()
  for (const step of writes) {
    for (const row of step.kind === 'update' ? step.rows : []) {
      if (step.kind !== 'update' || !refersTo(step.mapper, row, roots)) continue
      if (!isRelease(step.mapper, row)) return undefined
      releases.add(row)
    }
  }
  const only = (areReleases: boolean): FlushStep[] =>
    writes.flatMap((step): FlushStep[] => {
      if (step.kind !== 'update') return areReleases ? [] : [step]
      const rows = step.rows.filter((row) => releases.has(row) === areReleases)
      return rows.length === 0 ? [] : [{ ...step, rows }]
    })
  return { states, releases: only(true), writes: only(false) }
}

/** Those whose values in a unique index are given to another row. */
function takenOver(
  mapper: Mapper,
  deleted: readonly InstanceState[],
  writes: readonly FlushStep[],
): InstanceState[] {
  const rivals = writes.filter((step) => 'mapper' in step && step.mapper.root === mapper.root)
  if (rivals.length === 0) return []
  return uniqueColumns(mapper).flatMap((columns) => {
    const given = new Set(rivals.flatMap((step) => keysGiven(columns, step)))
    return deleted.filter((state) => {
      const key = keyText(mapper, columns, (ordinal) => state.row?.[ordinal])
      return key !== undefined && given.has(key)
    })
  })
}

/** The primary key too where an object of a model with other tables may get that of a deleted one. */
function uniqueColumns({ tables, keyColumns, isSpread }: Mapper): (readonly Column[])[] {
  const indexes = tables.flatMap((table) => table.indexes).filter(({ unique }) => unique)
  return [...(isSpread ? [keyColumns] : []), ...indexes.map(({ columns }) => columns)]
}

/** The values that a step gives to these columns. */
function keysGiven(columns: readonly Column[], step: FlushStep): string[] {
  const keys =
    step.kind === 'insert'
      ? step.rows.map(({ values }) => keyText(step.mapper, columns, (ordinal) => values[ordinal]))
      : step.kind === 'update'
        ? step.rows
            .filter(({ ordinals }) => columns.some(({ ordinal }) => ordinals.includes(ordinal)))
            .map((row) => keyText(step.mapper, columns, (ordinal) => valueIn(row, ordinal)))
        : []
  return keys.filter((key) => key !== undefined)
}

function valueIn(
  { ordinals, values, state, replaces = state }: UpdateRow,
  ordinal: number,
): unknown {
  const place = ordinals.indexOf(ordinal)
  return place < 0 ? replaces.row?.[ordinal] : values[place]
}

/** Equal for values that are the same in a unique index; undefined for those that meet nothing: NULL, and what only the database or another row gives. */
function keyText(
  mapper: Mapper,
  columns: readonly Column[],
  storedAt: (ordinal: number) => unknown,
): string | undefined {
  const parts: string[] = []
  for (const { ordinal, type } of columns) {
    const stored = storedAt(ordinal)
    const isKnown = stored !== LATE && !(stored instanceof Expression)
    if (stored === undefined || stored === null || !isKnown) return undefined
    const value = mapper.rows.decode(ordinal, stored)
    parts.push(String(type.identity === undefined ? value : type.identity(value)))
  }
  return JSON.stringify(parts)
}

/** Adds the deleted rows that refer to one of `states`: they must go before it. */
function addReferring(states: Set<InstanceState>, deletes: Deletes): void {
  for (let before = -1; before !== states.size;) {
    before = states.size
    const roots = byRoot(deletes, states)
    for (const [mapper, deleted] of deletes)
      for (const state of deleted)
        if (parentsAmongDeleted(state, mapper, roots).length > 0) states.add(state)
  }
}

type ByRoot = Parameters<typeof parentsAmongDeleted>[2]

function byRoot(deletes: Deletes, chosen: ReadonlySet<InstanceState>): ByRoot {
  const all = [...deletes].map(
    ([{ root }, states]) => [root, states.filter((state) => chosen.has(state))] as const,
  )
  return new Map(
    [...Map.groupBy(all, ([root]) => root)].map(([root, groups]) => [
      root,
      byIdentity(groups.flatMap(([, states]) => states)),
    ]),
  )
}

function refersTo(mapper: Mapper, { state, replaces = state }: UpdateRow, roots: ByRoot): boolean {
  return parentsAmongDeleted(replaces, mapper, roots).length > 0
}

/** Whether the update needs no other row of the flush: all foreign keys that it changes become NULL. */
function isRelease(mapper: Mapper, { late, ordinals, values }: UpdateRow): boolean {
  if (late.length > 0) return false
  const keys = [...mapper.relationships.values()].flatMap((relationship) =>
    relationship.holdsForeignKey ? relationship.localColumns : [],
  )
  const changed = keys.filter(({ ordinal }) => ordinals.includes(ordinal))
  return (
    changed.length > 0 && changed.every(({ ordinal }) => values[ordinals.indexOf(ordinal)] === null)
  )
}
