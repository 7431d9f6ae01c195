import type { Mapper } from '../mapping/index.ts'
import { ownValue, type InstanceState } from '../state/index.ts'
import { byIdentity } from './by-identity.ts'
import type { Work } from './work.ts'

/**
 * New objects that have the primary key of a row which the same flush deletes, with the deleted object: the row is updated to what the new object says
 * instead of being deleted and inserted. Not where the two are of models whose rows have their parts in other tables.
 * @remarks Semantics: SQLAlchemy's row switch; differs: what the new object does not say is not taken from the deleted one.
 */
export function rowSwitches(
  work: Work,
  mapperOf: (state: InstanceState) => Mapper,
): ReadonlyMap<InstanceState, InstanceState> {
  const switches = new Map<InstanceState, InstanceState>()
  if (work.deleted.size === 0 || work.pending.size === 0) return switches
  const deleted = new Map(
    [...Map.groupBy(work.deleted, (state) => mapperOf(state).root)].map(([root, states]) => [
      root,
      byIdentity(states),
    ]),
  )
  for (const state of work.pending) {
    const mapper = mapperOf(state)
    const identity = mapper.identityOf(
      mapper.keyColumns.map(({ property }) => ownValue(state.entity, property)),
    )
    const replaced = identity === null ? undefined : deleted.get(mapper.root)?.get(identity)
    if (replaced !== undefined && mapperOf(replaced).table === mapper.table)
      switches.set(state, replaced)
  }
  return switches
}
