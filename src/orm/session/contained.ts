import { ArgumentError } from '../../errors/index.ts'
import type { LayoutItem, SelectItem, SelectStatement, Source } from '../../sql/index.ts'
import { definitionOf, Projection, type Relationship } from '../mapping/index.ts'
import { hydrate, join, relationshipOf, type Hydration, type PathTree } from '../loading/index.ts'
import {
  collectionOf,
  keepReference,
  neverLoaded,
  OneSlot,
  type InstanceState,
} from '../state/index.ts'

/** A relation whose members are the rows of a join that the program wrote, and what is contained below it. */
export interface Contained {
  readonly name: string
  readonly source: Source
  readonly below: readonly Contained[]
  /** It, or one below it, is to many: a row of the query is no object of its own. */
  readonly multiplies: boolean
}

/** Finds the joins of a tree of paths. @throws {ArgumentError} ARGUMENT for a relation that is not joined. */
export function planContained(
  statement: SelectStatement,
  from: Source,
  tree: PathTree,
): readonly Contained[] {
  const definition = definitionOf(from.model)
  return [...tree].map(([name, below]) => {
    const isRelation = definition.relationNames.includes(name)
    const source = isRelation ? statement.joinedBy(from, name) : undefined
    if (source === undefined) throw notJoined((from.model as Function).name, name, isRelation)
    const relation = definition.relation(name)
    if (relation.isWriteOnly) throw neverLoaded((from.model as Function).name, relation)
    const contained = planContained(statement, source, below)
    const multiplies = relation.toMany || contained.some((each) => each.multiplies)
    return { name, source, below: contained, multiplies }
  })
}

function notJoined(model: string, name: string, isRelation: boolean): ArgumentError {
  const why = isRelation
    ? `the query does not join it. Add .join(${model}.c.${name})`
    : 'it is no relation'
  return new ArgumentError(`Cannot take ${model}.${name} from the rows of the query: ${why}.`)
}

/** The entities that are selected beside the query's own. */
export function containedItems(contained: readonly Contained[]): SelectItem[] {
  return contained.flatMap(({ source, below }) => [
    { kind: 'entity' as const, source },
    ...containedItems(below),
  ])
}

type Rows = readonly (readonly unknown[])[]

/**
 * Makes members of the objects of rows, as the query has joined and filtered them. A collection that is in memory and not stale stays as it is, unless the query overwrites.
 * @remarks Semantics: SQLAlchemy `contains_eager()`.
 */
export class ContainedHydrator {
  readonly #hydration: Hydration
  readonly #layout: readonly LayoutItem[]

  constructor(hydration: Hydration, layout: readonly LayoutItem[]) {
    this.#hydration = hydration
    this.#layout = layout
  }

  /** `owners` has the owner in each row. The items begin at `place` of the layout; gives the place behind them. */
  take(
    contained: readonly Contained[],
    owners: readonly (InstanceState | null)[],
    rows: Rows,
    place: number,
  ): number {
    let next = place
    for (const { name, source, below } of contained) {
      const targets = this.#targets(source, rows, next)
      this.#keep(name, owners, targets)
      next = this.take(below, targets, rows, next + 1)
    }
    return next
  }

  #targets(source: Source, rows: Rows, place: number): (InstanceState | null)[] {
    const item = this.#layout[place]
    if (item?.kind !== 'entity')
      throw new TypeError('the layout of a joined query has lost an entity')
    const mapper = this.#hydration.session.mapperOf(source.model)
    const projection = Projection.of(mapper, item.columns)
    const siblings = new Set<InstanceState>()
    return rows.map((row) => {
      const values = row.slice(item.offset, item.offset + item.count)
      const state = hydrate(this.#hydration, mapper, values, projection)
      if (state !== null) join(state, siblings, rows.length)
      return state
    })
  }

  #keep(
    name: string,
    owners: readonly (InstanceState | null)[],
    targets: readonly (InstanceState | null)[],
  ): void {
    const members = new Map<InstanceState, Set<object>>()
    for (const [i, owner] of owners.entries()) {
      if (owner === null) continue
      const own = members.get(owner) ?? new Set()
      members.set(owner, own)
      const target = targets[i]
      if (target !== null && target !== undefined) own.add(target.entity)
    }
    for (const [owner, own] of members)
      if (owner.mapper !== null) this.#keepOne(owner, relationshipOf(owner.mapper, name), own)
  }

  #keepOne(owner: InstanceState, relationship: Relationship, members: ReadonlySet<object>): void {
    const { epoch, mode } = this.#hydration
    const { descriptor, index } = relationship
    const [first = null] = members
    if (relationship.toMany) {
      const collection = collectionOf(owner, descriptor)
      const isKnown = collection.isWhole && collection.epoch === epoch
      if (mode === 'overwrite' || !isKnown) collection.takeSome([...members], epoch)
    } else if (relationship.holdsForeignKey) {
      if (first !== null) keepReference(owner, descriptor, first)
    } else if (owner.relations?.[index]?.isChanged !== true) {
      owner.relations ??= []
      owner.relations[index] = new OneSlot(first, epoch)
    }
  }
}
