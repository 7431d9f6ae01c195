import { ArgumentError, type CallSite } from '../../errors/index.ts'
import { InsertStatement, Source, type SelectItem } from '../../sql/index.ts'
import { ownDiscriminator, type Mapper, type RowQuery } from '../mapping/index.ts'
import { hydrateAll } from '../loading/index.ts'
import { batches, fitting } from './batches.ts'
import { noteBulk } from './bulk-changes.ts'
import { execute, type Executed } from './execute.ts'
import { FetchedRows } from './fetched-rows.ts'
import { projectionOf, readRecords, selectItems } from './record-query.ts'
import type { SessionCore } from './session-core.ts'

type Row = Readonly<Record<string, unknown>>

/** What to do when a row exists already. */
interface Conflict {
  readonly columns: readonly string[]
  readonly action: 'nothing' | 'row' | Row
}

/** A bulk INSERT: the run-time side of `Insert`. No objects and no cascades; client defaults apply, once a row. Sent when it is awaited. */
export class InsertQuery {
  readonly #core: SessionCore
  /** Awaiting leaves no frame on the stack: where it was written stands for where it is sent. */
  readonly #call: CallSite | undefined
  readonly #model: Function
  readonly #rows: readonly Row[] | undefined
  readonly #conflict: Conflict | undefined

  constructor(core: SessionCore, model: Function, rows?: readonly Row[], conflict?: Conflict) {
    this.#core = core
    this.#call = core.call
    this.#model = model
    this.#rows = rows
    this.#conflict = conflict
  }

  values(rows: Row | readonly Row[]): InsertQuery {
    return new InsertQuery(
      this.#core,
      this.#model,
      Array.isArray(rows) ? (rows as readonly Row[]) : [rows as Row],
      this.#conflict,
    )
  }

