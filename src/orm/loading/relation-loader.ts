import type { Column } from '../../schema/index.ts'
import { selectInSql, type KeyListStatement } from '../../sql/index.ts'
import type { Command } from '../../engine/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import { Projection, type Mapper, type Relationship } from '../mapping/index.ts'
import {
  collectionOf,
  findState,
  foreignKeyOf,
  isIncomplete,
  isLacking,
  loadRefused,
  OneSlot,
  peekCollection,
  readRelation,
  refusesLoad,
  type InstanceState,
} from '../state/index.ts'
import { hydrate, join, type Hydration } from './hydrator.ts'

/** Most keys of one statement (SQLAlchemy's number for `selectin`). */
const CHUNK = 500

/** What a loader needs of the session: to send a read, and to make objects of rows. */
export interface LoaderContext {
  /** Set where relations are asked for after their query, so that they may refuse: whether it is only loaded along with a sibling, for which it was asked. */
  readonly isAlong?: (state: InstanceState) => boolean
  hydration(): Hydration
  read(engineKey: string, command: Command): MaybePromise<readonly unknown[][]>
}

/**
 * Loads a relation for all `owners` that have not got it, with one statement for each 500 keys.
 * @remarks Semantics: SQLAlchemy `selectinload`; a reference whose object is in memory costs nothing.
 */
export async function loadRelation(
  context: LoaderContext,
  relationship: Relationship,
  wanted: readonly InstanceState[],
): Promise<readonly InstanceState[]> {
  const { isAlong } = context
  const owners = isAlong === undefined ? wanted : allowed(relationship, wanted, isAlong)
  const blind = owners.filter(
    (owner) => owner.isPartial && isLacking(owner, relationship.localColumns),
  )
  if (blind.length > 0) await loadRows(context, relationship.owner, blind)
  if (relationship.holdsForeignKey) {
    await loadRows(context, relationship.target, targetsOf(owners, relationship))
    return owners
  }
  const missing = owners.filter((owner) => owner.row !== null && !isLoaded(owner, relationship))
  if (missing.length > 0) await loadMembers(context, relationship, missing)
  return owners
}

/** What a relation that is loaded leads to, from all `owners`. */
export function targetsOf(
  owners: readonly InstanceState[],
  relationship: Relationship,
): InstanceState[] {
  if (!relationship.holdsForeignKey)
    return owners.flatMap((owner) => membersOf(owner, relationship))
  const targets = new Set<InstanceState>()
  for (const owner of owners) {
    const target = readTarget(owner, relationship)
    if (target !== undefined) targets.add(target)
  }
  return [...targets]
}

/** Those of which the relation may be loaded. @throws {InvalidRequestError} LOAD_REFUSED for one that was asked for, whose relation would be read. */
function allowed(
  relationship: Relationship,
  owners: readonly InstanceState[],
  isAlong: (state: InstanceState) => boolean,
): readonly InstanceState[] {
  const { descriptor } = relationship
  return owners.filter((owner) => {
    if (!refusesLoad(owner, descriptor) || !wouldRead(owner, relationship)) return true
    if (isAlong(owner)) return false
    throw loadRefused(owner, descriptor)
  })
}

function wouldRead(owner: InstanceState, relationship: Relationship): boolean {
  if (!relationship.holdsForeignKey) return owner.row !== null && !isLoaded(owner, relationship)
  if (owner.isHollow || isLacking(owner, relationship.localColumns)) return true
  const target = readTarget(owner, relationship)
  return target !== undefined && (target.isHollow || target.isStale)
}

function isLoaded(owner: InstanceState, relationship: Relationship): boolean {
  const slot = owner.relations?.[relationship.index]
  const epoch = owner.session?.epoch
  if (slot instanceof OneSlot)
    return slot.isChanged || (slot.target !== undefined && slot.epoch === epoch)
  const collection = peekCollection(owner, relationship.descriptor)
  return (
    collection !== undefined &&
    (collection.replacement !== null || (collection.isWhole && collection.epoch === epoch))
  )
}

function membersOf(owner: InstanceState, relationship: Relationship): InstanceState[] {
  const slot = owner.relations?.[relationship.index]
  const members: readonly unknown[] =
    slot instanceof OneSlot
      ? [slot.target]
      : (peekCollection(owner, relationship.descriptor)?.list ?? [])
  return members.flatMap((member) => findState(member) ?? [])
}

/** belongsTo: the key is known. */
function readTarget(owner: InstanceState, relationship: Relationship): InstanceState | undefined {
  if (owner.isHollow && foreignKeyOf(owner, relationship.descriptor).includes(undefined))
    return undefined
  return findState(readRelation(owner, relationship.descriptor))
}

/** Reads the rows of objects that have only their key, or are stale. Those whose row is gone stay as they are, and are given back. */
export async function loadRows(
  context: LoaderContext,
  mapper: Mapper,
  wanted: readonly InstanceState[],
): Promise<ReadonlySet<InstanceState>> {
  const missing = wanted.filter(
    (state) =>
      state.phase === 'persistent' &&
      (state.isHollow || state.isStale || (state.isPartial && isIncomplete(state, mapper))),
  )
  return readRows(context, mapper, missing, mapper.usualColumns)
}

