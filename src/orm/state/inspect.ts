import type { AnyEntity } from '../mapping/index.ts'
import type { IdentityKey, RelationDescriptor } from '../mapping/index.ts'
import type { InstanceState, ObjectStatus } from './instance-state.ts'
import { foreignKeyOf } from './reference-slot.ts'
import { changesOf } from './row-access.ts'
import { peekRelation } from './relation-access.ts'
import { findState, stateOf } from './stamp.ts'

/** What `inspect` tells of an object. */
export interface Inspection {
  /** transient, pending, persistent, deleted or detached. */
  readonly state: ObjectStatus
  /** The open session that it belongs to: compare it with `===`. null when it is in none. */
  readonly session: object | null
  /** The primary key as the identity map keeps it; null before there is a row. */
  readonly identity: IdentityKey | null
  /** Columns that were changed and not flushed. */
  readonly modified: readonly string[]
  /** Columns and relations that are not in memory. */
  readonly unloaded: readonly string[]
  /** The values may be out of date: a transaction ended since they were read. */
  readonly isStale: boolean
  /** The row was deleted by a flush. */
  readonly wasDeleted: boolean
}

/** Where an object stands. Never touches the database. @remarks Semantics: SQLAlchemy `inspect(obj)`. */
export function inspect(entity: AnyEntity): Inspection {
  const state = stateOf(entity, 'inspect')
  const { definition } = state
  const columns = definition.properties.filter((property) => !Object.hasOwn(entity, property))
  const relations = definition.relations
    .filter((relation) => !isKnown(state, relation))
    .map(({ name }) => name)
  const modified =
    changesOf(state)?.flatMap((ordinal) => state.mapper?.rowColumns[ordinal]?.property ?? []) ?? []
  const session = state.openSession?.face ?? null
  return {
    state: state.status,
    session,
    identity: state.identity,
    modified,
    unloaded: [...columns, ...relations],
    isStale: state.isStale,
    wasDeleted: state.wasDeleted,
  }
}

function isKnown(state: InstanceState, relation: RelationDescriptor): boolean {
  const known = peekRelation(state, relation)
  if (known === undefined)
    return relation.holdsForeignKey && foreignKeyOf(state, relation).includes(null)
  return known === null || Array.isArray(known) || findState(known)?.isHollow !== true
}

/** Whether the row of a reference is in memory, so that its columns can be read. Never touches the database. */
export function isLoaded(reference: object): boolean {
  return !stateOf(reference, 'look at').isHollow
}
