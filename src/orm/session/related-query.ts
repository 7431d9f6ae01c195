import { ArgumentError } from '../../errors/index.ts'
import { relationshipOf } from '../loading/index.ts'
import {
  columnsOf,
  type AnyEntity,
  type RelationDescriptor,
  type SelectEntity,
} from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import { EntityQuery } from './entity-query.ts'
import type { SessionCore } from './session-core.ts'

/** A query for the members of a relation of one object. */
export function relatedQuery(
  core: SessionCore,
  state: InstanceState,
  relation: RelationDescriptor,
): SelectEntity<AnyEntity, AnyEntity> {
  const relationship = relationshipOf(core.mapperOfState(state), relation.name)
  const query: unknown = new EntityQuery(() => core, relation.targetModel).where(
    memberCondition(relationship.inverse?.descriptor, relation, state),
  )
  return query as SelectEntity<AnyEntity, AnyEntity>
}

/** The condition that a row of the target belongs to the owner, said from the target's side. */
function memberCondition(
  inverse: RelationDescriptor | undefined,
  relation: RelationDescriptor,
  owner: InstanceState,
): unknown {
  const columns = columnsOf(relation.targetModel) as Record<
    string,
    { is(entity: object): unknown; contains(entity: object): unknown }
  >
  const back = inverse === undefined ? undefined : columns[inverse.name]
  if (back === undefined || inverse === undefined) {
    throw new ArgumentError(
      `Cannot query ${owner.name}.${relation.name}: ${relation.targetModel.name} has no relation back. Declare it: manyToMany(${owner.name}, { inverse: '${relation.name}' }).`,
    )
  }
  return inverse.toMany ? back.contains(owner.entity) : back.is(owner.entity)
}
