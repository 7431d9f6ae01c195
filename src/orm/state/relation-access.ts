import { ArgumentError, type AthanorError } from '../../errors/index.ts'
import type { RelationDescriptor } from '../mapping/index.ts'
import { Collection } from './collection.ts'
import {
  attachTo,
  checkedMember,
  collectionOf,
  connect,
  detachFrom,
  disconnect,
  peekCollection,
} from './collections.ts'
import type { InstanceState } from './instance-state.ts'
import { OneSlot } from './one-slot.ts'
import { peekReference, readReference, setReference } from './reference-slot.ts'
import { findState } from './stamp.ts'

/** What the property of a relation shows. Sends nothing. */
export function readRelation(state: InstanceState, relation: RelationDescriptor): unknown {
  if (relation.toMany) return collectionOf(state, relation).face
  if (relation.holdsForeignKey) return readReference(state, relation)
  const target = state.asked?.has(relation.index) === true ? peekOne(state, relation) : undefined
  return target === undefined ? new MaybeFacade(state, relation) : target
}

/** Assigns a relation: an object or null to a to-one, an array to a to-many. @throws {ArgumentError} ARGUMENT for anything else. */
export function assignRelation(
  state: InstanceState,
  relation: RelationDescriptor,
  value: unknown,
): void {
  if (relation.toMany) assignMany(state, relation, value)
  else if (value !== null) assignTarget(state, relation, checkedMember(state, relation, value))
  else assignTarget(state, relation, null)
}

/** What memory knows of a relation, without making anything: the target or null of a to-one, the members of a to-many; undefined when it is not loaded. */
export function peekRelation(
  state: InstanceState,
  relation: RelationDescriptor,
): object | null | readonly object[] | undefined {
  if (relation.toMany) return peekCollection(state, relation)?.list ?? undefined
  return relation.holdsForeignKey ? peekReference(state, relation) : peekOne(state, relation)
}

/** What a hasOne had at the last flush; undefined where memory does not know, or a transaction has ended since it was read. */
function beforeChange(
  state: InstanceState,
  relation: RelationDescriptor,
): object | null | undefined {
  const slot = state.relations?.[relation.index]
  if (!(slot instanceof OneSlot)) return peekOne(state, relation)
  if (slot.isChanged) return slot.before
  return state.row !== null && slot.epoch !== state.openSession?.epoch ? undefined : slot.target
}

function peekOne(state: InstanceState, relation: RelationDescriptor): object | null | undefined {
  const slot = state.relations?.[relation.index]
  if (slot instanceof OneSlot) return slot.target
  return state.row === null ? null : undefined
}

/** Members and targets stay as they are, and the next load reads them again. */
export function markRelationsStale({ relations, epoch }: InstanceState): void {
  for (const [index, slot] of (relations ?? []).entries()) {
    if (slot instanceof Collection) slot.epoch = epoch
    else if (slot instanceof OneSlot && relations !== null)
      relations[index] = new OneSlot(slot.target, epoch)
  }
}

/** Shows an object that is added again after a rollback on the other sides of its relations, as if they were assigned now. */
export function rejoin(state: InstanceState): void {
  for (const relation of state.relations === null ? [] : state.definition.relations) {
    const known = peekRelation(state, relation)
    if (known === null || known === undefined) continue
    if (relation.holdsForeignKey) assignReference(state, relation, known)
    else
      for (const member of Array.isArray(known) ? [...known] : [known])
        connect(relation, state, member as object)
  }
  state.wasRolledBack = false
}

function assignMany(state: InstanceState, relation: RelationDescriptor, value: unknown): void {
  if (!Array.isArray(value)) throw notAnArray(state, relation)
  const collection = collectionOf(state, relation)
  collection.operations.set(collection, value)
}

function notAnArray(state: InstanceState, relation: RelationDescriptor): AthanorError {
  return new ArgumentError(
    `Cannot assign ${state.name}.${relation.name}: it takes an array of ${relation.targetModel.name}. To change members one by one call .add() and .remove() on it.`,
  )
}

function assignTarget(
  state: InstanceState,
  relation: RelationDescriptor,
  target: object | null,
): void {
  if (relation.holdsForeignKey) assignReference(state, relation, target)
  else assignOne(state, relation, target)
  if (target !== null) state.openSession?.adopt(target)
}

function assignReference(
  state: InstanceState,
  relation: RelationDescriptor,
  target: object | null,
): void {
  const { inverse } = relation
  const old = findState(peekReference(state, relation))
  if (inverse !== undefined && old !== undefined && old.entity !== target)
    detachFrom(inverse, old, state.entity)
  setReference(state, relation, target)
  const now = findState(target)
  if (inverse !== undefined && now !== undefined) attachTo(inverse, now, state.entity)
}

function assignOne(
  state: InstanceState,
  relation: RelationDescriptor,
  target: object | null,
): void {
  const old = peekOne(state, relation)
  const before = beforeChange(state, relation)
  const isCertain = before !== undefined || state.relations?.[relation.index]?.isChanged === true
  if (isCertain && old !== null && old !== undefined && old !== target)
    disconnect(relation, state, old)
  state.relations ??= []
  state.relations[relation.index] = new OneSlot(target, state.session?.epoch ?? 0, { before })
  if (target !== null) connect(relation, state, target)
}

/** What a hasOne property shows until its relation is asked for by name: `with('profile')`, `load(user, 'profile')`. @internal */
class MaybeFacade {
  readonly #state: InstanceState
  readonly #relation: RelationDescriptor

  constructor(state: InstanceState, relation: RelationDescriptor) {
    this.#state = state
    this.#relation = relation
  }

  async load(): Promise<unknown> {
    const session = this.#state.openSession
    if (session === undefined) throw this.#unreachable()
    await session.load([this.#state], [this.#relation.name])
    return peekOne(this.#state, this.#relation) ?? null
  }

  #unreachable(): Error {
    const what = `load ${this.#state.name}.${this.#relation.name} of ${this.#state.label}`
    return (
      this.#state.session?.closedError(what) ??
      new ArgumentError(
        `Cannot ${what}: the object is in no session. Add it to one and flush it first.`,
      )
    )
  }
}
