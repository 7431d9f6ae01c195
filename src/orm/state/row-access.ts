import type { Mapper } from '../mapping/index.ts'
import { createFieldDefiner, defineField, type FieldDefiner } from './field-definer.ts'
import type { InstanceState, Properties } from './instance-state.ts'
import { materialize } from './root.ts'

interface RowDefiners {
  readonly all: FieldDefiner
  readonly key: FieldDefiner
}

const definers = new WeakMap<Mapper, RowDefiners>()

/**
 * One object of each model that is never given away. V8 holds hidden classes weakly: with the last object of a model it would forget its shape, and all code
 * that was optimized for it (bench `b`: 2.6 times the raw driver instead of 3.3 to 5).
 */
const exemplars = new WeakMap<Mapper, object>()

function exemplarOf(mapper: Mapper, all: FieldDefiner): object {
  const { entity } = materialize(mapper.model)
  all.define(entity, [])
  return entity
}

function definersOf(mapper: Mapper): RowDefiners {
  let known = definers.get(mapper)
  if (known === undefined) {
    const properties = mapper.rowColumns.map((column) =>
      mapper.columns.includes(column) ? column.property : undefined,
    )
    const converters = mapper.rowColumns.map(({ ordinal }) => mapper.converters[ordinal])
    const keys = mapper.keyColumns.length
    known = {
      all: createFieldDefiner(properties, converters),
      key: createFieldDefiner(properties.slice(0, keys), converters.slice(0, keys)),
    }
    definers.set(mapper, known)
    exemplars.set(mapper, exemplarOf(mapper, known.all))
  }
  return known
}

/** Gives an object all columns of its row, which is kept as the snapshot: no copy is made. Hot: once a row. */
export function defineRow(state: InstanceState, mapper: Mapper, row: readonly unknown[]): void {
  definersOf(mapper).all.define(state.entity, row)
  state.row = row
  state.isHollow = false
  state.isExpired = false
}

/** Gives an object nothing but its key; `row` has stored forms of the key columns. */
export function defineKey(state: InstanceState, mapper: Mapper, row: readonly unknown[]): void {
  definersOf(mapper).key.define(state.entity, row)
  state.row = row
  state.isHollow = true
}

/** Ordinals of the columns that were changed since the row was read or written; null when none was. */
export function changesOf(state: InstanceState): number[] | null {
  const { mapper, row } = state
  if (mapper === null || row === null) return null
  if (!state.isHollow) return mapper.rows.changes(state.properties, row)
  const set = mapper.columns.filter(
    ({ ordinal, property }) =>
      Object.hasOwn(state.entity, property) &&
      mapper.rows.differs(ordinal, state.properties[property], row[ordinal]),
  )
  return set.length === 0 ? null : set.map((column) => column.ordinal)
}

/** Whether a relation of the object was changed and not flushed. */
function hasChangedRelation(state: InstanceState): boolean {
  return (
    state.relations !== null && state.relations.some((slot) => slot !== undefined && slot.isChanged)
  )
}

/** Whether a column or relation of the object was changed and not flushed. */
export function isModified(state: InstanceState): boolean {
  return changesOf(state) !== null || hasChangedRelation(state)
}

/** Overwrites the object's columns with what a row says, where it says something else. */
export function overwriteRow(state: InstanceState, mapper: Mapper, row: readonly unknown[]): void {
  if (state.isHollow) {
    state.referrers = null
    defineRow(state, mapper, row)
    return
  }
  const differing = mapper.rows.changes(state.properties, row) ?? []
  for (const ordinal of differing) setColumn(state, mapper, ordinal, row[ordinal])
  state.row = row
}

/** Fills what is not in memory and leaves what is, changed or not. */
export function fillRow(state: InstanceState, mapper: Mapper, row: readonly unknown[]): void {
  state.referrers = null
  const kept =
    changesOf(state)?.map(
      (ordinal) => [ordinal, state.properties[propertyAt(mapper, ordinal) ?? '']] as const,
    ) ?? []
  defineRow(state, mapper, row)
  for (const [ordinal, value] of kept) assign(state.properties, propertyAt(mapper, ordinal), value)
}

/** Takes all values but the key from memory; `byCommit` is for the message of whoever reads them. */
export function unload(state: InstanceState, byCommit: boolean): void {
  if (state.row === null || state.isHollow) return
  state.isHollow = true
  state.isExpired = byCommit
  state.relations = null
  for (const property of state.definition.properties)
    if (!state.definition.keyProperties.includes(property)) delete state.properties[property]
}

/** Sets one column to the value of a stored form; undefined takes it from memory. */
export function setColumn(
  state: InstanceState,
  mapper: Mapper,
  ordinal: number,
  stored: unknown,
): void {
  const property = propertyAt(mapper, ordinal)
  if (property === undefined) return
  if (stored === undefined) delete state.properties[property]
  else assign(state.properties, property, mapper.rows.decode(ordinal, stored))
}

function propertyAt(mapper: Mapper, ordinal: number): string | undefined {
  return mapper.rowColumns[ordinal]?.property
}

function assign(properties: Properties, property: string | undefined, value: unknown): void {
  if (property === undefined) return
  if (Object.hasOwn(properties, property)) properties[property] = value
  else defineField(properties, property, value)
}
