import { ArgumentError } from '../../errors/index.ts'
import { createTemplate, RawStatement, valuesOf } from '../../sql/index.ts'
import type { DriverResult } from '../../engine/index.ts'
import type { RowQuery } from '../mapping/index.ts'
import { hydrateAll } from '../loading/index.ts'
import { engineKeyOf } from './execute.ts'
import { FetchedRows } from './fetched-rows.ts'
import type { SessionCore } from './session-core.ts'

/** SQL of the developer's own, run by the session: `session.sql`. Its rows are records as the driver names and gives them. */
export class RawQuery extends FetchedRows<unknown> {
  readonly #core: SessionCore
  readonly #statement: RawStatement
  readonly #engineKey: string | undefined

  constructor(
    core: SessionCore,
    strings: TemplateStringsArray,
    values: readonly unknown[],
    engineKey: string | undefined,
  ) {
    super('the SQL of this template', async () => namedRows(await this.#run()))
    this.#core = core
    this.#statement = new RawStatement(createTemplate(strings, values))
    this.#engineKey = engineKey
  }

  /** The rows as objects of a model: its columns are found by their names in the database, and all of them must be there. */
  as(model: Function): RowQuery<object> {
    return new FetchedRows<object>(`the SQL for ${model.name}`, async () => {
      const mapper = this.#core.mapperOf(model)
      const { columns = [], rows } = await this.#run()
      const places = mapper.columns.map((column) => placeOf(columns, column.name, mapper.name))
      const hydration = this.#core.hydration()
      return hydrateAll(
        hydration,
        mapper,
        rows.map((row) => places.map((place) => row[place])),
      ).map(({ entity }) => entity)
    })
  }

  #run(): Promise<DriverResult> {
    const core = this.#core
    return core.run('run SQL', async () => {
      await core.autoflush()
      const engineKey = this.#engineKey ?? engineKeyOf(core, this.#statement)
      const engine = core.context.engine(engineKey)
      const values = valuesOf(this.#statement)
      const compiled = engine.statements.get(
        this.#statement,
        values,
        engine.dialect,
        core.context.registry,
      )
      return core.statements.raw(engineKey, {
        sql: compiled.sql,
        parameters: compiled.bind(values),
      })
    })
  }
}

function namedRows({ columns = [], rows }: DriverResult): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])))
}

function placeOf(columns: readonly string[], name: string, model: string): number {
  const place = columns.indexOf(name)
  if (place >= 0) return place
  throw new ArgumentError(
    `Cannot make objects of ${model}: the SQL gives no column "${name}". Select all its columns, as in select * from the table.`,
  )
}
