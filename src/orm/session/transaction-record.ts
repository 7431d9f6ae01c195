import type { Mapper } from '../mapping/index.ts'
import { Collection, findState, OneSlot, ReferenceSlot, changesOf, setReference, setColumn, type IdentityMap, type InstanceState, type ObjectStatus } from '../state/index.ts'
import type { WrittenRow } from './flush-executor.ts'

/** Where an object stood before the transaction, or the savepoint, first wrote it. */
interface Before {
  readonly phase: ObjectStatus
  readonly row: readonly unknown[] | null
  /** Columns that the flush itself has set: cleared again when the object goes back to being new. */
  readonly generated: readonly number[]
}

/**
 * What a transaction or a savepoint has written, so that a rollback can put every object back to where it stood (spec/session.md 2.18–2.21, 2.32–2.34).
 */
export class TransactionRecord {
  readonly #before = new Map<InstanceState, Before>()
  readonly #members = new Map<Collection, readonly object[] | null>()

  /** The objects it has touched. */
  get states(): Iterable<InstanceState> {
    return this.#before.keys()
  }

  /** Remembers a row before `written` replaces it. */
  note(written: WrittenRow): void {
    const { state, kind } = written
    const known = this.#before.get(state)
    if (known === undefined) this.#before.set(state, { phase: state.phase, row: state.row, generated: kind === 'inserted' ? written.generated : [] })
  }

  noteDeleted(state: InstanceState): void {
    if (!this.#before.has(state)) this.#before.set(state, { phase: 'persistent', row: state.row, generated: [] })
  }

  noteMembers(collection: Collection): void {
    if (!this.#members.has(collection)) this.#members.set(collection, collection.before)
  }

  /** A released savepoint hands what it knows to its parent, whose older memory wins. */
  mergeInto(parent: TransactionRecord): void {
    for (const [state, before] of this.#before) if (!parent.#before.has(state)) parent.#before.set(state, before)
    for (const [collection, members] of this.#members) if (!parent.#members.has(collection)) parent.#members.set(collection, members)
  }

  /** Puts every touched object back. */
  restore(identityMap: IdentityMap): void {
    for (const [state, before] of this.#before) if (before.phase === 'pending') expel(state, before, identityMap)
    for (const [state, before] of this.#before) if (before.phase !== 'pending') bringBack(state, before, identityMap)
    for (const [collection, members] of this.#members) collection.restore(members)
    for (const [state, before] of this.#before) if (before.phase === 'pending') reassign(state)
  }
}

/** An inserted object is new again: its values stay, what the database made goes (spec/session.md 1.9, 1.10). */
function expel(state: InstanceState, before: Before, identityMap: IdentityMap): void {
  const { mapper } = state
  identityMap.remove(state)
  if (mapper !== null) {
    for (const ordinal of before.generated) {
      const column = mapper.columns[ordinal]
      if (column !== undefined && mapper.factsOf(column).computed === undefined) state.properties[column.property] = undefined
    }
  }
  state.makeTransient()
}

/** References of an expelled object hold by object again, since the keys that were made are gone. */
function reassign(state: InstanceState): void {
  for (const relation of state.relations === null ? [] : state.definition.relations) {
    const slot = state.relations?.[relation.index]
    if (slot instanceof ReferenceSlot && slot.target !== null) setReference(state, relation, slot.target)
    else if (slot instanceof Collection && slot.list !== null) slot.restore([...slot.list])
  }
}

function bringBack(state: InstanceState, before: Before, identityMap: IdentityMap): void {
  const { mapper } = state
  if (mapper === null || state.identity === null) return
  state.phase = 'persistent'
  state.wasDeleted = false
  identityMap.add(mapper, state.identity, state)
  restoreRow(state, mapper, before.row)
}

/** Gives the object the values of `row` and forgets relations that hang on other values. */
function restoreRow(state: InstanceState, mapper: Mapper, row: readonly unknown[] | null): void {
  if (row === null) return
  state.row = row
  for (const ordinal of changesOf(state) ?? []) setColumn(state, mapper, ordinal, row[ordinal])
  state.expectedVersion = null
  forgetReferences(state)
}

/** Drops changes that were never flushed. */
export function discardChanges(state: InstanceState): void {
  const { mapper } = state
  if (mapper === null || state.row === null) return
  restoreRow(state, mapper, state.row)
  for (const slot of state.relations ?? []) if (slot instanceof Collection && slot.isChanged) slot.restore(slot.before)
}

function forgetReferences(state: InstanceState): void {
  for (const [index, slot] of (state.relations ?? []).entries()) {
    const drop = slot instanceof ReferenceSlot || (slot instanceof OneSlot && (slot.isChanged || findState(slot.target)?.phase === 'transient'))
    if (drop && state.relations !== null) state.relations[index] = undefined
  }
}
