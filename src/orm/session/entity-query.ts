import { ArgumentError } from '../../errors/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import {
  Expression,
  filterConditions,
  SelectStatement,
  Source,
  type JoinableRelation,
  type Order,
  type LockOptions,
  type SelectItem,
} from '../../sql/index.ts'
import { columnsOf, type ModelAlias, type StreamOptions } from '../mapping/index.ts'
import { hydrateAll, pathTree, type MergeMode } from '../loading/index.ts'
import { refuseLoads, reveal, type InstanceState } from '../state/index.ts'
import { containedItems, ContainedHydrator, planContained, type Contained } from './contained.ts'
import { EagerHydrator, entityItem, joinedItems, planEager, type EagerPlan } from './eager-joins.ts'
import type { Executed } from './execute.ts'
import { checkColumns, checkRelations, onlyColumns } from './only-columns.ts'
import { projectionOf } from './record-query.ts'
import { SelectQuery, type CoreSource } from './row-query.ts'
import type { SessionCore } from './session-core.ts'

/** How a query treats the objects it finds. */
interface EntityOptions {
  readonly paths: readonly string[]
  readonly mode: MergeMode
  /** The columns that are wanted; undefined = all that are not deferred. */
  readonly only: readonly string[] | undefined
  /** Relations that are not to be loaded later; `*` for all but those of `paths`. */
  readonly refused: readonly string[]
  /** Paths of relations whose members are rows of the query's own joins. */
  readonly contained: readonly string[]
}

const PLAIN: EntityOptions = {
  paths: [],
  mode: 'keep',
  only: undefined,
  refused: [],
  contained: [],
}

/** A query for objects of one model: the run-time side of `SelectEntity`. */
export class EntityQuery extends SelectQuery<object> {
  readonly #model: Function
  readonly #source: Source
  readonly #options: EntityOptions
  /** Made when they are first asked for. */
  #planned: EagerPlan | undefined
  #sent: SelectStatement | undefined

  constructor(
    core: CoreSource,
    model: Function,
    statement?: SelectStatement,
    options: EntityOptions = PLAIN,
  ) {
    const source = Source.of(model)
    super(core, statement ?? SelectStatement.of([{ kind: 'entity', source }]))
    this.#model = model
    this.#source = source
    this.#options = options
  }

