import { FlushError } from '../../errors/index.ts'
import type { Mapper, RelationDescriptor, Relationship } from '../mapping/index.ts'
import { loadRelation, type LoaderContext } from '../loading/index.ts'
import {
  assignRelation,
  Collection,
  findState,
  foreignKeyOf,
  OneSlot,
  peekCollection,
  peekReference,
  peekRelation,
  setColumn,
  setReference,
  type InstanceState,
  takenFrom,
  type RelationSlot,
} from '../state/index.ts'
import type { TransactionRecord } from './transaction-record.ts'

/** What cascades may ask of the session. */
export interface CascadeContext extends LoaderContext {
  mapperOfState(state: InstanceState): Mapper
  /** Objects marked to be deleted; grows while cascades run. */
  readonly deleted: Set<InstanceState>
  /** New objects; an orphan among them is simply forgotten. */
  readonly pending: Set<InstanceState>
}

/** The objects that an object leads to and that `add` takes along: whatever relations have in memory. @remarks Semantics: SQLAlchemy's `save-update` cascade. */
export function reachable(state: InstanceState): InstanceState[] {
  const found: InstanceState[] = []
  noteReachable(state, found)
  return found
}

/** Adds what `reachable` gives to a list. Hot: once a new object. */
export function noteReachable(state: InstanceState, found: InstanceState[]): void {
  if (state.relations === null) return
  for (const relation of state.definition.relations) {
    const known = peekRelation(state, relation)
    if (Array.isArray(known)) for (const member of known) noteState(found, member)
    else noteState(found, known)
    const collection = peekCollection(state, relation)
    if (collection === undefined) continue
    for (const member of collection.added) noteState(found, member)
    for (const member of collection.replacement ?? []) noteState(found, member)
  }
}

function noteState(found: InstanceState[], member: unknown): void {
  const state = findState(member)
  if (state !== undefined) found.push(state)
}

/** The objects in memory that go with an object when it is taken out of its session: members of relations with `cascade: 'all'`. @remarks Semantics: SQLAlchemy's `expunge` cascade. */
export function* ownedBy(mapper: Mapper, state: InstanceState): Generator<InstanceState> {
  for (const relationship of state.relations === null ? [] : mapper.relationships.values())
    if (relationship.rules.cascadeDelete) yield* inMemory(state, relationship)
}

/** A relation that was set while it was not loaded, and what it was set to. */
interface Replacement {
  readonly owner: InstanceState
  readonly relationship: Relationship
  readonly value: object | null
}

/** Reads what a `set()` on an unloaded relation replaces, so that the difference can be written: one statement for each relation. */
export async function readReplaced(
  context: CascadeContext,
  states: readonly InstanceState[],
): Promise<void> {
  const replacements: Replacement[] = []
  for (const owner of states) noteUnread(context, owner, replacements)
  for (const [relationship, group] of Map.groupBy(
    replacements,
    (replacement) => replacement.relationship,
  )) {
    const owners = group.map(({ owner }) => owner)
    for (const owner of owners) forgetReplacement(owner, relationship)
    try {
      await loadRelation(context, relationship, owners)
    } finally {
      for (const { owner, value } of group) assignRelation(owner, relationship.descriptor, value)
    }
  }
}

function noteUnread(
  context: CascadeContext,
  owner: InstanceState,
  replacements: Replacement[],
): void {
  if (owner.relations === null) return
  for (const relationship of context.mapperOfState(owner).relationships.values()) {
    const slot = owner.relations[relationship.index]
    if (slot instanceof Collection && slot.replacement !== null)
      replacements.push({ owner, relationship, value: slot.replacement })
    else if (slot instanceof OneSlot && slot.isChanged && slot.before === undefined)
      replacements.push({ owner, relationship, value: slot.target ?? null })
  }
}

function forgetReplacement(owner: InstanceState, { index }: Relationship): void {
  const slot = owner.relations?.[index]
  if (slot instanceof Collection) slot.forgetReplacement()
  else if (owner.relations !== null) owner.relations[index] = undefined
}

