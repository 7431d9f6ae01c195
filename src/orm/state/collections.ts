import { ArgumentError, InvalidRequestError } from '../../errors/index.ts'
import type { RelationDescriptor } from '../mapping/index.ts'
import { Collection, type CollectionOperations } from './collection.ts'
import { ownValue, type InstanceState } from './instance-state.ts'
import { neverLoaded } from './load-refusal.ts'
import { OneSlot } from './one-slot.ts'
import { peekReference, setReference } from './reference-slot.ts'
import type { SessionPort } from './session-port.ts'
import { describeForeign, findState } from './stamp.ts'

/** The collection of a relation, made at first use. That of a new object is loaded and empty: it has no members that are not in memory. */
export function collectionOf(state: InstanceState, relation: RelationDescriptor): Collection {
  state.relations ??= []
  const slot = state.relations[relation.index]
  if (slot instanceof Collection) return slot
  const collection = new Collection(state, relation, operations)
  if (state.row === null && !relation.isWriteOnly) collection.takeMembers([], 0)
  state.relations[relation.index] = collection
  return collection
}

/** The collection if the object has used it already. */
export function peekCollection(
  state: InstanceState,
  relation: RelationDescriptor,
): Collection | undefined {
  const slot = state.relations?.[relation.index]
  return slot instanceof Collection ? slot : undefined
}

const operations: CollectionOperations = {
  async load(collection) {
    const { owner, relation } = collection
    if (owner.openSession !== undefined) await owner.openSession.load([owner], [relation.name])
    else if (collection.list === null) throw unreachable(collection, 'load')
    return collection.face
  },

  add(collection, items) {
    for (const item of items) {
      const member = checkedMember(collection.owner, collection.relation, item)
      if (collection.has(member)) continue
      collection.insert(member)
      connect(collection.relation, collection.owner, member)
      collection.owner.openSession?.adopt(member)
    }
  },

  remove(collection, items) {
    for (const item of items) {
      const member = checkedMember(collection.owner, collection.relation, item)
      if (collection.isWhole && !collection.has(member)) continue
      collection.takeOut(member)
      disconnect(collection.relation, collection.owner, member)
    }
  },

  set(collection, items) {
    if (collection.isPartial) throw someMembers(collection)
    if (collection.relation.isWriteOnly) {
      replaceNew(collection, items)
      return
    }
    const members = [...new Set(items)].map((item) =>
      checkedMember(collection.owner, collection.relation, item),
    )
    if (collection.list !== null && !collection.isStale) {
      operations.remove(
        collection,
        collection.list.filter((member) => !members.includes(member)),
      )
      operations.add(collection, members)
      return
    }
    for (const member of collection.replaceUnread(members))
      disconnect(collection.relation, collection.owner, member)
    for (const member of members) {
      connect(collection.relation, collection.owner, member)
      collection.owner.openSession?.adopt(member)
    }
  },

  select(collection) {
    const { owner, relation } = collection
    return sessionOf(collection, 'query').selectRelated(owner, relation)
  },

  changes(collection) {
    const { owner, relation } = collection
    return sessionOf(collection, 'change').changeRelated(owner, relation)
  },
}

function sessionOf(collection: Collection, verb: string): SessionPort {
  const { openSession } = collection.owner
  if (openSession === undefined) throw unreachable(collection, verb)
  return openSession
}

/** Members of a write-only collection can be replaced only while all of them are in memory: those of a new object. */
function replaceNew(collection: Collection, items: readonly unknown[]): void {
  const { owner, relation } = collection
  if (owner.row !== null) throw neverLoaded(owner.name, relation)
  operations.remove(
    collection,
    [...collection.added].filter((member) => !items.includes(member)),
  )
  operations.add(collection, items)
}

function unreachable({ owner, relation }: Collection, verb: string): Error {
  const what = `${verb} ${owner.name}.${relation.name} of ${owner.label}`
  return (
    owner.session?.closedError(what) ??
    new InvalidRequestError(
      `Cannot ${what}: the object is in no session. Add it to one and flush it first.`,
    )
  )
}

/** Whether those that the query left out shall stay nobody has said. */
function someMembers({ owner, relation: { name } }: Collection): InvalidRequestError {
  return new InvalidRequestError(
    `Cannot replace ${owner.name}.${name} of ${owner.label}: it has the members that a query filtered, by containsEager('${name}'), and not the others. Load them all first: await object.load('${name}'). add() and remove() work as it is.`,
    { info: { relation: `${owner.name}.${name}` } },
  )
}

