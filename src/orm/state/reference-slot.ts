import type { RelationDescriptor } from '../mapping/index.ts'
import { ownValue, type InstanceState } from './instance-state.ts'
import { findState } from './stamp.ts'
import { refusesLoad } from './load-refusal.ts'
import { unloaded } from './unloaded.ts'

/** The target of a belongsTo, and the foreign key that it was set or found under: when the key was changed since, the key speaks (settled M4). */
export class ReferenceSlot {
  readonly target: object | null
  readonly foreignKey: readonly unknown[]
  /** Assigned and not flushed: the target's key may not be known yet. */
  readonly isChanged: boolean

  constructor(target: object | null, foreignKey: readonly unknown[], isChanged: boolean) {
    this.target = target
    this.foreignKey = foreignKey
    this.isChanged = isChanged
  }
}

/** Whether the object has used a relation that its own foreign keys do not say: one with members, or a hasOne. */
export function holdsMembers({ relations }: InstanceState): boolean {
  return (
    relations !== null &&
    relations.some((slot) => slot !== undefined && !(slot instanceof ReferenceSlot))
  )
}

/** The target of `relation` as memory has it: assigned or looked up before, with the key unchanged since; undefined when nothing is known. */
export function peekReference(
  state: InstanceState,
  relation: RelationDescriptor,
): object | null | undefined {
  const slot = state.relations?.[relation.index]
  if (!(slot instanceof ReferenceSlot)) return undefined
  return sameKey(slot.foreignKey, foreignKeyOf(state, relation)) ? slot.target : undefined
}

/** The target of `relation`: what was assigned, else the session's object with the foreign key's value, which may have nothing but that key. Sends nothing, and works when the session is closed. */
export function readReference(state: InstanceState, relation: RelationDescriptor): object | null {
  const known = peekReference(state, relation)
  if (known !== undefined) return known
  const key = foreignKeyOf(state, relation)
  if ((state.isHollow || state.isPartial) && key.includes(undefined))
    throw unloaded(state, relation.name)
  if (key.some((value) => value === null || value === undefined)) return null
  const { session } = state
  if (session === null) {
    if (state.row === null) return null
    throw unloaded(state, relation.name)
  }
  const target = session.reference(relation.targetModel, key)
  keep(state, relation, new ReferenceSlot(target, key, false))
  if (target !== null) noteReferrers(target, state, relation)
  return target
}

/** The first reference of a result that is loaded loads those of all its objects (spec/session.md 4.30). */
function noteReferrers(target: object, owner: InstanceState, relation: RelationDescriptor): void {
  const found = findState(target)
  const { siblings } = owner
  if (found?.isHollow === true && refusesLoad(owner, relation))
    found.referrers = { owners: siblings ?? new Set([owner]), relation, refusal: owner }
  else if (siblings !== null && found?.isHollow === true && found.siblings === null)
    found.referrers = { owners: siblings, relation }
}

/** Remembers the target that a load has found under the present foreign key, so that it can be read when the session is closed. */
export function keepReference(
  state: InstanceState,
  relation: RelationDescriptor,
  target: object | null,
): void {
  const isAssigned = state.relations?.[relation.index]?.isChanged === true // and not flushed: it stays
  if (isAssigned) return
  const foreignKey = foreignKeyOf(state, relation)
  // the foreign key may have been changed since its row was read
  if (target === null || hasKey(target, relation, foreignKey))
    keep(state, relation, new ReferenceSlot(target, foreignKey, false))
}

function hasKey(target: object, relation: RelationDescriptor, key: readonly unknown[]): boolean {
  return relation.target.keyProperties.every((property, i) => ownValue(target, property) === key[i])
}

/** Values of the foreign key, in the order of the target's key. */
export function foreignKeyOf(state: InstanceState, relation: RelationDescriptor): unknown[] {
  return relation.foreignKey.map((property) => ownValue(state.entity, property))
}

/** Sets the target and, where the target has one, its key. */
export function setReference(
  state: InstanceState,
  relation: RelationDescriptor,
  target: object | null,
): void {
  const key =
    target === null
      ? relation.foreignKey.map(() => null)
      : relation.target.keyProperties.map((property) => ownValue(target, property))
  if (!key.includes(undefined)) {
    for (const [i, property] of relation.foreignKey.entries()) state.properties[property] = key[i]
  }
  keep(state, relation, new ReferenceSlot(target, foreignKeyOf(state, relation), true))
}

function keep(state: InstanceState, relation: RelationDescriptor, slot: ReferenceSlot): void {
  state.relations ??= []
  state.relations[relation.index] = slot
}

function sameKey(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, i) => value === b[i])
}
