import { CircularDependencyError } from '../../errors/index.ts'
import type { Mapper, Relationship } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'

/** A row with the rows of the same flush that must exist before it. */
export interface Dependent {
  readonly mapper: Mapper
  readonly row: { readonly state: InstanceState; readonly late: readonly { readonly parent: InstanceState; readonly relationship: Relationship }[] }
}

/**
 * Rows by level: those of a level depend only on rows of the levels before it, and keep the given order.
 * @throws {CircularDependencyError} CIRCULAR_DEPENDENCY naming two rows of the circle and the relation to mark `postUpdate`.
 */
export function byLevels<T extends Dependent>(rows: readonly T[]): T[][] {
  const byState = new Map(rows.map((dependent) => [dependent.row.state, dependent]))
  if (!rows.some(({ row }) => row.late.some(({ parent }) => byState.has(parent)))) return [[...rows]]
  const levels = new Map<T, number>()
  const result: T[][] = []
  for (const dependent of rows) (result[levelOf(dependent, byState, levels, [])] ??= []).push(dependent)
  return result
}

function levelOf<T extends Dependent>(dependent: T, byState: ReadonlyMap<InstanceState, T>, levels: Map<T, number>, path: readonly T[]): number {
  const known = levels.get(dependent)
  if (known !== undefined) return known
  if (path.includes(dependent)) throw circle(path.slice(path.indexOf(dependent)))
  let level = 0
  for (const { parent } of dependent.row.late) {
    const before = byState.get(parent)
    if (before !== undefined) level = Math.max(level, levelOf(before, byState, levels, [...path, dependent]) + 1)
  }
  levels.set(dependent, level)
  return level
}

function circle(members: readonly Dependent[]): CircularDependencyError {
  const [first] = members
  const next = members[1] ?? first
  const relation = first?.row.late.find((late) => late.parent === next?.row.state)?.relationship
  return new CircularDependencyError(
    `Cannot flush ${first?.row.state.label ?? ''} and ${next?.row.state.label ?? ''}: each needs the other's row first. Mark one relation of the circle, such as ${relation?.label ?? ''}, with belongsTo(…, { postUpdate: true }), and let its foreign key be nullable.`,
    { objects: members.map(({ row }) => row.state.entity) },
  )
}
