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
  const levels = new Map<T, number>()
  for (const dependent of rows)
    if (dependent.row.after.some(({ parent }) => byState.has(parent)))
      findLevel(dependent, byState, levels)
    else levels.set(dependent, 0)
  const result: T[][] = []
  for (const dependent of rows) (result[levels.get(dependent) ?? 0] ??= []).push(dependent)
  return result
}

/** Depth first, with a path of its own: a thread of ten thousand replies is no deep recursion. */
function findLevel<T extends Dependent>(
  start: T,
  byState: ReadonlyMap<InstanceState, T>,
  levels: Map<T, number>,
): void {
  const path = levels.has(start) ? [] : [start]
  const onPath = new Set(path)
  for (let current = path.at(-1); current !== undefined; current = path.at(-1)) {
    const parents = current.row.after.flatMap(({ parent }) => byState.get(parent) ?? [])
    const next = parents.find((parent) => !levels.has(parent))
    if (next === undefined) {
      levels.set(current, Math.max(0, ...parents.map((parent) => (levels.get(parent) ?? 0) + 1)))
      path.pop()
      onPath.delete(current)
    } else if (onPath.has(next)) throw circle(path.slice(path.indexOf(next)))
    else {
      path.push(next)
      onPath.add(next)
    }
  }
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
