import { ArgumentError } from '../../errors/index.ts'
import { Expression, SelectStatement } from '../../sql/index.ts'
import {
  columnsOf,
  isModelClass,
  type AnyEntity,
  type RelationDescriptor,
  type SelectEntity,
} from '../mapping/index.ts'
import type { InstanceState, RelatedStatements } from '../state/index.ts'
import { deleteQuery, updateQuery } from './criteria-query.ts'
import { EntityQuery } from './entity-query.ts'
import { InsertQuery } from './insert-query.ts'
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

/** Queries and statements about the members of a relation. */
export class RelatedQueries {
  readonly #core: SessionCore

  constructor(core: SessionCore) {
    this.#core = core
  }

  select(state: InstanceState, relation: RelationDescriptor): SelectEntity<AnyEntity, AnyEntity> {
    const query: unknown = this.#query(state, relation)
    return query as SelectEntity<AnyEntity, AnyEntity>
  }

  changes(state: InstanceState, relation: RelationDescriptor): RelatedStatements {
    const core = this.#core
    const { targetModel } = relation
    const condition = (): unknown => this.#condition(state, relation)
    return {
      count: () => this.#query(state, relation).count(),
      insert: (rows) =>
        new InsertQuery(core, targetModel).values(
          rows.map((row) => ({ ...row, ...foreignKeyTo(state, relation) })),
        ),
      update: () => updateQuery(core, targetModel).where(condition()),
      deleteFrom: () => deleteQuery(core, targetModel).where(condition()),
    }
  }

  #query(state: InstanceState, relation: RelationDescriptor): EntityQuery {
    return new EntityQuery(() => this.#core, relation.targetModel).where(
      this.#condition(state, relation),
    )
  }

  #condition(state: InstanceState, relation: RelationDescriptor): unknown {
    const relationship = this.#core.mapperOfState(state).relationships.get(relation.name)
    return memberCondition(relationship?.inverse?.descriptor, relation, state)
  }
}

/** The foreign key of members. @throws {ArgumentError} ARGUMENT where an association table ties them, or before the owner has a key. */
function foreignKeyTo(owner: InstanceState, relation: RelationDescriptor): Record<string, unknown> {
  const back = relation.inverse
  if (back?.holdsForeignKey !== true)
    throw new ArgumentError(
      `Cannot insert into ${owner.name}.${relation.name}: an association table ties its members. Insert ${relation.targetModel.name} by itself, and add() what it gives.`,
    )
  if (owner.row === null)
    throw new ArgumentError(
      `Cannot insert into ${owner.name}.${relation.name} of ${owner.label}: it has no row yet. Flush it first, or add() objects.`,
    )
  return Object.fromEntries(back.foreignKey.map((property, i) => [property, owner.keyValues[i]]))
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
