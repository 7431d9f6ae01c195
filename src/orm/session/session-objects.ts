import { ArgumentError, InvalidRequestError } from '../../errors/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import { hydrate } from '../loading/index.ts'
import { Projection, type IdentityKey, type Mapper } from '../mapping/index.ts'
import {
  defineKey,
  isIncomplete,
  markRelationsStale,
  materialize,
  promote,
  rejoin,
  type InstanceState,
} from '../state/index.ts'
import { noteReachable, ownedBy } from './cascades.ts'
import { keyOf } from './keys.ts'
import { readByKey } from './refresh.ts'
import type { SessionCore } from './session-core.ts'
import { discardChanges, discardColumns } from './transaction-record.ts'

/** How objects come into a session, are found in it, and leave it. */
export class SessionObjects {
  readonly #core: SessionCore

  constructor(core: SessionCore) {
    this.#core = core
  }

  /** As `reference`. @throws {InvalidRequestError} INVALID_REQUEST where the key is that of an object of another model. */
  requireReference(mapper: Mapper, key: readonly unknown[]): InstanceState {
    const found = this.reference(mapper, key)
    if (found !== null) return found
    throw new InvalidRequestError(
      `Cannot refer to a ${mapper.name}: the object of this key is of another model that shares its table. Refer to ${mapper.root.name}, or check the key.`,
    )
  }

  /** The object with this key: the session's own, or one with nothing but the key; null where the session's own is of another model. */
  reference(mapper: Mapper, key: readonly unknown[]): InstanceState | null {
    const stored = storedKey(mapper, key)
    const identity = mapper.identityOf(key)
    if (identity === null)
      throw new ArgumentError(
        `Cannot refer to ${mapper.name}: a part of the key is missing. Give all of ${mapper.keyColumns.map(({ property }) => property).join(', ')}.`,
      )
    const known = this.#core.identityMap.get(mapper, identity)
    if (known !== undefined) return is(known, mapper) || becomes(known, mapper) ? known : null
    const state = materialize(mapper.model)
    state.phase = 'persistent'
    state.session = this.#core
    state.mapper = mapper
    state.identity = identity
    state.epoch = this.#core.epoch
    defineKey(state, mapper, stored)
    this.#core.identityMap.add(mapper, identity, state)
    return state
  }

