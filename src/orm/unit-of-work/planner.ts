import type { Mapper, Relationship } from '../mapping/index.ts'
import {
  findState,
  holdsMembers,
  peekCollection,
  type Collection,
  type InstanceState,
} from '../state/index.ts'
import { byIdentity } from './by-identity.ts'
import { parentsAmongDeleted } from './deleted-parents.ts'
import { freedFirst } from './freed-first.ts'
import { groupRuns } from './group-runs.ts'
import type { FlushPlan, FlushStep, InsertRow, LinkRow, UpdateRow } from './plan.ts'
import {
  insertRowOf,
  postInsertRows,
  preDeleteRows,
  switchRowOf,
  updateRowOf,
} from './row-values.ts'
import { byLevels } from './row-order.ts'
import { rowSwitches } from './row-switch.ts'
import type { Work } from './work.ts'

/**
 * Puts a flush in order: parents before children, inserts before updates of one table, association rows after both sides; deletes last, association rows
 * first, children before parents; before all others those whose unique values other rows take over. Pure: it reads objects and sends nothing.
 * @throws {ArgumentError} ARGUMENT; @throws {FlushError} FLUSH, CIRCULAR_DEPENDENCY: before anything is sent, so that nothing is lost.
 * @remarks Semantics: SQLAlchemy's unit of work, spec/session.md 3.
 */
export function planFlush(work: Work, mapperOf: (state: InstanceState) => Mapper): FlushPlan {
  const switches = rowSwitches(work, mapperOf)
  const replaced = new Set(switches.values())
  const inserts = groupBy(
    [...work.pending].filter((state) => !switches.has(state)),
    mapperOf,
  )
  const updates = groupBy([...work.changed, ...switches.keys()], mapperOf)
  const deletes = groupBy(
    [...work.deleted].filter((state) => !replaced.has(state)),
    mapperOf,
  )
  const mappers = [...new Set([...inserts.keys(), ...updates.keys()])].toSorted(byRank)
  const writes = byEqualRank(mappers).flatMap((circle) => [
    ...insertSteps(circle, inserts),
    ...circle.flatMap((mapper) => updateSteps(mapper, updates.get(mapper) ?? [], switches)),
  ])
  const unlinkReplaced = unlinkAllSteps(groupBy([...replaced], mapperOf))
  const links = linkSteps([...work.pending, ...work.changed], mapperOf)
  const freed = freedFirst(deletes, writes)
  if (freed === undefined)
    return { steps: [...writes, ...unlinkReplaced, ...links, ...deleteSteps(deletes)] }
  const [first, last] = split(deletes, freed.states)
  return {
    steps: [
      ...links.filter(({ kind }) => kind === 'unlink'),
      ...freed.releases,
      ...deleteSteps(first),
      ...freed.writes,
      ...unlinkReplaced,
      ...links.filter(({ kind }) => kind === 'link'),
      ...deleteSteps(last),
    ],
  }
}

type Groups = ReadonlyMap<Mapper, readonly InstanceState[]>

const NO_GROUPS: Groups = new Map()

/** Those that are among `chosen`, and the others. */
function split(groups: Groups, chosen: ReadonlySet<InstanceState>): [Groups, Groups] {
  const only = (isChosen: boolean): Groups =>
    new Map(
      [...groups]
        .map(
          ([mapper, all]) =>
            [mapper, all.filter((state) => chosen.has(state) === isChosen)] as const,
        )
        .filter(([, some]) => some.length > 0),
    )
  return [only(true), only(false)]
}

function byRank(a: Mapper, b: Mapper): number {
  return a.rank - b.rank || a.index - b.index
}

function groupBy(
  states: readonly InstanceState[],
  mapperOf: (state: InstanceState) => Mapper,
): Groups {
  if (states.length === 0) return NO_GROUPS
  const groups = new Map<Mapper, InstanceState[]>()
  for (const state of states) {
    const mapper = mapperOf(state)
    const group = groups.get(mapper)
    if (group === undefined) groups.set(mapper, [state])
    else group.push(state)
  }
  return groups
}

/** Mappers of one rank stand together: they refer to each other in a circle. */
function byEqualRank(mappers: readonly Mapper[]): Mapper[][] {
  return groupRuns(mappers, (a, b) => a.rank === b.rank)
}

function insertSteps(circle: readonly Mapper[], inserts: Groups): FlushStep[] {
  if (inserts.size === 0) return []
  const rows = circle.flatMap((mapper) =>
    (inserts.get(mapper) ?? []).map((state) => ({ mapper, row: insertRowOf(state, mapper) })),
  )
  const steps = byLevels(rows).flatMap((level) =>
    groupRuns(level, (a, b) => a.mapper === b.mapper && sameColumns(a.row, b.row)).flatMap(
      (run): FlushStep[] => {
        const [first] = run
        return first === undefined
          ? []
          : [{ kind: 'insert', mapper: first.mapper, rows: run.map(({ row }) => row) }]
      },
    ),
  )
  return [
    ...steps,
    ...circle.flatMap((mapper) =>
      updateStepsOf(mapper, postInsertRows(inserts.get(mapper) ?? [], mapper)),
    ),
  ]
}

function sameColumns(a: InsertRow, b: InsertRow): boolean {
  for (let i = 0; i < a.values.length; i += 1)
    if ((a.values[i] === undefined) !== (b.values[i] === undefined)) return false
  return true
}

function updateSteps(
  mapper: Mapper,
  states: readonly InstanceState[],
  switches: ReadonlyMap<InstanceState, InstanceState>,
): FlushStep[] {
  const rows = states.flatMap((state) => {
    const replaced = switches.get(state)
    return (
      (replaced === undefined
        ? updateRowOf(state, mapper)
        : switchRowOf(state, replaced, mapper)) ?? []
    )
  })
  return updateStepsOf(mapper, rows.toSorted(byKey))
}

