import { ArgumentError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import {
  Collection,
  findState,
  OneSlot,
  ReferenceSlot,
  changesOf,
  setReference,
  setColumn,
  type IdentityMap,
  type InstanceState,
  type ObjectStatus,
  type SessionPort,
} from '../state/index.ts'
import { forgetGone } from './cascades.ts'
import { BulkWrites } from './bulk-writes.ts'
import { ChangeLog } from './change-log.ts'
import type { WrittenRow } from './flush-executor.ts'

/** Where an object stood before the transaction, or the savepoint, first wrote it. */
interface Before {
  readonly phase: ObjectStatus
  readonly row: readonly unknown[] | null
  readonly isHollow: boolean
  /** Columns that the flush itself has set: cleared again when the object goes back to being new. */
  readonly generated: readonly number[]
}

/** The target of a hasOne; undefined where nobody had read it. */
type Target = object | null | undefined

/**
 * What a transaction or a savepoint has written, so that a rollback can put every object back to where it stood (spec/session.md 2.18–2.21, 2.32–2.34).
 */
export class TransactionRecord {
  /** What it has stored, for those who listen; undefined where changes are not tracked. */
  readonly changes: ChangeLog | undefined
  /** What statements past the unit of work have written. */
  readonly bulk: BulkWrites = new BulkWrites()
  /** What is to be done once it is stored. */
  readonly afterCommit: (() => unknown)[] = []
  readonly #before = new Map<InstanceState, Before>()
  readonly #members = new Map<Collection, readonly object[] | null>()
  readonly #targets = new Map<InstanceState, Map<number, Target>>()
  /** Owners of association rows, whose own rows may be as they were. */
  readonly #tied = new Set<InstanceState>()

  constructor(tracksChanges = false) {
    this.changes = tracksChanges ? new ChangeLog() : undefined
  }

  /** The objects it has touched. */
  get states(): Iterable<InstanceState> {
    return this.#before.keys()
  }

  /** The objects of which a rollback would lose something; not those that came and went in it. */
  get losable(): readonly InstanceState[] {
    const written = [...this.#before].flatMap(([state, before]) =>
      before.phase === 'pending' && state.phase === 'deleted' ? [] : [state],
    )
    return [...written, ...this.#tied]
  }

  /** Remembers a row before `written` replaces it. */
  note({ state, kind, generated }: WrittenRow): void {
    this.#noteState(state, state.phase, kind === 'inserted' ? generated : [])
  }

  noteDeleted(state: InstanceState): void {
    this.#noteState(state, 'persistent', [])
  }

  /** Remembers the members of a collection; null: they were not loaded. */
  noteMembers(collection: Collection, members: readonly object[] | null = collection.before): void {
    if (!this.#members.has(collection)) this.#members.set(collection, members)
  }

  /** Remembers that association rows of this object were written. */
  noteTied(owner: InstanceState): void {
    this.#tied.add(owner)
  }

  /** Remembers the target of the hasOne at place `index`. */
  noteTarget(state: InstanceState, index: number, target: Target): void {
    const targets = this.#targets.get(state) ?? new Map<number, Target>()
    this.#targets.set(state, targets)
    if (!targets.has(index)) targets.set(index, target)
  }

  /** A released savepoint hands what it knows to its parent, whose older memory wins. */
  mergeInto(parent: TransactionRecord): void {
    for (const [state, before] of this.#before)
      if (!parent.#before.has(state)) parent.#before.set(state, before)
    for (const [collection, members] of this.#members) parent.noteMembers(collection, members)
    for (const [state, targets] of this.#targets)
      for (const [index, target] of targets) parent.noteTarget(state, index, target)
    for (const owner of this.#tied) parent.noteTied(owner)
    this.bulk.mergeInto(parent.bulk)
    if (parent.changes !== undefined) this.changes?.mergeInto(parent.changes)
    parent.afterCommit.push(...this.afterCommit)
  }

  /** What these engines have stored is not to be put back. */
  forgetEngines(hasCommitted: (engineKey: string) => boolean): void {
    const isStored = ({ mapper }: InstanceState): boolean =>
      mapper !== null && hasCommitted(mapper.engineKey)
    for (const state of this.#before.keys()) if (isStored(state)) this.#before.delete(state)
    for (const collection of this.#members.keys())
      if (isStored(collection.owner)) this.#members.delete(collection)
    for (const state of this.#targets.keys()) if (isStored(state)) this.#targets.delete(state)
    for (const owner of this.#tied) if (isStored(owner)) this.#tied.delete(owner)
    this.bulk.forget(hasCommitted)
  }

  /** Puts every touched object back. One that was taken out of the session stays out; one that another session has is left to it. */
  restore(session: SessionPort, identityMap: IdentityMap): void {
    const touched = [...this.#before].filter(
      ([state]) => state.session === session || state.session === null,
    )
    const inserted = touched.filter(([, before]) => before.phase === 'pending')
    for (const [state, before] of inserted) expel(state, before, identityMap)
    for (const [state, before] of touched)
      if (before.phase !== 'pending') bringBack(state, before, identityMap)
    for (const [collection, members] of this.#members) restoreMembers(collection, members)
    for (const [state, targets] of this.#targets)
      for (const [index, target] of targets)
        if (state.row !== null) restoreTarget(state, index, target)
    if (inserted.length > 0) forgetGone(identityMap, new Set(inserted.map(([state]) => state)))
    for (const [state] of inserted) renewRelations(state)
  }

  #noteState(state: InstanceState, phase: ObjectStatus, generated: readonly number[]): void {
    if (!this.#before.has(state))
      this.#before.set(state, { phase, row: state.row, isHollow: state.isHollow, generated })
  }
}

function restoreMembers(collection: Collection, members: readonly object[] | null): void {
  if (collection.owner.row !== null) collection.restore(members)
  else if (collection.relation.isWriteOnly)
    for (const member of members ?? []) collection.addAgain(member) // nothing else in memory knows them
}

/** An inserted object is new again: its values stay, what the database made goes (spec/session.md 1.9, 1.10). */
function expel(state: InstanceState, { generated }: Before, identityMap: IdentityMap): void {
  identityMap.remove(state)
  for (const ordinal of generated) {
    const property = state.mapper?.rowColumns[ordinal]?.property
    if (property !== undefined) state.properties[property] = undefined
  }
  state.makeTransient()
}

/** What a new object's relations hold is to be written again: references by object, since the keys that were made are gone, and all members. */
function renewRelations(state: InstanceState): void {
  for (const relation of state.relations === null ? [] : state.definition.relations) {
    const slot = state.relations?.[relation.index]
    if (slot instanceof ReferenceSlot && slot.target !== null)
      setReference(state, relation, slot.target)
    else if (slot instanceof Collection) slot.renew()
  }
}

function bringBack(state: InstanceState, before: Before, identityMap: IdentityMap): void {
  const { mapper, identity, session } = state
  if (mapper === null || identity === null) return
  state.wasDeleted = false
  if (session !== null) {
    const usurper = identityMap.get(mapper, identity)
    if (usurper !== undefined && usurper !== state) usurper.makeDetached()
    state.phase = 'persistent'
    identityMap.add(mapper, identity, state)
  }
  restoreRow(state, mapper, before.row)
  state.isHollow = before.isHollow
}

/** Gives the object the values of `row`. References are forgotten: the foreign key says what they are. */
function restoreRow(state: InstanceState, mapper: Mapper, row: readonly unknown[] | null): void {
  if (row === null) return
  state.row = row
  for (const ordinal of changesOf(state) ?? []) setColumn(state, mapper, ordinal, row[ordinal])
  state.expectedVersion = null
  for (const index of (state.relations ?? []).keys()) forgetReference(state, index)
}

function forgetReference(state: InstanceState, index: number): void {
  if (state.relations?.[index] instanceof ReferenceSlot) state.relations[index] = undefined
}

/** Drops changes of some columns that were never flushed. @throws {ArgumentError} ARGUMENT for a name that is no column. */
export function discardColumns(state: InstanceState, properties: readonly string[]): void {
  const { mapper, row } = state
  if (mapper === null || row === null) return
  for (const property of properties) {
    const column = mapper.column(property)
    if (column === undefined)
      throw new ArgumentError(
        `Cannot discard changes of ${mapper.name}.${property}: there is no such column. ${mapper.definition.suggestion(property)}`,
      )
    if (changesOf(state)?.includes(column.ordinal) === true)
      setColumn(state, mapper, column.ordinal, row[column.ordinal])
    for (const relation of mapper.definition.relations)
      if (relation.foreignKey.includes(property)) forgetReference(state, relation.index)
  }
}

/** Drops changes that were never flushed. */
export function discardChanges(state: InstanceState): void {
  const { mapper } = state
  if (mapper === null || state.row === null) return
  restoreRow(state, mapper, state.row)
  for (const [index, slot] of (state.relations ?? []).entries()) {
    if (slot instanceof Collection && slot.isChanged) slot.restore(slot.before)
    else if (slot instanceof OneSlot && slot.isChanged) restoreTarget(state, index, slot.before)
  }
}

function restoreTarget(state: InstanceState, index: number, target: Target): void {
  if (state.relations === null) return
  const isKnown = target !== undefined && findState(target)?.phase !== 'transient'
  state.relations[index] = isKnown ? new OneSlot(target, state.session?.epoch ?? 0) : undefined
}