  onConflict(columns: readonly string[]): {
    doNothing(): InsertQuery
    doUpdate(set?: Row): InsertQuery
  } {
    const withAction = (action: Conflict['action']): InsertQuery =>
      new InsertQuery(this.#core, this.#model, this.#rows, { columns, action })
    return { doNothing: () => withAction('nothing'), doUpdate: (set) => withAction(set ?? 'row') }
  }

  /** Sends the statement; gives the number of rows that it touched. */
  // oxlint-disable-next-line unicorn/no-thenable -- a statement is awaited, as its type says
  then<A = number, B = never>(
    resolve?: ((count: number) => A | PromiseLike<A>) | null,
    reject?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#core
      .asCall(() => this.#send(undefined), this.#call)
      .then((executed) => this.#touched(executed))
      .then(resolve, reject)
  }

  /** ON DUPLICATE KEY UPDATE counts a row that it changed twice, and one that it left alone as much as a new one: there every row counts once. */
  #touched(executed: readonly Executed[]): number {
    const { supports } = this.#core.mapperOf(this.#model).dialect
    if (this.#conflict !== undefined && !supports.conflictTarget) return this.#rows?.length ?? 0
    return executed.reduce((sum, { result }) => sum + result.affectedRows, 0)
  }

  returning(selection?: Row): RowQuery<unknown> {
    return new FetchedRows<unknown>(`the insert into ${this.#model.name}`, async () => {
      const items: SelectItem[] =
        selection === undefined
          ? [{ kind: 'entity', source: Source.of(this.#model) }]
          : selectItems(selection)
      const executed = await this.#send(items)
      if (selection !== undefined)
        return executed.flatMap(({ compiled, result }) =>
          readRecords(this.#core.hydration(), Object.keys(selection), compiled.layout, result.rows),
        )
      const mapper = this.#core.mapperOf(this.#model)
      const hydration = this.#core.hydration('refresh')
      const projection = projectionOf(mapper, executed[0]?.compiled.layout[0])
      return hydrateAll(hydration, mapper, rowsOf(executed), projection).map(({ entity }) => entity)
    })
  }

  #send(returned: readonly SelectItem[] | undefined): Promise<Executed[]> {
    const core = this.#core
    return core.run('insert', async () => {
      await core.autoflush()
      const mapper = core.mapperOf(this.#model)
      checkInsertable(mapper, this.#conflict)
      const groups = Map.groupBy(
        (this.#rows ?? []).map((row) => withDefaults(mapper, row)),
        (row) => Object.keys(row).join(),
      )
      const executed: Executed[] = []
      for (const rows of groups.values()) {
        for (const batch of batches(
          rows,
          fitting(Object.keys(rows[0] ?? {}).length, mapper.dialect.supports.maxParameters),
        )) {
          executed.push(await execute(core, this.#statement(batch, returned), 'write'))
        }
      }
      if (
        this.#conflict !== undefined &&
        this.#conflict.action !== 'nothing' &&
        returned === undefined
      ) {
        core.objects.markAllStale(mapper) // which of them were updated is not known
      }
      noteBulk(core, this.#model, {
        op: 'insert',
        rowCount: returned === undefined ? this.#touched(executed) : rowsOf(executed).length,
      })
      return executed
    })
  }

  #statement(rows: readonly Row[], returned: readonly SelectItem[] | undefined): InsertStatement {
    const properties = Object.keys(rows[0] ?? {})
    const insert = InsertStatement.of(
      Source.of(this.#model),
      properties,
      rows.map((row) => properties.map((property) => row[property])),
    )
    const guarded = this.#conflict === undefined ? insert : withConflict(insert, this.#conflict)
    return returned === undefined ? guarded : guarded.returning(returned)
  }
}

/** @throws {ArgumentError} ARGUMENT where one INSERT cannot write whole rows, or could update a part of one. */
function checkInsertable({ name, tables, isSpread }: Mapper, conflict: Conflict | undefined): void {
  if (tables.length > 1)
    throw new ArgumentError(
      `Cannot insert rows of ${name} in bulk: each has a part in ${tables.map((table) => `"${table.name}"`).join(' and ')}, and a statement writes one table. Add objects: session.addAll([new ${name}({ … })]).`,
      { info: { model: name } },
    )
  if (isSpread && conflict !== undefined && conflict.action !== 'nothing')
    throw new ArgumentError(
      `Cannot update existing rows of ${name} by onConflict(): they may be of a model that has a part of them in another table. Use doNothing(), or change objects.`,
      { info: { model: name } },
    )
}

function rowsOf(executed: readonly Executed[]): Executed['result']['rows'][number][] {
  return executed.flatMap(({ result }) => result.rows)
}

function withConflict(insert: InsertStatement, { columns, action }: Conflict): InsertStatement {
  const onConflict = insert.onConflict(columns)
  if (action === 'nothing') return onConflict.doNothing()
  return action === 'row' ? onConflict.doUpdate() : onConflict.doUpdate(action)
}

/** The row with client defaults for what it leaves out, its properties in the order of the table. @throws {ArgumentError} ARGUMENT for an unknown property. */
function withDefaults(mapper: Mapper, row: Row): Row {
  const unknown = Object.keys(row).find((property) => mapper.column(property) === undefined)
  if (unknown !== undefined)
    throw new ArgumentError(
      `Cannot insert into ${mapper.name} with "${unknown}": it has no such column. ${mapper.definition.suggestion(unknown)}`,
    )
  const complete: Record<string, unknown> = {}
  for (const column of mapper.columns) {
    const facts = mapper.factsOf(column)
    const given = row[column.property]
    if (facts.discriminator)
      complete[column.property] = ownDiscriminator(mapper.definition, column.property, {
        name: mapper.name,
        given,
      })
    else if (given !== undefined) complete[column.property] = given
    else if (facts.hasDefault)
      complete[column.property] =
        typeof facts.default === 'function' ? (facts.default as () => unknown)() : facts.default
  }
  return complete
}
