import { ArgumentError, type CallSite } from '../../errors/index.ts'
import { createTemplate, RawStatement, valuesOf } from '../../sql/index.ts'
import type { DriverResult } from '../../engine/index.ts'
import type { Mapper, RowQuery } from '../mapping/index.ts'
import { hydrateAll } from '../loading/index.ts'
import { noteRaw } from './bulk-changes.ts'
import { engineKeyOf } from './execute.ts'
import { FetchedRows } from './fetched-rows.ts'
import type { SessionCore } from './session-core.ts'

/** Where SQL of the developer's own runs. */
export interface RawOptions {
  /** Default: the engine of the first model that it names, else `default`. */
  readonly engine?: string
  /** It only reads: on a server it is leased, in a READ ONLY transaction of its own, and refused if it writes. */
  readonly readOnly?: boolean
}

/** SQL of the developer's own, run by the session: `session.sql`. Its rows are records as the driver names and gives them. */
export class RawQuery extends FetchedRows<unknown> {
  readonly #core: SessionCore
  /** Awaiting leaves no frame on the stack: where it was written stands for where it is sent. */
  readonly #call: CallSite | undefined
  readonly #statement: RawStatement
  readonly #options: RawOptions

  constructor(
    core: SessionCore,
    strings: TemplateStringsArray,
    values: readonly unknown[],
    options: RawOptions = {},
  ) {
    super('the SQL of this template', async () => namedRows(await this.#run()))
    this.#core = core
    this.#call = core.call
    this.#statement = new RawStatement(createTemplate(strings, values))
    this.#options = options
  }

  /** The rows as objects of a model: its columns are found by their names in the database, and all of them must be there. */
  as(model: Function): RowQuery<object> {
    return new FetchedRows<object>(`the SQL for ${model.name}`, async () => {
      const mapper = this.#core.mapperOf(model)
      const { columns = [], rows } = await this.#run()
      const places = placesOf(mapper, columns)
      const hydration = this.#core.hydration()
      return hydrateAll(
        hydration,
        mapper,
        rows.map((row) => places.map((place) => (place === undefined ? null : row[place]))),
      ).map(({ entity }) => entity)
    })
  }

  /** Runs it, and gives how many rows it touched: a statement that nobody awaits for rows is awaited itself. */
  // oxlint-disable-next-line unicorn/no-thenable -- awaiting a template must not silently send nothing
  then<A = number, B = never>(
    onFulfilled?: ((affectedRows: number) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#core
      .asCall(() => this.#run(), this.#call)
      .then(({ affectedRows }) => affectedRows)
      .then(onFulfilled, onRejected)
  }

  #run(): Promise<DriverResult> {
    const core = this.#core
    return core.run('run SQL', async () => {
      await core.autoflush()
      const engineKey = this.#options.engine ?? engineKeyOf(core, this.#statement)
      const engine = core.context.engine(engineKey)
      const values = valuesOf(this.#statement)
      const compiled = engine.statements.get(
        this.#statement,
        values,
        engine.dialect,
        core.context.registry,
      )
      const command = { ...compiled.command(values), isRaw: true }
      const result = await core.statements.raw(engineKey, command, this.#options.readOnly)
      noteRaw(core, engineKey, { sql: command.sql, rows: result.affectedRows })
      return result
    })
  }
}

function namedRows({ columns = [], natural = [], rows }: DriverResult): Record<string, unknown>[] {
  const valueOf = (stored: unknown, i: number): unknown => {
    const convert = natural[i]
    return stored === null || convert === undefined ? stored : convert(stored)
  }
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, valueOf(row[i], i)])))
}

/** Where the columns of a model's rows stand in those of the SQL; undefined for columns that its rows have not. */
function placesOf(mapper: Mapper, columns: readonly string[]): (number | undefined)[] {
  const tables = [...mapper.tables, ...mapper.branches]
  const wanted = mapper.rowColumns.filter(({ table }) => tables.includes(table))
  const names = wanted.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new ArgumentError(
      `Cannot make objects of ${mapper.name} of SQL: several of its tables have a column "${twice}", and their values could not be told apart. Use select(${mapper.name}), or give the columns other names in the database.`,
    )
  return mapper.rowColumns.map((column) =>
    wanted.includes(column) ? placeOf(columns, column.name, mapper.name) : undefined,
  )
}

function placeOf(columns: readonly string[], name: string, model: string): number {
  const place = columns.indexOf(name)
  if (place >= 0) return place
  throw new ArgumentError(
    `Cannot make objects of ${model}: the SQL gives no column "${name}". Select all its columns, as in select * from the table.`,
  )
}