  where(...conditions: unknown[]): EntityQuery {
    return this.withStatement(this.statement.where(...conditionsOf(this.#model, conditions)))
  }
  with(...paths: string[]): EntityQuery {
    return this.#withOptions({ paths: [...this.#options.paths, ...paths] })
  }
  only(...columns: string[]): EntityQuery {
    checkColumns(this.#model, columns)
    if (this.#options.only !== undefined)
      throw new ArgumentError(
        `Cannot call only() twice on a query for ${this.#model.name}: name all columns in one call.`,
      )
    return this.#withOptions({ only: columns })
  }
  raiseLoad(...relations: string[]): EntityQuery {
    checkRelations(this.#model, relations)
    return this.#withOptions({ refused: [...this.#options.refused, ...relations] })
  }
  containsEager(...paths: string[]): EntityQuery {
    return this.#withOptions({ contained: [...this.#options.contained, ...paths] })
  }
  join(relation: JoinableRelation, as?: ModelAlias): EntityQuery {
    return this.withStatement(this.statement.join(relation, as?.source))
  }
  orderBy(...order: unknown[]): EntityQuery {
    return this.withStatement(this.statement.orderBy(...(order as Order[])))
  }
  limit(n: number): EntityQuery {
    return this.withStatement(this.statement.limit(n))
  }
  offset(n: number): EntityQuery {
    return this.withStatement(this.statement.offset(n))
  }
  distinct(): EntityQuery {
    return this.withStatement(this.statement.distinct())
  }
  forUpdate(options?: LockOptions): EntityQuery {
    return new EntityQuery(this.core, this.#model, this.statement.forUpdate(options), {
      ...this.#options,
      mode: 'refresh',
    })
  }
  populateExisting(): EntityQuery {
    return this.#withOptions({ mode: 'overwrite' })
  }

  protected override withStatement(statement: SelectStatement): EntityQuery {
    return new EntityQuery(this.core, this.#model, statement, this.#options)
  }

  protected override get sent(): SelectStatement {
    return (this.#sent ??= this.#complete())
  }

  #complete(): SelectStatement {
    const plan = this.#plan
    const { only, contained } = this.#options
    if (only === undefined && plan === undefined && contained.length === 0) return this.statement
    const [, ...added] = this.statement.items // the first is the model's own
    const item =
      only === undefined
        ? entityItem(this.#source, plan?.columns ?? [])
        : this.#itemOf([...only, ...(plan?.columns ?? [])])
    return this.statement.selecting([
      item,
      ...added,
      ...(plan === undefined ? [] : joinedItems(plan)),
      ...containedItems(this.#contained),
    ])
  }

  protected override taking<T>(count: number, take: (rows: object[]) => T): Promise<T> {
    return this.#multiplies
      ? this.all().then((found) => take(found.slice(0, count))) // objects are counted behind the rows, which are none of their own
      : super.taking(count, take)
  }

  override stream(options?: StreamOptions): AsyncGenerator<object> {
    if (this.#multiplies) throw this.#uncountable('streamed')
    return super.stream(options)
  }

  get #multiplies(): boolean {
    return this.#options.contained.length > 0 && this.#contained.some((each) => each.multiplies)
  }

  /** @throws {ArgumentError} ARGUMENT for a relation that is not joined. */
  get #contained(): readonly Contained[] {
    const { contained } = this.#options
    if (contained.length === 0) return []
    const plan = planContained(this.statement, this.#source, pathTree(contained))
    if (this.statement.isBounded && plan.some((each) => each.multiplies))
      throw this.#uncountable('bounded')
    return plan
  }

  #uncountable(what: string): ArgumentError {
    return new ArgumentError(
      `Cannot have the rows of this query for ${this.#model.name} ${what}: by containsEager() several of them make one object, and would be cut apart. Bring the relation along by with(), or take all().`,
    )
  }

  #itemOf(only: readonly string[]): SelectItem {
    const mapper = this.core().mapperOf(this.#model)
    const columns = onlyColumns(mapper, only, pathTree(this.#options.paths))
    return { kind: 'entity', source: this.#source, columns }
  }

  protected override get label(): string {
    return this.#model.name
  }

  protected override rowsOf(
    core: SessionCore,
    { compiled, result, moment }: Executed,
  ): MaybePromise<object[]> {
    const mapper = core.mapperOf(this.#model)
    const hydration = core.hydration(this.#options.mode, moment)
    const { rows } = result
    const [item] = compiled.layout
    const plan = this.#plan
    const contained = this.#contained
    const isJoined = contained.length > 0 || (plan !== undefined && plan.joined.length > 0)
    const width = item?.kind === 'entity' ? item.count : 0
    const states = hydrateAll(
      hydration,
      mapper,
      isJoined ? rows.map((row) => row.slice(0, width)) : rows,
      projectionOf(mapper, item),
    )
    const complete = (): object[] => {
      if (contained.length > 0) {
        const place = 1 + (plan === undefined ? 0 : joinedItems(plan).length)
        new ContainedHydrator(hydration, compiled.layout).take(contained, states, rows, place)
      }
      return this.#revealed(states)
    }
    return plan === undefined
      ? complete()
      : new EagerHydrator(core, hydration, compiled.layout)
          .load(plan, mapper, states, rows)
          .then(complete)
  }

  #revealed(states: readonly InstanceState[]): object[] {
    const { paths, contained, refused } = this.#options
    reveal(states, [...paths, ...contained])
    if (refused.length > 0) this.#refuse(states)
    const entities = states.map(({ entity }) => entity)
    return contained.length === 0 ? entities : [...new Set(entities)]
  }

  #refuse(states: readonly InstanceState[]): void {
    const { refused, paths } = this.#options
    const tree = pathTree(paths)
    for (const [definition, group] of Map.groupBy(states, (state) => state.definition)) {
      const relations = definition.relations.filter(({ name }) =>
        refused.includes('*') ? !tree.has(name) : refused.includes(name),
      )
      for (const state of group) refuseLoads(state, new Set(relations))
    }
  }

  get #plan(): EagerPlan | undefined {
    const { paths } = this.#options
    if (paths.length === 0) return undefined
    return (this.#planned ??= planEager(this.#model, this.#source, pathTree(paths)))
  }

  #withOptions(options: Partial<EntityOptions>): EntityQuery {
    return new EntityQuery(this.core, this.#model, this.statement, { ...this.#options, ...options })
  }
}

/** Expressions as they are, filter objects as the conditions that they stand for. @throws {ArgumentError} ARGUMENT for anything else. */
export function conditionsOf(
  model: Function,
  conditions: readonly unknown[],
): Expression<boolean>[] {
  return conditions.flatMap((condition) => {
    if (condition instanceof Expression) return [condition as Expression<boolean>]
    if (typeof condition === 'object' && condition !== null)
      return filterConditions(condition, columnsOf(model), model.name)
    throw new ArgumentError(
      `Cannot filter ${model.name} by ${condition === null ? 'null' : `a ${typeof condition}`}: pass an object of column values, or an expression such as ${model.name}.c.id.eq(1).`,
    )
  })
}
