import { ArgumentError, ConfigurationError, MappingError } from '../../errors/index.ts'
import { MetaData, type Table } from '../../schema/index.ts'
import type { Catalog, JoinPath, SqlDialect } from '../../sql/index.ts'
import { snakeCase } from '../../util/index.ts'
import { checkClassBody } from './class-body.ts'
import { checkDeferred } from './deferred-columns.ts'
import { definitionOf, isModelClass, type ModelDefinition } from './definition.ts'
import { Mapper } from './mapper.ts'
import { rankMappers } from './ranks.ts'
import {
  addReferences,
  addTableItems,
  buildTable,
  continueTable,
  shareTable,
} from './table-builder.ts'
import { wire } from './wiring.ts'

/** Models by name, or several such objects. */
export type ModelsOption =
  | Readonly<Record<string, unknown>>
  | readonly Readonly<Record<string, unknown>>[]

/** Schemas by the keys of engines: the tables of an engine's models stand in its schema. */
export type Schemas = Readonly<Record<string, string>>

/** What the registry must know of the engines. */
export interface RegistryOptions {
  /** The keys of the configured engines. */
  readonly engineKeys: readonly string[]
  dialectOf(engineKey: string): SqlDialect
  /** The schema that the tables of an engine stand in, by the engine's key. Default: the connection's own. */
  readonly schemas?: Schemas
  /** Makes a table's name of a model's; null turns naming off. Default: snake_case. */
  readonly naming?: ((modelName: string) => string) | null
}

/** The models of one Database, wired: mappers, tables, relations. Everything that can be wrong with a model is found here, before any statement. */
export class Registry implements Catalog {
  /** In the order of `models`. */
  readonly mappers: readonly Mapper[]
  /** The tables, by engine key. */
  readonly metadatas: ReadonlyMap<string, MetaData>
  readonly cacheKey: string
  readonly #byModel = new Map<object, Mapper>()
  readonly #metadatas = new Map<string, MetaData>()
  readonly #options: RegistryOptions

  /** @throws {MappingError} MAPPING, NO_PRIMARY_KEY, NO_TABLE_NAME; @throws {ConfigurationError} UNKNOWN_ENGINE. */
  constructor(models: ModelsOption, options: RegistryOptions) {
    this.#options = options
    this.metadatas = this.#metadatas
    this.cacheKey = options.schemas === undefined ? '' : JSON.stringify(options.schemas)
    for (const key of options.engineKeys)
      this.#metadatas.set(key, new MetaData(key, options.schemas?.[key]))
    const mapped = [...namedModels(models)]
      .map(([name, model], index) => ({ name, model, index, definition: definitionOf(model) }))
      .toSorted((a, b) => a.definition.lineage.length - b.definition.lineage.length) // bases first
      .map((entry) => this.#map(entry))
    for (const mapper of mapped) this.#finish(mapper)
    this.mappers = mapped.toSorted((a, b) => a.index - b.index)
    rankMappers(this.mappers)
  }

  /** Whether `model` is one of this Database's models. */
  knows(model: object): boolean {
    return this.#byModel.has(model)
  }

  /** @throws {ArgumentError} ARGUMENT when this Database does not know the model. */
  mapperOf(model: object): Mapper {
    const mapper = this.#byModel.get(model)
    if (mapper !== undefined) return mapper
    const name = classNameOf(model)
    definitionOf(model) // no model at all: its own error
    throw new ArgumentError(
      `Cannot use the model ${name}: this Database does not know it. Add it: new Database({ models: { …, ${name} } }).`,
      { info: { model: name } },
    )
  }

  rowsOf(model: object): Mapper {
    return this.mapperOf(model)
  }

  relation(model: object, name: string): JoinPath {
    const mapper = this.mapperOf(model)
    const relationship = mapper.relationships.get(name)
    if (relationship !== undefined) return relationship.joinPath
    throw new ArgumentError(
      `Cannot join ${mapper.name}.${name}: there is no such relation. ${mapper.definition.suggestion(name)}`,
    )
  }

  nameOf(model: object): string {
    return this.mapperOf(model).name
  }

  #map({ name, model, index, definition }: NamedModel): Mapper {
    const twin = this.#byModel.get(model)
    if (twin !== undefined)
      throw new MappingError(
        `Cannot map one class under two names: "${twin.name}" and "${name}". Keep one of them in \`models\`.`,
      )
    checkClassBody(name, model, definition)
    const base = definition.base === undefined ? undefined : this.#baseOf(name, definition.base)
    const table = this.#tableFor(name, definition, base)
    const dialect = this.#options.dialectOf(table.engineKey)
    const mapper = new Mapper({ name, model, definition, table, dialect, index, base })
    this.#byModel.set(model, mapper)
    return mapper
  }

