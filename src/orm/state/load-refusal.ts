import { InvalidRequestError } from '../../errors/index.ts'
import type { RelationDescriptor } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'

const refused = new WeakMap<InstanceState, ReadonlySet<RelationDescriptor>>()
/** Nothing is looked up while no query has said so. */
let isUsed = false

/** Relations of one object are not to be loaded any more, unless a query brings them along. */
export function refuseLoads(
  state: InstanceState,
  relations: ReadonlySet<RelationDescriptor>,
): void {
  isUsed = true
  const known = refused.get(state)
  refused.set(state, known === undefined ? relations : new Set([...known, ...relations]))
}

/** Whether a relation of the object may only come along with a query. @remarks Semantics: SQLAlchemy `raiseload()` and `lazy='raise'`. */
export function refusesLoad(state: InstanceState, relation: RelationDescriptor): boolean {
  return (
    relation.isWriteOnly ||
    isRefused(relation) ||
    (isUsed && refused.get(state)?.has(relation) === true)
  )
}

function isRefused(relation: RelationDescriptor): boolean {
  return relation.builder.options.lazy === 'raise'
}

/** The error of loading a relation that may only come along with a query. */
export function loadRefused(
  { name, label }: InstanceState,
  relation: RelationDescriptor,
): InvalidRequestError {
  if (relation.isWriteOnly) return neverLoaded(name, relation)
  const who = isRefused(relation)
    ? "the relation is declared with { lazy: 'raise' }"
    : 'the query that gave it said raiseLoad()'
  return new InvalidRequestError(
    `Cannot load ${name}.${relation.name} of ${label}: ${who}. Bring it along with the query: .with('${relation.name}').`,
    { code: 'LOAD_REFUSED', info: { model: name, relation: relation.name } },
  )
}

/** The error of bringing members into memory that are not to be there. */
export function neverLoaded(model: string, { name }: RelationDescriptor): InvalidRequestError {
  return new InvalidRequestError(
    `Cannot load ${model}.${name}: it is write-only, and its members are never in memory as a whole. Query them: object.${name}.select().`,
    { code: 'LOAD_REFUSED', info: { model, relation: name } },
  )
}
