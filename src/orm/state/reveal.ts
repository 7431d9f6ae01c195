import type { ModelDefinition, RelationDescriptor } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'
import { peekRelation } from './relation-access.ts'
import { findState } from './stamp.ts'

/**
 * Lets the `hasOne` properties along dotted paths show the row itself, or null: the caller has asked for them by name. Those that were only loaded along with
 * a sibling go on showing `load()` and `set()`, so that a loop over objects can call `load()` on each.
 */
export function reveal(states: Iterable<InstanceState>, paths: readonly string[]): void {
  const [first] = states
  if (first === undefined) return
  for (const path of paths) {
    const relations = relationsOf(first.definition, path.split('.'))
    if (relations.some(isOne)) revealAlong(states, relations)
  }
}

function relationsOf(
  definition: ModelDefinition,
  [name, ...rest]: readonly string[],
): RelationDescriptor[] {
  if (name === undefined || definition.columns.has(name)) return [] // a deferred column ends the path
  const relation = definition.relation(name)
  return [relation, ...relationsOf(relation.target, rest)]
}

function isOne(relation: RelationDescriptor): boolean {
  return !relation.toMany && !relation.holdsForeignKey
}

function revealAlong(
  states: Iterable<InstanceState>,
  [relation, ...rest]: readonly RelationDescriptor[],
): void {
  if (relation === undefined) return
  const targets = new Set<InstanceState>()
  for (const state of states) {
    if (isOne(relation)) (state.asked ??= new Set()).add(relation.index)
    for (const target of [peekRelation(state, relation)].flat()) {
      const found = findState(target)
      if (found !== undefined) targets.add(found)
    }
  }
  revealAlong(targets, rest)
}