  /** The object with this key, from memory where it is there and not stale. Hot: bench `a`, `a2`, `a3`. */
  get(model: object, key: unknown): MaybePromise<InstanceState | null> {
    this.#core.checkMayBegin('get')
    const mapper = this.#core.mapperOf(model)
    const values = keyOf(mapper, key)
    const stored = storedKey(mapper, values)
    const identity = mapper.identityOf(values)
    if (identity === null) return null
    const known = this.#inMemory(mapper, identity)
    if (known !== undefined && this.#core.queue.isFree) return known
    const read = (): MaybePromise<InstanceState | null> => {
      const now = this.#inMemory(mapper, identity)
      if (now !== undefined) return now
      return andThen(this.#core.autoflush('get'), () => this.#readOne(mapper, identity, stored))
    }
    return this.#core.inTurn('get', read, () => this.#core.mayShareRead(mapper.engineKey))
  }

  /** The object with this key, from memory where it is there and not stale, else by one statement. Flushes nothing. */
  find(mapper: Mapper, key: readonly unknown[]): MaybePromise<InstanceState | null> {
    const identity = mapper.identityOf(key)
    if (identity === null) return null
    return (
      this.#inMemory(mapper, identity) ?? this.#readOne(mapper, identity, storedKey(mapper, key))
    )
  }

  #readOne(
    mapper: Mapper,
    identity: IdentityKey,
    stored: readonly unknown[],
  ): MaybePromise<InstanceState | null> {
    return andThen(readByKey(this.#core, mapper, stored), (row) =>
      row === undefined
        ? this.#forgetGone(mapper, identity)
        : hydrate(this.#core.hydration(), mapper, row, Projection.of(mapper, mapper.usualColumns)),
    )
  }

  /** There is no row any more. */
  #forgetGone(mapper: Mapper, identity: IdentityKey): null {
    const gone = this.#core.identityMap.get(mapper, identity)
    if (gone !== undefined && is(gone, mapper)) this.forget(gone)
    return null
  }

  /** The object if it can be given without asking the database; null when its row is one of another model. */
  #inMemory(mapper: Mapper, identity: IdentityKey): InstanceState | null | undefined {
    const known = this.#core.identityMap.get(mapper, identity)
    if (known === undefined || known.isHollow || known.epoch !== this.#core.epoch) return undefined
    if (known.isPartial && isIncomplete(known, mapper)) return undefined
    return is(known, mapper) ? known : null
  }

  /** Discards unflushed changes, or those of some columns, and marks the object: the next load reads its row. */
  expire(state: InstanceState, columns?: readonly string[]): void {
    this.markStale(state)
    if (columns === undefined) {
      discardChanges(state)
      markRelationsStale(state)
    } else discardColumns(state, columns)
  }

  /** The next load reads the row again; changes stay. */
  markStale(state: InstanceState): void {
    state.epoch = this.#core.epoch - 1
  }

  /** As `markStale`, for all objects of a model and its family: which rows were touched is not known, or not what is in them. */
  markAllStale(mapper: Mapper): void {
    for (const state of this.#core.identityMap.of(mapper).values()) this.markStale(state)
  }

  /** A statement past the unit of work has changed the row of an object in memory. */
  noteUpdated(
    state: InstanceState,
    mapper: Mapper,
    row: readonly unknown[],
    projection: Projection | undefined,
  ): void {
    this.#core.transaction.record.note({ state, mapper, kind: 'updated', row, generated: [] })
    hydrate(this.#core.hydration('refresh'), mapper, row, projection)
  }

  /** A statement past the unit of work has deleted the row of an object in memory. */
  noteDeleted(state: InstanceState): void {
    this.#core.transaction.record.noteDeleted(state)
    this.#core.work.deleted.delete(state)
    this.#core.identityMap.remove(state)
    state.phase = 'deleted'
    state.wasDeleted = true
  }

  /** Puts an object and everything new that it leads to under the session's care. */
  add(state: InstanceState): void {
    this.#core.checkOpen('add')
    this.#addOne(state)
    const found: InstanceState[] = [] // grows while it is walked, so that objects are added in the order in which they are reached
    noteReachable(state, found)
    for (const next of found) if (this.#addOne(next)) noteReachable(next, found)
  }

  /** Whether it was not in the session before. What those that were lead to is in it already. */
  #addOne(state: InstanceState): boolean {
    if (
      state.session === this.#core &&
      (state.phase === 'pending' || state.phase === 'persistent')
    ) {
      this.#core.work.deleted.delete(state)
      return false
    }
    if (state.phase === 'deleted' || state.wasDeleted) {
      throw new InvalidRequestError(
        `Cannot add ${state.label}: its row was deleted in this session. To insert it again, make a new object of its values.`,
      )
    }
    this.#checkForeign(state)
    const mapper = this.#core.mapperOf(state.entity.constructor)
    this.#core.transaction.autobegin('add')
    state.mapper = mapper
    state.session = this.#core
    if (state.row === null) {
      state.phase = 'pending'
      this.#core.work.pending.add(state)
      if (state.wasRolledBack) rejoin(state)
    } else this.#attach(state, mapper)
    return true
  }

  #checkForeign(state: InstanceState): void {
    const other = state.openSession
    if (other === undefined || other === this.#core) return
    throw new InvalidRequestError(
      `Cannot add ${state.label}: it already belongs to ${other.name}; this is ${this.#core.name}. Take it out there with expunge(), or use that session.`,
    )
  }

  #attach(state: InstanceState, mapper: Mapper): void {
    const twin =
      state.identity === null ? undefined : this.#core.identityMap.get(mapper, state.identity)
    if (twin !== undefined && twin !== state) {
      throw new InvalidRequestError(
        `Cannot add ${state.label}: another object of the same row is in this session already. Change that one: await session.get(${mapper.name}, …).`,
      )
    }
    state.phase = 'persistent'
    state.epoch = this.#core.epoch - 1 // its values may be out of date
    state.readIn = 0
    if (state.identity !== null) this.#core.identityMap.add(mapper, state.identity, state)
  }

  /** Takes an object out of the session, with what goes with it wherever it goes. */
  expunge(state: InstanceState): void {
    const found = new Set([state]) // grows while it is walked
    for (const next of found) {
      for (const member of ownedBy(this.#core.mapperOfState(next), next))
        if (member.session === this.#core) found.add(member)
    }
    for (const each of found) this.forget(each)
  }

  /** Takes all objects out of the session. */
  forgetAll(): void {
    for (const state of [...this.#core.identityMap, ...this.#core.work.pending]) this.forget(state)
  }

  /** Takes an object out of the session: persistent becomes detached, pending transient. Its values and changes stay. */
  forget(state: InstanceState): void {
    this.#core.identityMap.remove(state)
    this.#core.work.pending.delete(state)
    this.#core.work.deleted.delete(state)
    state.siblings?.delete(state)
    state.siblings = null
    state.referrers = null
    state.phase = state.row === null ? 'transient' : 'detached'
    state.session = null
  }
}

/** Whether it is an object of the mapper's model. */
function is(state: InstanceState, mapper: Mapper): boolean {
  return state.mapper?.isA(mapper) === true
}

/** An object with nothing but its key is taken for what the program says it is. */
function becomes(state: InstanceState, mapper: Mapper): boolean {
  return state.isHollow && promote(state, mapper)
}

/** Stored forms of the values of a key. @throws {ArgumentError} ARGUMENT naming the column. */
function storedKey(mapper: Mapper, key: readonly unknown[]): unknown[] {
  return mapper.keyColumns.map((column, i) => mapper.converters[column.ordinal]?.bind(key[i]))
}