/** Rows with the same changed columns go together. */
function updateStepsOf(mapper: Mapper, rows: readonly UpdateRow[]): FlushStep[] {
  if (rows.length === 0) return []
  const bySet = Map.groupBy(rows, (row) => row.ordinals.join())
  return [...bySet.values()].map((group) => ({ kind: 'update', mapper, rows: group }))
}

/** A stable order of locks: two transactions that update the same rows do it in the same order. */
function byKey(a: UpdateRow, b: UpdateRow): number {
  return compareKeys(a.replaces ?? a.state, b.replaces ?? b.state)
}

function compareKeys(a: InstanceState, b: InstanceState): number {
  const [left, right] = [a.identity, b.identity]
  if (left === null || right === null || left === right) return 0
  return left < right ? -1 : 1
}

function linkSteps(
  states: readonly InstanceState[],
  mapperOf: (state: InstanceState) => Mapper,
): FlushStep[] {
  const steps: FlushStep[] = []
  const seen = new Set<string>()
  for (const state of states.filter(holdsMembers)) {
    for (const relationship of mapperOf(state).relationships.values()) {
      if (relationship.through === undefined) continue
      const collection = peekCollection(state, relationship.descriptor)
      if (collection?.isChanged !== true) continue
      const pairs = (members: Iterable<object>): LinkRow[] =>
        [...members].flatMap((member) => newPair(collection, member, relationship, seen))
      const base = { engineKey: mapperOf(state).engineKey, association: relationship.through }
      const [removed, added] = [pairs(collection.removed), pairs(collection.added)]
      if (removed.length > 0) steps.push({ kind: 'unlink', ...base, rows: removed })
      if (added.length > 0) steps.push({ kind: 'link', ...base, rows: added })
    }
  }
  return mergeLinks(steps)
}

/** A pair that was tied or untied on both sides is one row. */
function newPair(
  collection: Collection,
  member: object,
  relationship: Relationship,
  seen: Set<string>,
): LinkRow[] {
  const { owner } = collection
  const target = findState(member)
  if (target === undefined) return []
  const ends = [
    `${relationship.owner.root.index}/${owner.number}`,
    `${relationship.target.root.index}/${target.number}`,
  ]
  const key = `${relationship.through?.table.name ?? ''}:${(relationship.descriptor.builder.options.inverse === undefined ? ends : ends.toReversed()).join('-')}`
  if (seen.has(key)) return []
  seen.add(key)
  const isRead = collection.isWhole && !collection.isStale
  return [{ owner, target, isKnown: isRead || owner.row === null || target.row === null }]
}

/** Steps of the same kind over the same columns become one, removals first; what memory knows stands apart from what it does not. */
function mergeLinks(steps: readonly FlushStep[]): FlushStep[] {
  if (steps.length === 0) return []
  const merged = new Map<string, FlushStep & { kind: 'link' | 'unlink' }>()
  for (const step of steps) {
    if (step.kind !== 'link' && step.kind !== 'unlink') continue
    const kind = `${step.kind}:${step.engineKey}:${step.association.table.name}:${step.association.ownerColumns.map((column) => column.name).join()}`
    for (const [isKnown, rows] of Map.groupBy(step.rows, (row) => row.isKnown)) {
      const key = `${kind}:${isKnown}`
      merged.set(key, { ...step, rows: [...(merged.get(key)?.rows ?? []), ...rows] })
    }
  }
  return [...merged.values()].toSorted(
    (a, b) => Number(a.kind === 'link') - Number(b.kind === 'link'),
  )
}

function deleteSteps(deletes: Groups): FlushStep[] {
  if (deletes.size === 0) return []
  const mappers = [...deletes.keys()].toSorted(byRank).toReversed()
  return [
    ...unlinkAllSteps(deletes),
    ...byEqualRank(mappers).flatMap((circle) => deleteCircle(circle, deletes)),
  ]
}

/** The association rows of objects whose rows go, or are taken over. */
function unlinkAllSteps(states: Groups): FlushStep[] {
  return [...states].flatMap(([mapper, owners]) =>
    [...mapper.relationships.values()].flatMap((relationship) =>
      relationship.through === undefined
        ? []
        : [{ kind: 'unlinkAll' as const, relationship, owners }],
    ),
  )
}

function deleteCircle(circle: readonly Mapper[], deletes: Groups): FlushStep[] {
  const deleted = new Map(
    [...Map.groupBy(circle, ({ root }) => root)].map(([root, members]) => [
      root,
      byIdentity(members.flatMap((mapper) => deletes.get(mapper) ?? [])),
    ]),
  )
  const rows = circle.flatMap((mapper) =>
    (deletes.get(mapper) ?? []).toSorted(compareKeys).map((state) => ({
      mapper,
      row: {
        state,
        after: parentsAmongDeleted(state, mapper, deleted).filter(
          ({ relationship }) => !relationship.rules.postUpdate,
        ),
      },
    })),
  )
  const before = circle.flatMap((mapper) =>
    updateStepsOf(mapper, preDeleteRows(deletes.get(mapper) ?? [], mapper)),
  )
  const leavesFirst = byLevels(rows).toReversed()
  const steps = leavesFirst.flatMap((level) =>
    groupRuns(level, (a, b) => a.mapper === b.mapper).flatMap((run): FlushStep[] => {
      const [first] = run
      return first === undefined
        ? []
        : [{ kind: 'delete', mapper: first.mapper, states: run.map(({ row }) => row.state) }]
    }),
  )
  return [...before, ...steps]
}
