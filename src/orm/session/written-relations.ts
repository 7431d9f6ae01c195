import type { Mapper } from '../mapping/index.ts'
import { Collection, OneSlot, ReferenceSlot, type InstanceState } from '../state/index.ts'
import type { TransactionRecord } from './transaction-record.ts'

/** Brings one relation in step with the rows. */
type Accept = (record: TransactionRecord, epoch: number) => void

/**
 * The relations that a flush writes, as they were when it was planned. What users change while statements are under way is not part of it, and waits for the
 * next flush (spec/session.md 3.11).
 */
export class WrittenRelations {
  readonly #accepts: Accept[] = []

  constructor(states: Iterable<InstanceState>, mapperOf: (state: InstanceState) => Mapper) {
    for (const state of states) {
      for (const [index, slot] of (state.relations ?? []).entries()) {
        if (slot instanceof Collection) this.#accepts.push(acceptMembers(slot, mapperOf(state)))
        else if (slot?.isChanged === true)
          this.#accepts.push(
            slot instanceof OneSlot
              ? acceptOne(state, index, slot)
              : () => acceptReference(state, mapperOf(state), index, slot),
          )
      }
    }
  }

  /** The rows are written. */
  accept(record: TransactionRecord, epoch: number): void {
    for (const accept of this.#accepts) accept(record, epoch)
  }
}

function acceptMembers(collection: Collection, mapper: Mapper): Accept {
  const written = { added: [...collection.added], removed: [...collection.removed] }
  const isNew = collection.relation.isWriteOnly && collection.owner.row === null
  const isTied =
    collection.isChanged &&
    mapper.relationships.get(collection.relation.name)?.through !== undefined
  return (record, epoch) => {
    if (isTied) record.noteTied(collection.owner)
    if (collection.isChanged) record.noteMembers(collection, isNew ? written.added : undefined)
    collection.accept(written)
    if (collection.epoch === 0) collection.epoch = epoch // a new object's members are all known
  }
}

function acceptOne(state: InstanceState, index: number, slot: OneSlot): Accept {
  return (record, epoch) => {
    record.noteTarget(state, index, slot.before)
    if (state.relations?.[index] === slot)
      state.relations[index] = new OneSlot(slot.target, slot.epoch === 0 ? epoch : slot.epoch)
  }
}

function acceptReference(
  state: InstanceState,
  mapper: Mapper,
  index: number,
  slot: ReferenceSlot,
): void {
  const relation = state.definition.relations[index]
  if (relation === undefined || state.relations?.[index] !== slot) return
  const columns = mapper.relationships.get(relation.name)?.localColumns ?? []
  const key = columns.map(({ ordinal }) => mapper.rows.decode(ordinal, state.row?.[ordinal]))
  state.relations[index] = new ReferenceSlot(slot.target, key, false)
}
