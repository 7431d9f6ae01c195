import { MappingError, fromCaller } from '../../errors/index.ts'
import { nearest } from '../../util/index.ts'
import { ColumnBuilder, type ColumnFacts } from './column-builder.ts'
import { RelationBuilder } from './relation-builder.ts'
import { RelationDescriptor } from './relation-descriptor.ts'

/** Where the rows of a model are that inherits from another: in the other's table, or in a second one for the columns that it adds. */
export type Inheritance = 'single' | 'joined'

/** Options of a model as the mapper reads them. */
export interface DefinitionOptions {
  readonly table?: string
  readonly bind?: string
  readonly inherit?: Inheritance
  readonly discriminator?: string | number
  readonly indexes?: (columns: never) => readonly unknown[]
  readonly checks?: (columns: never) => readonly unknown[]
}

const RESERVED = new Set(['load', 'toJSON', 'then', 'constructor', 'c', 'extend'])
const DEFINITION = Symbol('athanor.definition')

/**
 * What a model class says of itself, whatever database it is used in: columns at once, relations when the first question needs their arrows, because
 * then every class of an import circle exists.
 */
export class ModelDefinition {
  /** Primary key columns first, then in the order of the definition. */
  readonly columns: ReadonlyMap<string, ColumnFacts>
  /** Names of the columns, in the same order. */
  readonly properties: readonly string[]
  /** Properties of the primary key. */
  readonly keyProperties: readonly string[]
  /** Names of the relations, in the order of the definition. */
  readonly relationNames: readonly string[]
  readonly options: DefinitionOptions
  /** The definition as it was written, with that of its base, for `extend`. */
  readonly source: Readonly<Record<string, unknown>>
  /** The model that it inherits from, whose table has its rows or a part of them; undefined for a model whose table has whole rows. */
  readonly base: Function | undefined
  /** The column that says of which model a row is, where models inherit from one another. */
  readonly discriminator: string | undefined
  /** The column that counts changes of a row. */
  readonly version: string | undefined
  readonly #relations = new Map<string, RelationDescriptor>()
  #inOrder: readonly RelationDescriptor[] | undefined

  constructor(
    source: Readonly<Record<string, unknown>>,
    options: DefinitionOptions,
    base?: Function,
  ) {
    this.source = source
    this.options = options
    this.base = base
    const columns: [string, ColumnFacts][] = []
    const relationNames: string[] = []
    for (const [key, value] of Object.entries(source)) {
      checkKey(key)
      if (typeof value === 'function') relationNames.push(key)
      else if (value instanceof ColumnBuilder) columns.push([key, value.facts])
      else
        throw new MappingError(
          `Cannot use "${key}" in a model: its value is neither a column nor a relation. Write a column such as text(), or an arrow such as () => belongsTo(User).`,
        )
    }
    const keysFirst = columns.toSorted((a, b) => Number(b[1].primaryKey) - Number(a[1].primaryKey))
    this.columns = new Map(keysFirst)
    this.properties = [...this.columns.keys()]
    this.keyProperties = this.properties.filter((key) => this.columns.get(key)?.primaryKey)
    this.relationNames = relationNames
    this.discriminator = this.properties.find((key) => this.columns.get(key)?.discriminator)
    this.version = this.properties.find((key) => this.columns.get(key)?.version)
    if (options.discriminator !== undefined && this.discriminator === undefined)
      throw new MappingError(
        'Cannot give a model a discriminator: no column says of which model a row is. Add one to the base, such as kind: discriminator().',
      )
  }

  /** The definition itself, and those that it inherits from, up to the one that inherits from none. */
  get lineage(): readonly ModelDefinition[] {
    return this.base === undefined ? [this] : [this, ...definitionOf(this.base).lineage]
  }

  /** The columns that it adds to those of the model that it inherits from. */
  get ownColumns(): readonly (readonly [property: string, facts: ColumnFacts])[] {
    const inherited = this.base === undefined ? undefined : definitionOf(this.base)
    return [...this.columns].filter(([property]) => inherited?.columns.has(property) !== true)
  }

  /** The relation called `name`; its arrow runs at the first question. @throws {MappingError} MAPPING when the arrow gives no relation. */
  relation(name: string): RelationDescriptor {
    const known = this.#relations.get(name)
    if (known !== undefined) return known
    const base = this.base === undefined ? undefined : definitionOf(this.base)
    if (base?.relationNames.includes(name) === true) return base.relation(name)
    const arrow = this.source[name]
    const made: unknown = typeof arrow === 'function' ? arrow() : undefined
    if (!(made instanceof RelationBuilder)) {
      throw new MappingError(
        `Cannot map the relation "${name}": its arrow gives no relation. Return belongsTo(), hasOne(), hasMany() or manyToMany() from it.`,
      )
    }
    const descriptor = new RelationDescriptor(
      { owner: this, name, index: this.relationNames.indexOf(name), builder: made },
      definitionOf,
    )
    this.#relations.set(name, descriptor)
    return descriptor
  }

  /** All relations, in the order of the definition. */
  get relations(): readonly RelationDescriptor[] {
    return (this.#inOrder ??= this.relationNames.map((name) => this.relation(name)))
  }

  /** Whether `name` is a column or a relation. */
  has(name: string): boolean {
    return this.columns.has(name) || this.relationNames.includes(name)
  }

  /** `"titel"; did you mean "title"?` for messages. */
  suggestion(name: string): string {
    const near = nearest(name, [...this.properties, ...this.relationNames])
    return near === undefined
      ? `Known are ${[...this.properties, ...this.relationNames].join(', ')}.`
      : `Did you mean "${near}"?`
  }
}

function checkKey(key: string): void {
  if (RESERVED.has(key) || key.startsWith('$')) {
    throw fromCaller(
      new MappingError(
        `Cannot name a column or relation "${key}": every model has that name already. Rename it, and keep the database's name with .named('${key}').`,
      ),
      checkKey,
    )
  }
}

/** Puts a definition on the generated base class of a model; subclasses inherit it. @internal */
export function attachDefinition(base: Function, definition: ModelDefinition): void {
  Object.defineProperty(base, DEFINITION, { value: definition })
}

/** The definition of a model class. @throws {MappingError} MAPPING when it is no model. */
export function definitionOf(model: object): ModelDefinition {
  const definition: unknown = Reflect.get(model, DEFINITION)
  if (definition instanceof ModelDefinition) return definition
  const name = typeof model === 'function' ? `"${model.name}"` : `a value of type ${typeof model}`
  throw new MappingError(
    `Cannot use ${name} as a model. Define it as class … extends Model({ … }).`,
  )
}

/** Whether `value` is a model class. */
export function isModelClass(value: unknown): value is Function {
  return typeof value === 'function' && Reflect.get(value, DEFINITION) instanceof ModelDefinition
}