/** Members taken out of a `delete-orphan` relation that nobody else took in: a new one is forgotten, a stored one is deleted. */
export function collectOrphans(context: CascadeContext, states: readonly InstanceState[]): void {
  for (const state of states) {
    for (const relationship of state.relations === null
      ? []
      : context.mapperOfState(state).relationships.values()) {
      if (!relationship.rules.deleteOrphan) continue
      for (const member of takenOut(state, relationship)) {
        const orphan = findState(member)
        if (orphan?.phase === 'persistent' && isOrphan(orphan, relationship.descriptor))
          context.deleted.add(orphan)
      }
    }
  }
  for (const state of context.pending) forgetOrphan(context, state)
}

/** A new object that was taken out of its owner and that nobody else took in is not inserted. */
function forgetOrphan(context: CascadeContext, state: InstanceState): void {
  const relation = takenFrom(state)
  if (relation?.deletesOrphans === true && isOrphan(state, relation)) forgetPending(context, state)
}

function forgetPending(context: CascadeContext, orphan: InstanceState): void {
  context.pending.delete(orphan)
  orphan.makeTransient()
}

/** Members that the relation had at the last flush and has no more. */
function takenOut(
  state: InstanceState,
  { index }: Relationship,
): readonly (object | null | undefined)[] {
  const slot = state.relations?.[index]
  if (slot instanceof Collection) return [...slot.removed]
  return slot instanceof OneSlot && slot.isChanged && slot.before !== slot.target
    ? [slot.before]
    : []
}

/** Nobody else has taken it in: neither an object nor a foreign key says whose it is. */
function isOrphan(state: InstanceState, relation: RelationDescriptor): boolean {
  const back = relation.inverse
  if (back === undefined) return true
  const owner = peekReference(state, back)
  return owner === undefined
    ? foreignKeyOf(state, back).some((value) => value === null || value === undefined)
    : owner === null
}

/**
 * Carries deletions on: members with `cascade: 'all'` are deleted too, others lose their foreign key. One statement for each relation, for all deleted owners; none where
 * the database's ON DELETE does it.
 */
export async function cascadeDeletes(context: CascadeContext): Promise<void> {
  const done = new Set<InstanceState>()
  for (;;) {
    const round = [...context.deleted].filter((state) => !done.has(state))
    if (round.length === 0) return
    for (const state of round) done.add(state)
    for (const [mapper, owners] of Map.groupBy(round, (state) => context.mapperOfState(state))) {
      for (const relationship of mapper.relationships.values())
        await cascadeAlong(context, relationship, owners)
    }
  }
}

async function cascadeAlong(
  context: CascadeContext,
  relationship: Relationship,
  owners: readonly InstanceState[],
): Promise<void> {
  if (relationship.holdsForeignKey || relationship.through !== undefined) return
  if (!relationship.rules.passiveDeletes) await loadRelation(context, relationship, owners)
  const deletes =
    relationship.rules.cascadeDelete ||
    relationship.inverse?.descriptor.builder.options.onDelete === 'cascade'
  for (const member of owners.flatMap((owner) => inMemory(owner, relationship))) {
    if (deletes) deleteMember(context, member)
    else if (relationship.inverse !== undefined && !context.deleted.has(member))
      letGo(member, relationship, relationship.inverse.descriptor)
  }
}

/** @throws {FlushError} FLUSH where the member's primary key would have to go: it cannot be without its owner. */
function letGo(
  member: InstanceState,
  { label, owner, remoteColumns }: Relationship,
  back: RelationDescriptor,
): void {
  if (remoteColumns.some((column) => column.primaryKey)) {
    throw new FlushError(
      `Cannot delete this ${owner.name}: ${member.label} belongs to it by its own primary key, and cannot be without it. Delete it too, or declare ${label} with { cascade: 'all' }.`,
      { objects: [member.entity] },
    )
  }
  setReference(member, back, null)
}

