import { CircularDependencyError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { Dependency } from './plan.ts'

/** A row with the rows of the same flush that must exist before it. */
export interface Dependent {
  readonly mapper: Mapper
  readonly row: { readonly state: InstanceState; readonly after: readonly Dependency[] }
}

/**
 * Rows by level: those of a level depend only on rows of the levels before it, and keep the given order.
 * @throws {CircularDependencyError} CIRCULAR_DEPENDENCY naming two rows of the circle and the relation to mark `postUpdate`.
 */
export function byLevels<T extends Dependent>(rows: readonly T[]): T[][] {
  const byState = new Map(rows.map((dependent) => [dependent.row.state, dependent]))
  if (!rows.some(({ row }) => row.after.some(({ parent }) => byState.has(parent))))
    return [[...rows]]
  const levels = new Map<T, number>()
  const result: T[][] = []
  for (const dependent of rows)
    (result[levelOf(dependent, byState, levels, [])] ??= []).push(dependent)
  return result
}

function levelOf<T extends Dependent>(
  dependent: T,
  byState: ReadonlyMap<InstanceState, T>,
  levels: Map<T, number>,
  path: readonly T[],
): number {
  const known = levels.get(dependent)
  if (known !== undefined) return known
  if (path.includes(dependent)) throw circle(path.slice(path.indexOf(dependent)))
  let level = 0
  for (const { parent } of dependent.row.after) {
    const before = byState.get(parent)
    if (before !== undefined)
      level = Math.max(level, levelOf(before, byState, levels, [...path, dependent]) + 1)
  }
  levels.set(dependent, level)
  return level
}

function circle(members: readonly Dependent[]): CircularDependencyError {
  const [first] = members
  const next = members[1] ?? first
  const relation = first?.row.after.find(({ parent }) => parent === next?.row.state)?.relationship
  return new CircularDependencyError(
    `Cannot flush ${first?.row.state.label ?? ''} and ${next?.row.state.label ?? ''}: each needs the other's row first. Mark one relation of the circle, such as ${relation?.label ?? ''}, with belongsTo(…, { postUpdate: true }), and let its foreign key be nullable.`,
    { objects: members.map(({ row }) => row.state.entity) },
  )
}
