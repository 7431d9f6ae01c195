import { columnTypes, type Column, type ColumnType, type Table } from '../../schema/index.ts'
import { createBinder, type ModelRows, type RowFilter, type SqlDialect } from '../../sql/index.ts'
import type { ColumnFacts } from './column-builder.ts'
import { deferredColumns } from './deferred-columns.ts'
import type { ModelDefinition } from './definition.ts'
import { Family } from './family.ts'
import type { Relationship } from './relationship.ts'
import { compileRowFunctions, type ColumnConverter, type RowFunctions } from './row-functions.ts'

/** A primary key as the identity map keeps it: the value itself, or a text of several. */
export type IdentityKey = string | number | bigint | boolean

const PLAIN_KEYS: ReadonlySet<ColumnType> = new Set([columnTypes.int, columnTypes.text])

/** One of the tables that have a part of a model's rows. */
export interface MappedPart {
  readonly table: Table
  /** Its key, and the model's columns in it. */
  readonly columns: readonly Column[]
}

/** The text of a statement, for commands. */
interface CompiledText {
  readonly sql: string
  /** Whether it was compiled for an earlier command. */
  readonly cached: boolean
}

/** A model in one database: its tables, its relations, and what is compiled once for it. */
export class Mapper implements ModelRows {
  /** The model's key in `models`. */
  readonly name: string
  readonly model: Function
  readonly definition: ModelDefinition
  /** The table that was made for it, or for the nearest model above it that has one. */
  readonly table: Table
  /** Tables that have a part of each of its rows: that of the root first, `table` last. */
  readonly tables: readonly [Table, ...Table[]]
  /** `tables`, with the columns that are written there. */
  readonly parts: readonly MappedPart[]
  /** All columns of a row, in their places: those of `tables`, and those of models beside it. */
  readonly rowColumns: readonly Column[]
  readonly dialect: SqlDialect
  /** Its place in the order of definition, for arrays by mapper. */
  readonly index: number
  /** The mapper of the model that it inherits from. */
  readonly base: Mapper | undefined
  /** The mapper that inherits from none; objects of all that have one root share identities. */
  readonly root: Mapper
  /** The models that have the same root; undefined where none may inherit. */
  readonly family: Family | undefined
  /** Columns of its objects, in the order of their places in a row, which may have more. */
  readonly columns: readonly Column[]
  /** Of the first of `tables`. */
  readonly keyColumns: readonly Column[]
  /** By the columns' places in a row. */
  readonly converters: readonly ColumnConverter[]
  readonly rows: RowFunctions
  /** The column that guards against lost updates. */
  readonly versionColumn: Column | undefined
  /** The key is one column whose stored form is its identity. */
  readonly hasPlainKey: boolean
  /** Relations by name, in the order of the definition. */
  readonly relationships: ReadonlyMap<string, Relationship>
  #rank = 0
  readonly #byProperty: ReadonlyMap<string, Column>
  #deferred: ReadonlySet<Column> | undefined
  #usualColumns: readonly Column[] | undefined
  readonly #relationships = new Map<string, Relationship>()
  readonly #compiled = new Map<string, unknown>()

  constructor(facts: {
    name: string
    model: Function
    definition: ModelDefinition
    table: Table
    dialect: SqlDialect
    index: number
    base: Mapper | undefined
  }) {
    this.name = facts.name
    this.model = facts.model
    this.definition = facts.definition
    this.table = facts.table
    this.dialect = facts.dialect
    this.index = facts.index
    this.base = facts.base
    this.root = facts.base?.root ?? this
    this.tables = tablesOf(facts.table, facts.base)
    this.rowColumns = facts.table.rowColumns
    this.#byProperty = columnsByProperty(facts)
    this.columns = this.rowColumns.filter((column) => this.column(column.property) === column)
    this.keyColumns = this.tables[0].primaryKey
    this.parts = this.tables.map((table) => ({
      table,
      columns: table.columns.filter((column) => column.primaryKey || this.columns.includes(column)),
    }))
    const converters: ColumnConverter[] = []
    for (const column of this.columns) converters[column.ordinal] = this.#converter(column)
    this.converters = converters
    this.rows = compileRowFunctions(this.columns, this.converters)
    this.versionColumn = this.columns.find((column) => this.factsOf(column).version)
    const [key] = this.keyColumns
    this.hasPlainKey =
      this.keyColumns.length === 1 &&
      key !== undefined &&
      this.converters[key.ordinal]?.decode === undefined &&
      PLAIN_KEYS.has(key.type)
    this.relationships = this.#relationships
    this.family = facts.base?.family ?? this.#ownFamily()
    this.family?.add(this)
  }