function deleteMember(context: CascadeContext, member: InstanceState): void {
  if (member.phase === 'persistent') context.deleted.add(member)
  else if (member.phase === 'pending') forgetPending(context, member)
}

function inMemory(owner: InstanceState, relationship: Relationship): InstanceState[] {
  const known = peekRelation(owner, relationship.descriptor)
  const members: readonly unknown[] = Array.isArray(known) ? [...known] : [known]
  return members.flatMap((member) => findState(member) ?? [])
}

/** @throws {FlushError} FLUSH for an object that sits in a collection of the session and was never added (spec/session.md 3.34). */
export function checkMembersAdded(states: Iterable<InstanceState>): void {
  for (const state of states) {
    for (const relation of state.relations === null ? [] : state.definition.relations) {
      for (const member of peekCollection(state, relation)?.added ?? []) {
        const added = findState(member)
        if (added?.phase !== 'transient' && added?.phase !== 'detached') continue
        throw new FlushError(
          `Cannot flush: ${added.label} sits in ${state.label}.${relation.name} but was never added to the session. Add it with session.add(), or take it out of the collection.`,
          {
            objects: [member, state.entity],
          },
        )
      }
    }
  }
}

/** Takes deleted objects out of what memory shows of relations of the session's objects, after `record` has noted what it showed (spec/session.md 2.17). */
export function forgetDeleted(
  states: Iterable<InstanceState>,
  deleted: ReadonlySet<InstanceState>,
  record: TransactionRecord,
): void {
  for (const { state, index, slot } of showing(states, deleted)) {
    if (slot instanceof Collection) {
      record.noteMembers(slot, slot.isChanged ? slot.before : [...(slot.list ?? [])])
      for (const { entity } of deleted) slot.forget(entity)
    } else if (slot instanceof OneSlot) {
      record.noteTarget(state, index, slot.isChanged ? slot.before : slot.target)
      keepSlot(state, index, new OneSlot(null, slot.epoch))
    } else if (!slot.isChanged) clearReference(state, index, record)
  }
}

/** Takes objects whose rows never came to be out of what memory shows of relations of the session's objects. */
export function forgetGone(
  states: Iterable<InstanceState>,
  gone: ReadonlySet<InstanceState>,
): void {
  for (const { state, index, slot } of showing(states, gone)) {
    if (slot instanceof Collection) for (const { entity } of gone) slot.forget(entity)
    else keepSlot(state, index, undefined)
  }
}

/** Relations of `states` that show one of `gone`. */
function* showing(
  states: Iterable<InstanceState>,
  gone: ReadonlySet<InstanceState>,
): Generator<{
  readonly state: InstanceState
  readonly index: number
  readonly slot: RelationSlot
}> {
  const entities = new Set<unknown>([...gone].map((state) => state.entity))
  for (const state of states) {
    for (const [index, slot] of (state.relations ?? []).entries()) {
      if (slot === undefined) continue
      const shows =
        slot instanceof Collection
          ? slot.list?.some((member) => entities.has(member)) === true
          : entities.has(slot.target)
      if (shows) yield { state, index, slot }
    }
  }
}

/** The row that the key led to is gone. It could only go when the database has set the key to null (ON DELETE SET NULL), or has taken this row along. */
function clearReference(state: InstanceState, index: number, record: TransactionRecord): void {
  const { mapper, row } = state
  const relationship = [...(mapper?.relationships.values() ?? [])][index]
  if (mapper === null || row === null || relationship === undefined) return
  keepSlot(state, index, undefined)
  if (relationship.localColumns.some((column) => !column.nullable)) return
  const ordinals = relationship.localColumns.map((column) => column.ordinal)
  record.note({ state, mapper, kind: 'updated', row, generated: [] })
  state.row = row.map((value, ordinal) => (ordinals.includes(ordinal) ? null : value))
  for (const ordinal of ordinals) setColumn(state, mapper, ordinal, null)
}

function keepSlot(state: InstanceState, index: number, slot: RelationSlot | undefined): void {
  if (state.relations !== null) state.relations[index] = slot
}