/** Reads these columns of objects by their keys. Gives those whose row is gone. */
export async function readRows(
  context: LoaderContext,
  mapper: Mapper,
  wanted: readonly InstanceState[],
  columns: readonly Column[],
): Promise<ReadonlySet<InstanceState>> {
  if (wanted.length === 0) return new Set()
  const found = await readIn(context, mapper, {
    use:
      columns === mapper.usualColumns
        ? 'rows'
        : `rows ${columns.map(({ ordinal }) => ordinal).join()}`,
    columns,
    keyColumns: mapper.keyColumns,
    keys: wanted.map((state) => mapper.keyColumns.map((column) => state.row?.[column.ordinal])),
    relationship: undefined,
  })
  const present = new Set([...found.values()].flat())
  return new Set(wanted.filter((state) => !present.has(state)))
}

/** Reads the rows of objects that were reached from objects of one result, for all of that result: one statement instead of one for each. */
export async function loadReferred(
  context: LoaderContext,
  wanted: readonly InstanceState[],
): Promise<void> {
  for (const { referrers, isHollow } of wanted) {
    if (!isHollow || referrers === null) continue
    const { owners: all, relation } = referrers
    const willing = [...all].filter((owner) => !refusesLoad(owner, relation))
    for (const [relationship, owners] of Map.groupBy(willing, ({ mapper }) =>
      mapper?.relationships.get(relation.name),
    ))
      if (relationship?.descriptor === relation) await loadRelation(context, relationship, owners)
  }
}

/** hasMany, hasOne, manyToMany: rows of the target by the owner's key. */
async function loadMembers(
  context: LoaderContext,
  relationship: Relationship,
  owners: readonly InstanceState[],
): Promise<void> {
  const { target, through } = relationship
  const keyColumns = through === undefined ? relationship.remoteColumns : through.ownerColumns
  const keys = owners.map((owner) =>
    relationship.localColumns.map((column) => owner.row?.[column.ordinal]),
  )
  const found = await readIn(context, target, {
    use: `relation ${relationship.label}`,
    columns: target.usualColumns,
    keyColumns,
    keys,
    relationship,
  })
  const epoch = context.hydration().epoch
  for (const [i, owner] of owners.entries()) {
    const members = (found.get(keyText(keys[i] ?? [])) ?? []).map((state) => state.entity)
    if (relationship.toMany)
      collectionOf(owner, relationship.descriptor).takeMembers(members, epoch)
    else keepOne(owner, relationship, members, epoch)
  }
}

function keepOne(
  owner: InstanceState,
  relationship: Relationship,
  members: readonly object[],
  epoch: number,
): void {
  if (members.length > 1) {
    process.emitWarning(
      `${relationship.label} of ${owner.label} found ${members.length} rows instead of one; the first is taken. Make the foreign key unique, or declare the relation as hasMany.`,
      {
        type: 'AthanorWarning',
        code: 'ATHANOR_SEVERAL_ROWS',
      },
    )
  }
  owner.relations ??= []
  owner.relations[relationship.index] = new OneSlot(members[0] ?? null, epoch)
}

interface InQuery {
  readonly use: string
  /** What is read, in the order of the table. */
  readonly columns: readonly Column[]
  readonly keyColumns: readonly Column[]
  readonly keys: readonly (readonly unknown[])[]
  readonly relationship: Relationship | undefined
}

/** Objects whose `keyColumns` are among `keys`, by the text of those columns. */
async function readIn(
  context: LoaderContext,
  mapper: Mapper,
  query: InQuery,
): Promise<ReadonlyMap<string, InstanceState[]>> {
  const found = new Map<string, InstanceState[]>()
  const siblings = new Set<InstanceState>()
  const statement = mapper.compiled(query.use, () => selectIn(mapper, query))
  const places = keyPlaces(query)
  const [place = 0] = places
  const projection = Projection.of(mapper, query.columns)
  for (let start = 0; start < query.keys.length; start += CHUNK) {
    const keys = query.keys.slice(start, start + CHUNK)
    const rows = await context.read(mapper.engineKey, statement.command(keys))
    const hydration = context.hydration()
    for (const row of rows) {
      const key =
        places.length === 1 ? String(row[place]) : keyText(places.map((each) => row[each]))
      row.length = query.columns.length
      const state = hydrate(hydration, mapper, row, projection)
      if (state === null) continue
      join(state, siblings, query.keys.length)
      const members = found.get(key)
      if (members === undefined) found.set(key, [state])
      else members.push(state)
    }
  }
  return found
}

function selectIn(
  mapper: Mapper,
  { columns, keyColumns, relationship }: InQuery,
): KeyListStatement {
  const { through, rules } = relationship ?? {}
  return selectInSql(mapper.dialect, {
    rows: mapper,
    columns,
    keyColumns,
    through:
      through === undefined
        ? undefined
        : { table: through.table, pairs: relationship?.joinPath.through?.targetPairs ?? [] },
    orderBy: rules?.orderBy === undefined ? undefined : [rules.orderBy],
  })
}

/** Where the key stands in a row: in the target's own columns, or behind them when it is the association table's. */
function keyPlaces({ columns, keyColumns, relationship }: InQuery): number[] {
  return keyColumns.map((column, i) =>
    relationship?.through === undefined ? columns.indexOf(column) : columns.length + i,
  )
}

/** Stored forms of a key as one text. Hot for the one column that most keys are. */
function keyText(key: readonly unknown[]): string {
  return key.length === 1 ? String(key[0]) : JSON.stringify(key.map(String))
}
