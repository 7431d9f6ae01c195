import type { Column } from '../../schema/index.ts'
import type { Mapper, Projection } from '../mapping/index.ts'
import { createFieldDefiner, defineField, type FieldDefiner } from './field-definer.ts'
import type { InstanceState, Properties } from './instance-state.ts'
import { isLacking } from './missing-columns.ts'
import { materialize } from './root.ts'

interface RowDefiners {
  readonly all: FieldDefiner
  readonly key: FieldDefiner
  /** Of rows that have some of the columns. */
  readonly some: Map<Projection, FieldDefiner>
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
    const keys = new Set(mapper.keyColumns)
    known = {
      all: definerOf(mapper, () => true),
      key: definerOf(mapper, (column) => keys.has(column)),
      some: new Map(),
    }
    definers.set(mapper, known)
    exemplars.set(mapper, exemplarOf(mapper, known.all))
  }
  return known
}

/** Gives an object all columns of its row, or those of the projection. The row is kept as the snapshot: no copy is made. Hot: once a row. */
export function defineRow(
  state: InstanceState,
  mapper: Mapper,
  row: readonly unknown[],
  projection?: Projection,
): void {
  const definer =
    projection === undefined ? definersOf(mapper).all : partDefiner(mapper, projection)
  definer.define(state.entity, row)
  state.row = row
  state.isHollow = false
  state.isPartial = projection !== undefined
  state.isExpired = false
}

function partDefiner(mapper: Mapper, projection: Projection): FieldDefiner {
  const { some } = definersOf(mapper)
  let definer = some.get(projection)
  if (definer === undefined) {
    definer = definerOf(mapper, (column) => projection.has(column))
    some.set(projection, definer)
  }
  return definer
}

/** Defines those of an object's columns that are read. A row has places for columns of other models too, which may be called the same. */
function definerOf(mapper: Mapper, isRead: (column: Column) => boolean): FieldDefiner {
  return createFieldDefiner(
    mapper.rowColumns.map((column) =>
      mapper.columns.includes(column) && isRead(column) ? column.property : undefined,
    ),
    mapper.rowColumns.map(({ ordinal }) => mapper.converters[ordinal]),
  )
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
  return state.isHollow || state.isPartial
    ? mapper.rows.partChanges(state.properties, row)
    : mapper.rows.changes(state.properties, row)
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

/**
 * Overwrites the object's columns with what a row says, where it says something else. Columns that are not in the row are taken from memory: they may be older than what is.
 */
export function overwriteRow(
  state: InstanceState,
  mapper: Mapper,
  row: readonly unknown[],
  projection?: Projection,
): void {
  if (state.isHollow) {
    state.referrers = null
    defineRow(state, mapper, row, projection)
    return
  }
  for (const ordinal of differing(state, mapper, row))
    setColumn(state, mapper, ordinal, row[ordinal])
  state.row = row
  state.isPartial = projection !== undefined
}

function differing(
  { isPartial, entity, properties }: InstanceState,
  { rows, columns }: Mapper,
  row: readonly unknown[],
): readonly number[] {
  const changed = isPartial ? rows.partChanges(properties, row) : rows.changes(properties, row)
  if (!isPartial) return changed ?? []
  const added = columns.filter(
    ({ ordinal, property }) => row[ordinal] !== undefined && !Object.hasOwn(entity, property),
  )
  return [...(changed ?? []), ...added.map(({ ordinal }) => ordinal)]
}

/** Adds the columns of a row that are not in memory, and leaves the others as they are, changed or not. */
export function addColumns(state: InstanceState, mapper: Mapper, row: readonly unknown[]): void {
  const known = [...(state.row ?? [])]
  for (const { ordinal, property } of mapper.columns) {
    if (row[ordinal] === undefined) continue
    if (!Object.hasOwn(state.entity, property)) setColumn(state, mapper, ordinal, row[ordinal])
    else if (known[ordinal] !== undefined) continue
    known[ordinal] = row[ordinal]
  }
  state.row = known
  state.isPartial = isLacking(state, mapper.columns)
}

/** Fills what is not in memory and leaves what is, changed or not. */
export function fillRow(
  state: InstanceState,
  mapper: Mapper,
  row: readonly unknown[],
  projection?: Projection,
): void {
  state.referrers = null
  const kept =
    changesOf(state)?.map(
      (ordinal) => [ordinal, state.properties[propertyAt(mapper, ordinal) ?? '']] as const,
    ) ?? []
  defineRow(state, mapper, row, projection)
  for (const [ordinal, value] of kept) assign(state.properties, propertyAt(mapper, ordinal), value)
}

/** Takes all values but the key from memory; `byCommit` is for the message of whoever reads them. */
export function unload(state: InstanceState, byCommit: boolean): void {
  if (state.row === null || state.isHollow) return
  state.isHollow = true
  state.isPartial = false
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
  if (stored === undefined) {
    delete state.properties[property]
    state.isPartial = true
  } else assign(state.properties, property, mapper.rows.decode(ordinal, stored))
}

function propertyAt(mapper: Mapper, ordinal: number): string | undefined {
  return mapper.rowColumns[ordinal]?.property
}

function assign(properties: Properties, property: string | undefined, value: unknown): void {
  if (property === undefined) return
  if (Object.hasOwn(properties, property)) properties[property] = value
  else defineField(properties, property, value)
}