  #baseOf(name: string, model: Function): Mapper {
    const mapper = this.#byModel.get(model)
    if (mapper !== undefined) return mapper
    throw new MappingError(
      `Cannot map ${name}: it inherits from ${model.name}, which is not one of the models of this Database. Add it: new Database({ models: { …, ${model.name}, ${name} } }).`,
      { info: { model: name, base: model.name } },
    )
  }

  /** The table of a model: that of its base, or a new one. */
  #tableFor(name: string, definition: ModelDefinition, base: Mapper | undefined): Table {
    const { inherit, bind = 'default', table: explicit } = definition.options
    if (base !== undefined && inherit === 'single') {
      shareTable(base.table, name, definition)
      return base.table
    }
    const engineKey = base?.engineKey ?? bind
    const metadata = this.#metadatas.get(engineKey)
    if (metadata === undefined) throw this.#unknownEngine(name, engineKey)
    const tableName = this.#tableName(name, explicit)
    const table =
      base === undefined
        ? buildTable(name, definition, engineKey, tableName)
        : continueTable(base.table, definition, tableName)
    this.#checkTableName(name, table)
    metadata.add(table)
    return table
  }

  #checkTableName(name: string, { name: tableName, engineKey }: Table): void {
    const twin = [...this.#byModel.values()].find(
      ({ table }) => table.name === tableName && table.engineKey === engineKey,
    )
    if (twin === undefined) return
    throw new MappingError(
      `Cannot map ${name}: its table "${tableName}" is that of ${twin.name}, on engine "${engineKey}". Give one of the two another: Model({ … }, { table: '…' }).`,
      {
        info: { models: [twin.name, name], table: tableName, engineKey },
      },
    )
  }

  #tableName(name: string, explicit: string | undefined): string {
    if (explicit !== undefined) return explicit
    if (this.#options.naming === null) {
      throw new MappingError(
        `Cannot map ${name}: it names no table, and automatic naming is off. Give it one: Model({ … }, { table: '…' }).`,
        { code: 'NO_TABLE_NAME', info: { model: name } },
      )
    }
    return (this.#options.naming ?? snakeCase)(name)
  }

  #unknownEngine(name: string, engineKey: string): ConfigurationError {
    const known = this.#options.engineKeys
    const advice =
      engineKey === 'default'
        ? "Add url: '…', or give the model a bind."
        : `Add engines: { ${engineKey}: '…' }.`
    return new ConfigurationError(
      `Cannot map ${name}: it is bound to the engine "${engineKey}", and configured are ${known.length === 0 ? 'none' : known.join(', ')}. ${advice}`,
      {
        code: 'UNKNOWN_ENGINE',
        info: { model: name, engineKey, configured: known },
      },
    )
  }

  #finish(mapper: Mapper): void {
    const tables = this.#metadatas.get(mapper.engineKey)?.tables ?? new Map<string, Table>()
    const context = {
      mapperOf: (model: object, asked: string) => this.#targetOf(model, asked),
      associationTable: (made: Table, label: string) => this.#associationTable(made, label),
    }
    for (const relation of mapper.definition.relations)
      mapper.addRelationship(
        mapper.base?.relationships.get(relation.name) ?? wire(mapper, relation, context),
      )
    checkDeferred(mapper)
    addReferences(mapper.table, mapper.name, mapper.definition, tables)
    addTableItems(mapper.table, mapper.name, mapper.model, mapper.definition)
  }

  #targetOf(model: object, asked: string): Mapper {
    const mapper = this.#byModel.get(model)
    if (mapper !== undefined) return mapper
    const name = classNameOf(model)
    throw new MappingError(
      `Cannot map ${asked}: its target ${name} is not one of the models of this Database. Add it: new Database({ models: { …, ${name} } }).`,
      { info: { relation: asked, model: name } },
    )
  }

  #associationTable(made: Table, label: string): Table {
    const metadata = this.#metadatas.get(made.engineKey)
    const existing = metadata?.tables.get(made.name)
    if (existing === undefined) {
      metadata?.add(made)
      return made
    }
    const mapper = [...this.#byModel.values()].find(({ table }) => table === existing)
    if (mapper !== undefined)
      throw new MappingError(
        `Cannot map ${label}: the table "${made.name}" is that of the model ${mapper.name}. Name the model: { through: () => ${mapper.name} }.`,
      )
    if (existing.columns.every(({ name }, i) => name === made.columns[i]?.name)) return existing
    throw new MappingError(
      `Cannot map ${label}: the table "${made.name}" ties two other models already. Give this relation a table of its own: { through: '…' }.`,
    )
  }
}

/** A member of `models`. */
interface NamedModel {
  readonly name: string
  readonly model: Function
  /** Its place in `models`. */
  readonly index: number
  readonly definition: ModelDefinition
}

function* namedModels(models: ModelsOption): Generator<[string, Function]> {
  const packages = Array.isArray(models)
    ? (models as readonly Readonly<Record<string, unknown>>[])
    : [models as Readonly<Record<string, unknown>>]
  const seen = new Set<string>()
  for (const members of packages) {
    for (const [name, model] of Object.entries(members)) {
      if (!isModelClass(model))
        throw new MappingError(
          `Cannot map "${name}": it is no model. Keep only classes that extend Model({ … }) in \`models\`.`,
        )
      if (seen.has(name))
        throw new MappingError(
          `Cannot map two models called "${name}". Rename one of them in \`models\`, as in { ${name}: first, Other${name}: second }.`,
        )
      seen.add(name)
      yield [name, model]
    }
  }
}

function classNameOf(model: object): string {
  return typeof model === 'function' ? model.name : 'a value that is no class'
}
