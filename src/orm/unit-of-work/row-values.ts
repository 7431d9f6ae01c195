import { ArgumentError, FlushError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import { Expression } from '../../sql/index.ts'
import { ownDiscriminator, type Mapper, type Relationship } from '../mapping/index.ts'
import {
  changesOf,
  findState,
  ReferenceSlot,
  ownValue,
  type InstanceState,
} from '../state/index.ts'
import type { Dependency, InsertRow, LateValue, UpdateRow } from './plan.ts'

/** The row of a new object. Values are checked and encoded here, before anything is sent. @throws {ArgumentError} ARGUMENT naming the column. */
export function insertRowOf(state: InstanceState, mapper: Mapper): InsertRow {
  const { values: references, late, after } = referencesOf(state, mapper)
  const values: unknown[] = mapper.rowColumns.map(() => undefined)
  for (const column of mapper.columns) {
    const reference = references.get(column.ordinal)
    values[column.ordinal] = insertValue(
      mapper,
      column,
      reference === undefined ? ownValue(state.entity, column.property) : reference,
    )
  }
  for (const { ordinal, relationship } of late)
    values[ordinal] = relationship.rules.postUpdate ? null : LATE
  for (const column of mapper.columns) checkPresent(state, mapper, column, values[column.ordinal])
  return {
    state,
    values,
    late: late.filter(({ relationship }) => !relationship.rules.postUpdate),
    after,
  }
}

/** Stands in `values` for what another row's insert will give. */
export const LATE: unique symbol = Symbol('late')

/** UPDATEs that set foreign keys marked `postUpdate` once both rows exist. */
export function postInsertRows(states: readonly InstanceState[], mapper: Mapper): UpdateRow[] {
  return states.flatMap((state) => {
    const late = referencesOf(state, mapper).late.filter(
      ({ relationship }) => relationship.rules.postUpdate,
    )
    if (late.length === 0) return []
    const ordinals = late.map(({ ordinal }) => ordinal)
    return [
      {
        state,
        ordinals,
        values: ordinals.map(() => LATE),
        late,
        generated: ordinals,
        version: undefined,
      },
    ]
  })
}

/** UPDATEs that take foreign keys marked `postUpdate` back, so that rows which refer to each other can go. */
export function preDeleteRows(states: readonly InstanceState[], mapper: Mapper): UpdateRow[] {
  const ordinals = [...mapper.relationships.values()].flatMap(({ rules, localColumns }) =>
    rules.postUpdate ? localColumns.map(({ ordinal }) => ordinal) : [],
  )
  const holders = states.filter((state) =>
    ordinals.some((ordinal) => state.row?.[ordinal] !== null),
  )
  if (ordinals.length === 0) return []
  return holders.map((state) => ({
    state,
    ordinals,
    values: ordinals.map(() => null),
    late: [],
    generated: [],
    version: undefined,
  }))
}

function insertValue(mapper: Mapper, column: Column, value: unknown): unknown {
  const facts = mapper.factsOf(column)
  if (facts.version) return 1
  if (facts.discriminator) {
    ownDiscriminator(mapper.definition, column.property, { name: mapper.name, given: value })
    return mapper.discriminatorOf(column)
  }
  if (value === undefined) return undefined
  if (facts.computed !== undefined)
    throw new ArgumentError(
      `Cannot write ${mapper.name}.${column.property}: the database computes it. Leave it unset.`,
    )
  return mapper.converters[column.ordinal]?.bind(value)
}

function checkPresent(state: InstanceState, mapper: Mapper, column: Column, value: unknown): void {
  const facts = mapper.factsOf(column)
  if (
    value !== undefined ||
    facts.nullable ||
    facts.autoIncrement ||
    facts.serverDefault !== undefined ||
    facts.computed !== undefined
  )
    return
  const relation = [...mapper.relationships.values()].find(
    (candidate) => candidate.localColumns.includes(column) && candidate.holdsForeignKey,
  )
  const how =
    relation === undefined
      ? `Set ${column.property}`
      : `Set ${relation.name}, or ${column.property}`
  throw new FlushError(
    `Cannot insert ${state.label}: ${mapper.name}.${column.property} has no value and may not be null. ${how} before the flush.`,
    {
      objects: [state.entity],
      info: { model: mapper.name, property: column.property },
    },
  )
}

/** What assigned relations say of the foreign keys of a row. */
interface References {
  /** Known now. */
  readonly values: Map<number, unknown>
  /** Given by a target that the same flush inserts, or `postUpdate`. */
  readonly late: LateValue[]
  readonly after: Dependency[]
}

function referencesOf(state: InstanceState, mapper: Mapper): References {
  const references: References = { values: new Map(), late: [], after: [] }
  for (const relationship of state.relations === null ? [] : mapper.relationships.values()) {
    const slot = state.relations?.[relationship.index]
    if (
      !(slot instanceof ReferenceSlot) ||
      !slot.isChanged ||
      !stillHolds(slot, state, relationship)
    )
      continue
    noteReference(
      references,
      relationship,
      slot.target === null ? null : targetState(state, relationship, slot.target),
    )
  }
  return references
}

function noteReference(
  { values, late, after }: References,
  relationship: Relationship,
  target: InstanceState | null,
): void {
  const { postUpdate } = relationship.rules
  const key = keyOfTarget(target, relationship)
  const isNew = target?.phase === 'pending'
  if (isNew && (postUpdate || key.includes(undefined)))
    late.push(...lateValues(target, relationship))
  else
    for (const [i, column] of relationship.localColumns.entries())
      values.set(column.ordinal, key[i])
  if (isNew && !postUpdate) after.push({ parent: target, relationship })
}

function keyOfTarget(target: InstanceState | null, { remoteColumns }: Relationship): unknown[] {
  return remoteColumns.map(({ property }) =>
    target === null ? null : ownValue(target.entity, property),
  )
}

function lateValues(parent: InstanceState, relationship: Relationship): LateValue[] {
  return relationship.localColumns.map(({ ordinal }, i) => ({
    ordinal,
    parent,
    property: relationship.remoteColumns[i]?.property ?? '',
    relationship,
  }))
}

/** An assigned object counts as long as the foreign key was not set to something else afterwards. */
function stillHolds(
  slot: ReferenceSlot,
  state: InstanceState,
  relationship: Relationship,
): boolean {
  return relationship.descriptor.foreignKey.every(
    (property, i) => ownValue(state.entity, property) === slot.foreignKey[i],
  )
}

function targetState(
  state: InstanceState,
  relationship: Relationship,
  target: object,
): InstanceState {
  const found = findState(target)
  if (found?.phase === 'pending' || found?.phase === 'persistent') return found
  throw new FlushError(
    `Cannot flush ${state.label}: its ${relationship.label} is ${found?.label ?? 'no mapped object'}, which was never added to the session. Add it with session.add(), or set another object.`,
    {
      objects: [state.entity, target],
    },
  )
}

/** Whether the flush would write columns of a persistent object, apart from what is written along with them. */
export function isRowChanged(state: InstanceState, mapper: Mapper): boolean {
  return changedOrdinals(state, mapper, referencesOf(state, mapper)).size > 0
}

function changedOrdinals(
  state: InstanceState,
  mapper: Mapper,
  { values, late }: References,
): Set<number> {
  const changed = new Set(changesOf(state))
  for (const [ordinal, value] of values)
    if (mapper.converters[ordinal]?.bind(value) !== state.row?.[ordinal]) changed.add(ordinal)
  for (const value of late) changed.add(value.ordinal)
  return changed
}

/** The changed columns of a persistent object; null when relations changed and columns did not. @throws {ArgumentError} ARGUMENT naming what may not be changed. */
export function updateRowOf(state: InstanceState, mapper: Mapper): UpdateRow | null {
  const references = referencesOf(state, mapper)
  const { values: given, late } = references
  const changed = changedOrdinals(state, mapper, references)
  if (changed.size === 0) return null
  for (const ordinal of changed) checkChangeable(state, mapper, ordinal)
  for (const [ordinal, value] of onUpdateValues(mapper, changed)) {
    given.set(ordinal, value)
    changed.add(ordinal)
  }
  const ordinals = [...changed].toSorted((a, b) => a - b)
  const values = ordinals.map((ordinal) => {
    if (late.some((value) => value.ordinal === ordinal)) return LATE
    const property = mapper.rowColumns[ordinal]?.property ?? ''
    const value = given.has(ordinal) ? given.get(ordinal) : ownValue(state.entity, property)
    return value instanceof Expression ? value : mapper.converters[ordinal]?.bind(value)
  })
  return {
    state,
    ordinals,
    values,
    late,
    generated: [...given.keys(), ...late.map(({ ordinal }) => ordinal)],
    version: versionOf(state, mapper),
  }
}

/** The row that a new object takes over from a deleted one with its key: all columns are written. What neither the object nor a default gives becomes null where it may. */
export function switchRowOf(
  state: InstanceState,
  replaces: InstanceState,
  mapper: Mapper,
): UpdateRow {
  const { values, late } = insertRowOf(state, mapper)
  const isWritten = (column: Column): boolean =>
    !column.primaryKey && column.computed === undefined && column !== mapper.versionColumn
  const mayBeNull = ({ property }: Column): boolean =>
    mapper.definition.columns.get(property)?.nullable ?? true // a column of another model of the table
  const stored = mapper.rowColumns.filter(({ table }) => mapper.tables.includes(table))
  const ordinals = stored.flatMap((column) =>
    isWritten(column) && (values[column.ordinal] !== undefined || mayBeNull(column))
      ? [column.ordinal]
      : [],
  )
  const unset = mapper.columns.flatMap(({ ordinal, property }) =>
    ownValue(state.entity, property) === undefined ? [ordinal] : [],
  )
  return {
    state,
    replaces,
    ordinals,
    values: ordinals.map((ordinal) => values[ordinal] ?? null),
    late,
    generated: [...unset, ...late.map(({ ordinal }) => ordinal)],
    version: versionOf(replaces, mapper),
  }
}

function checkChangeable(state: InstanceState, mapper: Mapper, ordinal: number): void {
  const column = mapper.rowColumns[ordinal]
  if (column === undefined) return
  const facts = mapper.factsOf(column)
  const reason = column.primaryKey
    ? 'it is part of the primary key. Insert a new object and delete this one'
    : facts.version
      ? 'athanor counts it. To compare a form with the row call session.expectVersion(object, n)'
      : facts.discriminator
        ? 'it says of which model the row is. Insert an object of the other model and delete this one'
        : facts.computed === undefined
          ? undefined
          : 'the database computes it. Leave it as it is'
  if (reason === undefined) return
  throw new ArgumentError(
    `Cannot change ${mapper.name}.${column.property} of ${state.label}: ${reason}.`,
    { info: { model: mapper.name, property: column.property } },
  )
}

function onUpdateValues(
  mapper: Mapper,
  changed: ReadonlySet<number>,
): [ordinal: number, value: unknown][] {
  return mapper.columns.flatMap((column) => {
    const { onUpdate } = mapper.factsOf(column)
    return onUpdate === undefined || changed.has(column.ordinal)
      ? []
      : [[column.ordinal, onUpdate()] as [number, unknown]]
  })
}

/** The version that the row must have: a form's where one was expected, else the one that was read. */
export function versionOf(state: InstanceState, mapper: Mapper): number | undefined {
  const column = mapper.versionColumn
  if (column === undefined) return undefined
  return state.expectedVersion ?? Number(state.row?.[column.ordinal])
}
