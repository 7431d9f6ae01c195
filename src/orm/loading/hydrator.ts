import type { Mapper, Projection } from '../mapping/index.ts'
import {
  addColumns,
  defineRow,
  fillRow,
  isModified,
  materialize,
  overwriteRow,
  promote,
  type IdentityMap,
  type InstanceState,
  type SessionPort,
  type Siblings,
} from '../state/index.ts'

/** How rows meet objects that are in memory already. */
export type MergeMode =
  /** Loaded values stay; stale and missing ones are taken from the row. */
  | 'keep'
  /** As `keep`, and unchanged objects are refreshed: the row is locked, so that it is the truth. */
  | 'refresh'
  /** The row overwrites all, unflushed changes included. */
  | 'overwrite'

/** What the rows of one statement become. */
export interface Hydration {
  readonly session: SessionPort
  readonly identityMap: IdentityMap
  readonly mode: MergeMode
  /** The session's epoch when the statement began: rows of an older epoch never refresh an object (settled H10). */
  readonly epoch: number
  /** The transaction that the statement ran in; 0 = a leased read. */
  readonly transactionId: number
}

/** The objects of rows of one table, in the order of the rows. The rows have all its columns, or those of the projection. Hot: once a row; bench `b`, 100 rows. */
export function hydrateAll(
  hydration: Hydration,
  mapper: Mapper,
  rows: readonly (readonly unknown[])[],
  projection?: Projection,
): InstanceState[] {
  const siblings: Siblings | null = rows.length > 1 ? new Set() : null
  const states: InstanceState[] = []
  for (const row of rows) {
    const state = hydrate(hydration, mapper, row, projection)
    if (state === null) continue
    states.push(state)
    if (siblings !== null) join(state, siblings, rows.length)
  }
  return states
}

/** Makes an object one of the siblings, of which there will be about `size`. One that came with a larger result before stays with that one. */
export function join(state: InstanceState, siblings: Siblings, size: number): void {
  if (state.siblings !== null && state.siblings !== siblings) {
    if (state.siblings.size > size) return
    state.siblings.delete(state)
  }
  state.siblings = siblings
  siblings.add(state)
}

/**
 * The object of a row of `asked`, or of a model that inherits from it: the session's own where it has one; null where the row has no key (the empty side of an outer join).
 *
 * @throws {DataError} UNKNOWN_DISCRIMINATOR.
 */
export function hydrate(
  hydration: Hydration,
  asked: Mapper,
  values: readonly unknown[],
  projection?: Projection,
): InstanceState | null {
  const row = projection === undefined ? values : projection.place(values)
  const identity = asked.identityOfRow(row)
  if (identity === null) return null
  const mapper = asked.family === undefined ? asked : asked.family.memberOf(row, asked)
  const states = hydration.identityMap.of(mapper)
  const known = states.get(identity)
  if (known !== undefined && merge(hydration, known, { mapper, row, projection })) return known
  const state = materialize(mapper.model)
  state.phase = 'persistent'
  state.session = hydration.session
  state.mapper = mapper
  state.identity = identity
  state.epoch = hydration.epoch
  state.readIn = hydration.transactionId
  defineRow(state, mapper, row, projection)
  states.set(identity, state)
  return state
}

/** A row with a place for each column of the table. */
interface ReadRow {
  readonly mapper: Mapper
  readonly row: readonly unknown[]
  /** What of it was read; undefined = all. */
  readonly projection: Projection | undefined
}

/** Brings an object in step with its row. False where it cannot be: the row is one of another model, and the object is let go. */
function merge(
  hydration: Hydration,
  state: InstanceState,
  { mapper, row, projection }: ReadRow,
): boolean {
  const take = takingOf(hydration, state)
  if (take === undefined) {
    if (state.isPartial && state.mapper === mapper) addColumns(state, mapper, row)
    return true
  }
  if (state.mapper !== mapper && !promote(state, mapper)) {
    state.makeDetached()
    return false
  }
  take(state, mapper, row, projection)
  state.epoch = hydration.epoch
  state.readIn = hydration.transactionId
  return true
}

/** How an object takes a row over; undefined = what is in memory stays. */
function takingOf(
  { session, mode, epoch }: Hydration,
  state: InstanceState,
): typeof fillRow | undefined {
  if (state.isHollow && mode !== 'overwrite') return fillRow
  if (epoch !== session.epoch) return undefined
  const isRefreshed = (mode === 'refresh' || state.epoch !== epoch) && !isModified(state)
  return mode === 'overwrite' || isRefreshed ? overwriteRow : undefined
}
