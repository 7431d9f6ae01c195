import { ArgumentError } from '../../errors/index.ts'
import { Expression, SelectStatement } from '../../sql/index.ts'
import {
  columnsOf,
  isModelClass,
  type AnyEntity,
  type RelationDescriptor,
  type SelectEntity,
} from '../mapping/index.ts'
import { relationshipOf } from '../loading/index.ts'
import type { InstanceState } from '../state/index.ts'
import { EntityQuery } from './entity-query.ts'
import { RecordQuery, selectItems } from './record-query.ts'
import type { SessionCore } from './session-core.ts'

/** A query of what was passed to select(). */
export function selectOf(core: () => SessionCore, what: unknown): unknown {
  if (isModelClass(what)) return new EntityQuery(core, what)
  if (what instanceof Expression)
    return new RecordQuery(
      core,
      undefined,
      SelectStatement.of([{ kind: 'value', expression: what }]),
    )
  if (typeof what === 'object' && what !== null) {
    const selection = what as Readonly<Record<string, unknown>>
    return new RecordQuery(core, Object.keys(selection), SelectStatement.of(selectItems(selection)))
  }
  throw new ArgumentError(
    'Cannot select that: pass a model, an expression such as Post.c.title, or an object of both.',
  )
}

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
