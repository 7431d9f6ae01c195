import type { LayoutItem, SelectItem, Source } from '../../sql/index.ts'
import { definitionOf, Projection, type Mapper, type Relationship } from '../mapping/index.ts'
import {
  divideTree,
  hydrate,
  join,
  loadTree,
  relationshipOf,
  type Hydration,
  type PathTree,
} from '../loading/index.ts'
import { keepReference, OneSlot, type InstanceState } from '../state/index.ts'
import type { SessionCore } from './session-core.ts'

/** A to-one relation that comes along by a JOIN, and what is wanted below it. */
interface JoinedRelation extends EagerPlan {
  readonly name: string
  readonly source: Source
}

/** How the relations of `with(…)` are loaded: to-one from the root by JOIN, all others by one more statement each. @remarks Semantics: SQLAlchemy's `joinedload` and `selectinload`. */
export interface EagerPlan {
  readonly joined: readonly JoinedRelation[]
  readonly rest: PathTree
  /** Deferred columns that come along. */
  readonly columns: readonly string[]
}

/** Divides a tree of paths. @throws {ArgumentError} ARGUMENT for a relation that the model does not have. */
export function planEager(model: object, source: Source, tree: PathTree): EagerPlan {
  const definition = definitionOf(model)
  const joined: JoinedRelation[] = []
  const rest = new Map<string, PathTree>()
  const { columns, relations } = divideTree(definition, tree)
  for (const [name, below] of relations) {
    if (!definition.relationNames.includes(name) || definition.relation(name).toMany)
      rest.set(name, below)
    else {
      const { targetModel } = definition.relation(name)
      const next = source.related(name, targetModel)
      joined.push({ name, source: next, ...planEager(targetModel, next, below) })
    }
  }
  return { joined, rest, columns }
}

/** The entities that the joins add to what is selected. */
export function joinedItems(plan: EagerPlan): SelectItem[] {
  return plan.joined.flatMap((relation) => [
    entityItem(relation.source, relation.columns),
    ...joinedItems(relation),
  ])
}

/** The columns that queries select, and these deferred ones. */
export function entityItem(source: Source, columns: readonly string[]): SelectItem {
  return { kind: 'entity', source, ...(columns.length === 0 ? {} : { more: columns }) }
}

/** The objects of one model that a plan's rows gave, at one place of the tree. */
interface Reached {
  readonly states: Set<InstanceState>
  /** Rows that the statement gave. */
  readonly size: number
  readonly below: readonly Reached[]
  readonly relation: JoinedRelation
}

/** Makes objects of rows that carry joined entities, and loads the rest of the plan. */
export class EagerHydrator {
  readonly #core: SessionCore
  readonly #hydration: Hydration
  readonly #layout: readonly LayoutItem[]

  constructor(core: SessionCore, hydration: Hydration, layout: readonly LayoutItem[]) {
    this.#core = core
    this.#hydration = hydration
    this.#layout = layout
  }

  /** Takes the joined entities out of each row, from the layout's second item on. */
  async load(
    plan: EagerPlan,
    mapper: Mapper,
    roots: readonly InstanceState[],
    rows: readonly (readonly unknown[])[],
  ): Promise<void> {
    const reached = plan.joined.map((relation) => reach(relation, rows.length))
    if (reached.length > 0)
      for (const [i, row] of rows.entries())
        this.#take(reached, { mapper, state: roots[i] }, row, 1)
    await this.#loadRest(mapper, roots, plan, reached)
  }

  /** Gives the place of the next layout item. */
  #take(
    reached: readonly Reached[],
    owner: { readonly mapper: Mapper; readonly state: InstanceState | undefined },
    row: readonly unknown[],
    place: number,
  ): number {
    let next = place
    for (const { relation, states, size, below } of reached) {
      const relationship = relationshipOf(owner.mapper, relation.name)
      const item = this.#layout[next]
      if (item?.kind !== 'entity')
        throw new TypeError('the layout of a joined query has lost an entity')
      const target = hydrate(
        this.#hydration,
        relationship.target,
        row.slice(item.offset, item.offset + item.count),
        Projection.of(relationship.target, item.columns),
      )
      if (target !== null) join(target, states, size)
      if (owner.state !== undefined) this.#keep(owner.state, relationship, target?.entity ?? null)
      next = this.#take(
        below,
        { mapper: relationship.target, state: target ?? undefined },
        row,
        next + 1,
      )
    }
    return next
  }

  #keep(owner: InstanceState, relationship: Relationship, target: object | null): void {
    if (!relationship.holdsForeignKey) {
      owner.relations ??= []
      const isChanged = owner.relations[relationship.index]?.isChanged === true // what was set and is not flushed stays
      if (!isChanged)
        owner.relations[relationship.index] = new OneSlot(target, this.#hydration.epoch)
    } else if (target !== null) keepReference(owner, relationship.descriptor, target)
  }

  async #loadRest(
    mapper: Mapper,
    states: readonly InstanceState[],
    plan: EagerPlan,
    reached: readonly Reached[],
  ): Promise<void> {
    if (plan.rest.size > 0) await loadTree(this.#core, mapper, states, plan.rest)
    for (const { relation, states: targets, below } of reached) {
      await this.#loadRest(
        relationshipOf(mapper, relation.name).target,
        [...targets],
        relation,
        below,
      )
    }
  }
}

function reach(relation: JoinedRelation, size: number): Reached {
  return {
    relation,
    states: new Set(),
    size,
    below: relation.joined.map((below) => reach(below, size)),
  }
}
