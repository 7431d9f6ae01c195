import { ArgumentError, type CallSite } from '../../errors/index.ts'
import { DeleteStatement, Source, UpdateStatement, type SelectItem } from '../../sql/index.ts'
import { definitionOf, type Mapper, type Projection, type RowQuery } from '../mapping/index.ts'
import { hydrateAll } from '../loading/index.ts'
import { conditionsOf } from './entity-query.ts'
import { noteBulk } from './bulk-changes.ts'
import { execute, type Executed } from './execute.ts'
import { FetchedRows } from './fetched-rows.ts'
import { projectionOf, readRecords, selectItems } from './record-query.ts'
import type { SessionCore } from './session-core.ts'

type CriteriaStatement = UpdateStatement | DeleteStatement

/**
 * A criteria UPDATE or DELETE: the run-time side of `Update` and `Delete`. It is sent when it is awaited, or when its rows are asked for. Objects in memory follow: the rows'
 * new values are taken over, deleted objects leave the session (spec/session.md 7.4).
 */
export class CriteriaQuery<S extends CriteriaStatement> {
  readonly #core: SessionCore
  /** Awaiting leaves no frame on the stack: where it was written stands for where it is sent. */
  readonly #call: CallSite | undefined
  readonly #model: Function
  readonly #statement: S

  constructor(core: SessionCore, model: Function, statement: S) {
    this.#core = core
    this.#call = core.call
    this.#model = model
    this.#statement = statement
  }

  where(...conditions: unknown[]): CriteriaQuery<S> {
    return this.#with(this.#statement.where(...conditionsOf(this.#model, conditions)) as S)
  }

  everyRow(): CriteriaQuery<S> {
    return this.#with(this.#statement.everyRow() as S)
  }

  /** @throws {ArgumentError} ARGUMENT for what is no column of the model, and for the one that says of which model a row is. */
  set(this: CriteriaQuery<UpdateStatement>, values: object): CriteriaQuery<UpdateStatement> {
    checkSettable(this.#model, values)
    return this.#with(this.#statement.set(values))
  }

  /** Sends the statement; gives the number of rows that it touched. */
  // oxlint-disable-next-line unicorn/no-thenable -- a statement is awaited, as its type says
  then<A = number, B = never>(
    resolve?: ((count: number) => A | PromiseLike<A>) | null,
    reject?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#core.asCall(() => this.#run(), this.#call).then(resolve, reject)
  }

  returning(selection?: Readonly<Record<string, unknown>>): RowQuery<unknown> {
    return new FetchedRows<unknown>(`the statement for ${this.#model.name}`, () =>
      this.#rows(selection),
    )
  }

  #with<T extends CriteriaStatement>(statement: T): CriteriaQuery<T> {
    return new CriteriaQuery(this.#core, this.#model, statement)
  }

  #run(): Promise<number> {
    const core = this.#core
    return core.run('update or delete', async () => {
      await core.autoflush()
      const mapper = core.mapperOf(this.#model)
      const follows =
        core.identityMap.of(mapper).size > 0 &&
        !mapper.isSpread &&
        this.#statement.isReturnedBy(mapper.dialect.supports)
      const { compiled, result } = await this.#send(follows ? [entityItem(this.#model)] : undefined)
      if (!follows) {
        core.objects.markAllStale(mapper)
        return result.affectedRows
      }
      this.#follow(mapper, result.rows, projectionOf(mapper, compiled.layout[0]))
      return result.rows.length
    })
  }

  #rows(selection: Readonly<Record<string, unknown>> | undefined): Promise<unknown[]> {
    const core = this.#core
    return core.run('update or delete', async () => {
      await core.autoflush()
      const mapper = core.mapperOf(this.#model)
      const chosen = selection === undefined ? [] : selectItems(selection)
      if (mapper.isSpread && selection !== undefined) {
        const { compiled, result } = await this.#send(chosen)
        core.objects.markAllStale(mapper)
        const names = Object.keys(selection)
        return readRecords(core.hydration(), names, compiled.layout, result.rows)
      }
      const { compiled, result } = await this.#send([entityItem(this.#model), ...chosen])
      const [item] = compiled.layout
      const projection = projectionOf(mapper, item)
      const width = item?.kind === 'entity' ? item.count : 0
      const rows = result.rows.map((row) => row.slice(0, width))
      const states =
        selection === undefined ? hydrateAll(core.hydration(), mapper, rows, projection) : []
      this.#follow(mapper, rows, projection)
      if (selection === undefined) return states.map(({ entity }) => entity)
      return readRecords(
        core.hydration(),
        Object.keys(selection),
        compiled.layout.slice(1),
        result.rows,
      )
    })
  }

  async #send(returned: readonly SelectItem[] | undefined): Promise<Executed> {
    const statement = returned === undefined ? this.#statement : this.#statement.returning(returned)
    const executed = await execute(this.#core, statement, 'write')
    const { rows, affectedRows } = executed.result
    noteBulk(this.#core, this.#model, {
      op: this.#statement instanceof DeleteStatement ? 'delete' : 'update',
      rowCount: returned === undefined ? affectedRows : rows.length,
    })
    return executed
  }

  /** Memory follows the rows: for objects that are in it, and only those. */
  #follow(
    mapper: Mapper,
    rows: readonly (readonly unknown[])[],
    projection: Projection | undefined,
  ): void {
    const core = this.#core
    for (const row of rows) {
      const identity = mapper.identityOfRow(row)
      const state = identity === null ? undefined : core.identityMap.get(mapper, identity)
      if (state === undefined) continue
      if (this.#statement instanceof DeleteStatement) core.objects.noteDeleted(state)
      else core.objects.noteUpdated(state, mapper, row, projection)
    }
  }
}

/** @throws {ArgumentError} ARGUMENT for what is no column of the model, and for the one that says of which model a row is. */
export function checkSettable(model: Function, values: object): void {
  const definition = definitionOf(model)
  for (const property of Object.keys(values)) {
    const facts = definition.columns.get(property)
    if (facts === undefined)
      throw new ArgumentError(
        `Cannot set ${model.name}.${property}: there is no such column. ${definition.suggestion(property)}`,
      )
    if (facts.discriminator)
      throw new ArgumentError(
        `Cannot set ${model.name}.${property}: it says of which model a row is. Insert rows of the other model and delete these.`,
      )
  }
}

function entityItem(model: Function): SelectItem {
  return { kind: 'entity', source: Source.of(model) }
}

/** A criteria UPDATE of a model's rows. */
export function updateQuery(core: SessionCore, model: Function): CriteriaQuery<UpdateStatement> {
  return new CriteriaQuery(core, model, UpdateStatement.of(Source.of(model)))
}

/** A criteria DELETE of a model's rows. */
export function deleteQuery(core: SessionCore, model: Function): CriteriaQuery<DeleteStatement> {
  return new CriteriaQuery(core, model, DeleteStatement.of(Source.of(model)))
}