  #ownFamily(): Family | undefined {
    const column = this.columns.find((each) => this.factsOf(each).discriminator)
    return column === undefined ? undefined : new Family(this, column)
  }

  /** Whether its objects are objects of `other` too. */
  isA(other: Mapper): boolean {
    return this === other || this.base?.isA(other) === true
  }

  /** The mapper, itself or one that it inherits from, of the model that has this definition. */
  declaring(definition: ModelDefinition): Mapper {
    return this.definition === definition || this.base === undefined
      ? this
      : this.base.declaring(definition)
  }

  /** The column of its objects that the program calls `property`. */
  column(property: string): Column | undefined {
    return this.#byProperty.get(property)
  }

  /** Whether `table` was made for it, and not for the model that it inherits from. */
  get hasOwnTable(): boolean {
    return this.table !== this.base?.table
  }

  /** Whether rows of its family are spread over several tables. */
  get isSpread(): boolean {
    return this.family?.members.some(({ table }) => table !== this.tables[0]) ?? false
  }

  get branches(): readonly Table[] {
    const below = (this.family?.members ?? []).filter((member) => member.isA(this))
    return [...new Set(below.map(({ table }) => table))].filter(
      (table) => !this.tables.includes(table),
    )
  }

  /** Which rows of `tables` are its objects; undefined = all. */
  get filter(): RowFilter | undefined {
    return this.family?.filterOf(this)
  }

  /** The stored form of its discriminator. */
  discriminatorOf(column: Column): unknown {
    return this.converters[column.ordinal]?.bind(this.definition.options.discriminator)
  }

  /** The place of its inserts among all mappers: parents first. Mappers of one circle, or of one root, share a rank. */
  get rank(): number {
    return this.root.#rank
  }

  set rank(rank: number) {
    this.root.#rank = rank
  }

  /** Columns of a row that are not selected unless they are asked for. */
  get deferred(): ReadonlySet<Column> {
    return (this.#deferred ??= deferredColumns(this))
  }

  get usualColumns(): readonly Column[] {
    const { rowColumns, deferred } = this
    return (this.#usualColumns ??=
      deferred.size === 0 ? rowColumns : rowColumns.filter((column) => !deferred.has(column)))
  }

  get engineKey(): string {
    return this.table.engineKey
  }

  addRelationship(relationship: Relationship): void {
    this.#relationships.set(relationship.name, relationship)
  }

  /** What the model's definition says of a column. */
  factsOf(column: Column): ColumnFacts {
    const facts = this.definition.columns.get(column.property)
    if (facts === undefined) throw new TypeError(`${this.name} has no column ${column.property}`)
    return facts
  }

  /** A text that is compiled once for `use`, and whether it was before. */
  text(use: string, make: () => string): CompiledText {
    const known = this.#compiled.get(use)
    if (known !== undefined) return known as CompiledText
    const sql = make()
    this.#compiled.set(use, { sql, cached: true })
    return { sql, cached: false }
  }

  /** What is made once for `use`: the unit of work and the loaders keep their statements here. `use` says all that the result depends on. */
  compiled<T extends object>(use: string, make: () => T): T {
    const known = this.#compiled.get(use)
    if (known !== undefined) return known as T
    const made = make()
    this.#compiled.set(use, made)
    return made
  }

  /** The identity of key values in column order; null when one is missing. Numbers, bigints and numeric text of an integer key are one identity. */
  identityOf(values: readonly unknown[]): IdentityKey | null {
    const [first] = values
    if (values.length === 1)
      return first === null || first === undefined ? null : normalKey(first, this.keyColumns[0])
    if (values.some((value) => value === null || value === undefined)) return null
    const normal = values.map((value, i) => normalKey(value, this.keyColumns[i]))
    return JSON.stringify(normal.map(String))
  }

  /** The identity of a row; null when a part of the key is missing. Hot: the one integer or text column that most keys are needs no conversion. */
  identityOfRow(row: readonly unknown[]): IdentityKey | null {
    if (this.hasPlainKey) return (row[0] as IdentityKey | null | undefined) ?? null
    return this.identityOf(
      this.keyColumns.map(({ ordinal }) => this.rows.decode(ordinal, row[ordinal])),
    )
  }

  #converter(column: Column): ColumnConverter {
    const codec = this.dialect.codec(column.type)
    const bind = createBinder(column.type, codec, `${this.name}.${column.property}`)
    const { encode, decode, plain } = codec
    if (!column.type.mutable) return { bind, encode, decode, plain }
    return {
      bind: (value) => apart(bind(value), value),
      encode,
      plain: undefined,
      decode: (stored) => apart(decode === undefined ? stored : decode(stored), stored),
    }
  }
}

/** The columns of the model that it inherits from, and those that it adds in its table. */
function columnsByProperty({
  definition,
  table,
  base,
}: Pick<Mapper, 'definition' | 'table' | 'base'>): ReadonlyMap<string, Column> {
  return new Map(
    definition.properties.flatMap((property): [string, Column][] => {
      const column = base?.column(property) ?? table.column(property)
      return column === undefined ? [] : [[property, column]]
    }),
  )
}

function tablesOf(table: Table, base: Mapper | undefined): Mapper['tables'] {
  if (base === undefined) return [table]
  return table === base.table ? base.tables : [...base.tables, table]
}

/** Snapshots keep stored forms: one that is the value itself is copied, since the program may change it in place. */
function apart(made: unknown, from: unknown): unknown {
  if (made !== from) return made
  if (made instanceof Uint8Array) return new Uint8Array(made)
  return made instanceof Date ? new Date(made) : made
}

function normalKey(value: unknown, column: Column | undefined): IdentityKey {
  if (typeof value === 'number') return value
  const identity = column?.type.identity
  if (identity !== undefined) return identity(value)
  return typeof value === 'bigint' || typeof value === 'boolean' ? value : String(value)
}
