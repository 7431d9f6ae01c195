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

/** The row of a new object. Values are checked and encoded here, before anything is sent. Hot: once a new object. @throws {ArgumentError} ARGUMENT naming the column. */
export function insertRowOf(state: InstanceState, mapper: Mapper): InsertRow {
  const { known, late, after } = referencesOf(state, mapper)
  const { isOrdinary, mayBeAbsent } = mapper.compiled('insert', () => insertFactsOf(mapper))
  const values: unknown[] = mapper.rowColumns.map(() => undefined)
  for (const { ordinal, relationship } of late)
    values[ordinal] = relationship.rules.postUpdate ? null : LATE
  for (const column of mapper.columns) {
    const { ordinal } = column
    if (values[ordinal] !== undefined) continue
    const reference = saidOf(ordinal, known)?.value
    const value = reference === undefined ? ownValue(state.entity, column.property) : reference
    if (isOrdinary[ordinal] !== true) values[ordinal] = insertValue(mapper, column, value)
    else if (value !== undefined) values[ordinal] = mapper.converters[ordinal]?.bind(value)
    if (values[ordinal] === undefined && mayBeAbsent[ordinal] !== true)
      throw absent(state, mapper, column)
  }
  return {
    state,
    values,
    late: late.filter(isInserted),
    after,
  }
}

/** Whether the value is written with its row, and not by an UPDATE behind it. */
function isInserted({ relationship }: LateValue): boolean {
  return !relationship.rules.postUpdate
}

/** Stands in `values` for what another row's insert will give. */
export const LATE: unique symbol = Symbol('late')

/** UPDATEs that set foreign keys marked `postUpdate` once both rows exist. */
export function postInsertRows(states: readonly InstanceState[], mapper: Mapper): UpdateRow[] {
  if (![...mapper.relationships.values()].some(({ rules }) => rules.postUpdate)) return []
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

/** What an INSERT has to know of columns, by ordinal. */
interface InsertFacts {
  /** The property says the value. */
  readonly isOrdinary: readonly boolean[]
  /** The database makes a value, or NULL. */
  readonly mayBeAbsent: readonly boolean[]
}

function insertFactsOf(mapper: Mapper): InsertFacts {
  const isOrdinary: boolean[] = []
  const mayBeAbsent: boolean[] = []
  for (const column of mapper.columns) {
    const facts = mapper.factsOf(column)
    isOrdinary[column.ordinal] =
      !facts.version && !facts.discriminator && facts.computed === undefined
    mayBeAbsent[column.ordinal] =
      facts.nullable ||
      facts.autoIncrement ||
      facts.serverDefault !== undefined ||
      facts.computed !== undefined
  }
  return { isOrdinary, mayBeAbsent }
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

function absent(state: InstanceState, mapper: Mapper, column: Column): FlushError {
  const relation = [...mapper.relationships.values()].find(
    (candidate) => candidate.localColumns.includes(column) && candidate.holdsForeignKey,
  )
  const how =
    relation === undefined
      ? `Set ${column.property}`
      : `Set ${relation.name}, or ${column.property}`
  return new FlushError(
    `Cannot insert ${state.label}: ${mapper.name}.${column.property} has no value and may not be null. ${how} before the flush.`,
    {
      objects: [state.entity],
      info: { model: mapper.name, property: column.property },
    },
  )
}

/** The value of a column that its property does not say. */
interface GivenValue {
  readonly ordinal: number
  readonly value: unknown
}

/** What assigned relations say of the foreign keys of a row. */
interface References {
  /** Known now. */
  readonly known: readonly GivenValue[]
  /** Given by a target that the same flush inserts, or `postUpdate`. */
  readonly late: readonly LateValue[]
  readonly after: readonly Dependency[]
}

const NO_REFERENCES: References = { known: [], late: [], after: [] }

function referencesOf(state: InstanceState, mapper: Mapper): References {
  if (state.relations === null) return NO_REFERENCES
  const references = { known: [], late: [], after: [] }
  for (const relationship of mapper.relationships.values()) {
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
  {
    known,
    late,
    after,
  }: {
    readonly known: GivenValue[]
    readonly late: LateValue[]
    readonly after: Dependency[]
  },
  relationship: Relationship,
  target: InstanceState | null,
): void {
  const { rules, localColumns } = relationship
  const { postUpdate } = rules
  const key = keyOfTarget(target, relationship)
  const isNew = target?.phase === 'pending'
  if (isNew && (postUpdate || key.includes(undefined)))
    for (const value of lateValues(target, relationship)) late.push(value)
  else localColumns.forEach(({ ordinal }, i) => known.push({ ordinal, value: key[i] }))
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
  return changedOrdinals(state, mapper, referencesOf(state, mapper)).length > 0
}

function changedOrdinals(
  state: InstanceState,
  mapper: Mapper,
  { known, late }: References,
): number[] {
  const changed = changesOf(state) ?? []
  for (const { ordinal, value } of known)
    if (mapper.converters[ordinal]?.bind(value) !== state.row?.[ordinal]) note(changed, ordinal)
  for (const { ordinal } of late) note(changed, ordinal)
  return changed
}

/** The changed columns of a persistent object; null when relations changed and columns did not. @throws {ArgumentError} ARGUMENT naming what may not be changed. */
export function updateRowOf(state: InstanceState, mapper: Mapper): UpdateRow | null {
  const references = referencesOf(state, mapper)
  const { known, late } = references
  const changed = changedOrdinals(state, mapper, references)
  if (changed.length === 0) return null
  for (const ordinal of changed) checkChangeable(state, mapper, ordinal)
  const given = [...known, ...onUpdateValues(mapper, changed)]
  for (const { ordinal } of given.slice(known.length)) changed.push(ordinal)
  const ordinals = changed.toSorted((a, b) => a - b)
  const values = ordinals.map((ordinal) => {
    if (late.some((value) => value.ordinal === ordinal)) return LATE
    const property = mapper.rowColumns[ordinal]?.property ?? ''
    const said = saidOf(ordinal, given)
    const value = said === undefined ? ownValue(state.entity, property) : said.value
    return value instanceof Expression ? value : mapper.converters[ordinal]?.bind(value)
  })
  return {
    state,
    ordinals,
    values,
    late,
    generated: [...given, ...late].map(({ ordinal }) => ordinal),
    version: versionOf(state, mapper),
  }
}

/** What was said last of a column. */
function saidOf(ordinal: number, given: readonly GivenValue[]): GivenValue | undefined {
  for (let i = given.length - 1; i >= 0; i -= 1) if (given[i]?.ordinal === ordinal) return given[i]
  return undefined
}

function note(ordinals: number[], ordinal: number): void {
  if (!ordinals.includes(ordinal)) ordinals.push(ordinal)
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

function onUpdateValues(mapper: Mapper, changed: readonly number[]): GivenValue[] {
  const renewed = mapper.compiled('columns with onUpdate', () =>
    mapper.columns.filter((column) => mapper.factsOf(column).onUpdate !== undefined),
  )
  return renewed.flatMap((column) =>
    changed.includes(column.ordinal)
      ? []
      : [{ ordinal: column.ordinal, value: mapper.factsOf(column).onUpdate?.() }],
  )
}

/** The version that the row must have: a form's where one was expected, else the one that was read. */
export function versionOf(state: InstanceState, mapper: Mapper): number | undefined {
  const column = mapper.versionColumn
  if (column === undefined) return undefined
  return state.expectedVersion ?? Number(state.row?.[column.ordinal])
}