/** @throws {ArgumentError} ARGUMENT when `value` cannot be in the relation. */
export function checkedMember(
  state: InstanceState,
  relation: RelationDescriptor,
  value: unknown,
): object {
  if (value instanceof relation.targetModel) return value
  const state2 = findState(value)
  const given = state2 === undefined ? describeForeign(value) : `a ${state2.name}`
  throw new ArgumentError(
    `Cannot put ${given} into ${state.name}.${relation.name}: it takes objects of ${relation.targetModel.name}.`,
    { info: { relation: `${state.name}.${relation.name}` } },
  )
}

/** `member` is now reached from `owner` through `relation`: shows it on the member's side, and takes it from where it was. */
export function connect(relation: RelationDescriptor, owner: InstanceState, member: object): void {
  const { inverse } = relation
  const other = findState(member)
  if (inverse === undefined || other === undefined) return
  if (inverse.holdsForeignKey) moveReference(relation, inverse, other, owner)
  else if (inverse.toMany) insertIfKnown(inverse, other, owner.entity)
  else keepOne(inverse, other, owner.entity)
}

const takenOut = new WeakMap<InstanceState, RelationDescriptor>()

/** The relation that a new object was taken out of last: only such a one can be an orphan, as against one that never had an owner. */
export function takenFrom(state: InstanceState): RelationDescriptor | undefined {
  return takenOut.get(state)
}

/** `member` is no longer reached from `owner` through `relation`. */
export function disconnect(
  relation: RelationDescriptor,
  owner: InstanceState,
  member: object,
): void {
  const { inverse } = relation
  const other = findState(member)
  if (other?.row === null) takenOut.set(other, relation)
  if (inverse === undefined || other === undefined) return
  if (inverse.holdsForeignKey) {
    if (refersTo(inverse, other, owner)) setReference(other, inverse, null)
  } else if (inverse.toMany) takeOutIfKnown(inverse, other, owner.entity)
  else keepOne(inverse, other, null)
}

/** Whether the foreign key side `state` leads to `target`, by object or by key. */
function refersTo(
  relation: RelationDescriptor,
  state: InstanceState,
  target: InstanceState,
): boolean {
  const known = peekReference(state, relation)
  if (known !== undefined) return known === target.entity
  const key = target.keyValues
  return relation.foreignKey.every(
    (property, i) => key[i] !== undefined && ownValue(state.entity, property) === key[i],
  )
}

function moveReference(
  relation: RelationDescriptor,
  inverse: RelationDescriptor,
  member: InstanceState,
  owner: InstanceState,
): void {
  const old = findState(peekReference(member, inverse))
  if (old !== undefined && old !== owner) detachFrom(relation, old, member.entity)
  setReference(member, inverse, owner.entity)
}

/** Takes `member` from what memory shows of the relation `relation` of `state`. */
export function detachFrom(
  relation: RelationDescriptor,
  state: InstanceState,
  member: object,
): void {
  if (relation.toMany) takeOutIfKnown(relation, state, member)
  else keepOne(relation, state, null)
}

/** Shows `member` in what memory has of the relation `relation` of `state`. */
export function attachTo(relation: RelationDescriptor, state: InstanceState, member: object): void {
  if (relation.toMany) insertIfKnown(relation, state, member)
  else keepOne(relation, state, member)
}

/** Only a collection that is in memory has anything to keep in step; an unloaded one will read the row. */
function insertIfKnown(relation: RelationDescriptor, state: InstanceState, member: object): void {
  const collection =
    state.row === null ? collectionOf(state, relation) : peekCollection(state, relation)
  if (collection !== undefined && collection.list !== null && !collection.has(member))
    collection.insert(member)
}

function takeOutIfKnown(relation: RelationDescriptor, state: InstanceState, member: object): void {
  const collection = peekCollection(state, relation)
  if (collection?.has(member) === true) collection.takeOut(member)
}

/** Shows on a hasOne what its other side says; what it had, as far as memory knows, is let go. */
function keepOne(relation: RelationDescriptor, state: InstanceState, target: object | null): void {
  state.relations ??= []
  const slot = state.relations[relation.index]
  const old = slot instanceof OneSlot ? (slot.target ?? null) : null
  const before = slot instanceof OneSlot && slot.isChanged ? slot.before : old
  if (old !== null && target !== null && old !== target) disconnect(relation, state, old)
  state.relations[relation.index] = new OneSlot(target, state.session?.epoch ?? 0, { before })
}
