import type { IdentityKey, Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { Dependency } from './plan.ts'

/** Rows among `deleted`, by the root of their mapper, that this row refers to as it is stored: they must go after it. */
export function parentsAmongDeleted(
  state: InstanceState,
  mapper: Mapper,
  deleted: ReadonlyMap<Mapper, ReadonlyMap<IdentityKey, InstanceState>>,
): Dependency[] {
  return [...mapper.relationships.values()].flatMap((relationship) => {
    const { target } = relationship
    if (!relationship.holdsForeignKey) return []
    const identity = target.identityOf(
      relationship.localColumns.map((column) =>
        mapper.rows.decode(column.ordinal, state.row?.[column.ordinal]),
      ),
    )
    const parent = identity === null ? undefined : deleted.get(target.root)?.get(identity)
    return parent === undefined || parent === state ? [] : [{ parent, relationship }]
  })
}
