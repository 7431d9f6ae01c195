import { ArgumentError, BindError } from '../errors/index.ts'
import type { ColumnType, Table } from '../schema/index.ts'
import { createBinder, createRawBinder, type Binder } from './binder.ts'
import type { Catalog, ModelRows } from './catalog.ts'
import { columnOf } from './column-lookup.ts'
import type { NameOf, Operand, Precedence } from './operand.ts'
import { OwnNames, PlacedRows } from './placed-rows.ts'
import { qualifiedName } from './qualified-name.ts'
import type { Scope } from './scope.ts'
import type { LayoutItem } from './selection.ts'
import { Source } from './source.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** A bound value: which of the statement's values it is made of, and how. */
export interface Parameter {
  readonly slot: number
  readonly bind: Binder
}

/** Collects a statement's text, its parameters and what its rows hold, while the statement is compiled for one database. */
export class SqlWriter {
  readonly dialect: SqlDialect
  readonly catalog: Catalog
  readonly nameOf: NameOf
  readonly parameters: Parameter[] = []
  readonly tables: Set<Table> = new Set<Table>()
  /** What the rows hold; filled by the outermost selection or RETURNING. */
  readonly layout: LayoutItem[] = []
  /** Lists are written member by member, whatever the dialect can do. */
  readonly expandsLists: boolean = false
  /** The table that the statement updates or deletes rows of. */
  changed: Table | undefined
  /** Place of the next value. Set back by who writes one operand twice. */
  slot: number = 0
  /** Names of the sources at this place; none in raw SQL, whose tables have their own names. */
  #scope: Scope | undefined
  #text = ''
  readonly #names = new Set<string>()

  constructor(dialect: SqlDialect, catalog: Catalog) {
    this.dialect = dialect
    this.catalog = catalog
    this.nameOf = (model) => catalog.nameOf(model)
  }

  get text(): string {
    return this.#text
  }

  write(text: string): void {
    this.#text += text
  }

  /** Whether `pattern` matches at the end of what was written just before. */
  endsWith(pattern: RegExp): boolean {
    return pattern.test(this.#text.slice(-16))
  }

  /** What `render` writes, instead of writing it. */
  capture(render: () => void): string {
    const before = this.#text
    this.#text = ''
    render()
    const captured = this.#text
    this.#text = before
    return captured
  }

  /** Writes an operand, in parentheses if it holds together less than `least`. */
  operand(operand: Operand, least: Precedence): void {
    const open = operand.precedence < least
    if (open) this.#text += '('
    operand.render(this)
    if (open) this.#text += ')'
  }

  /** Writes operands with `separator` between them. */
  list(operands: readonly Operand[], separator: string, least: Precedence): void {
    for (const [place, operand] of operands.entries()) {
      if (place > 0) this.#text += separator
      this.operand(operand, least)
    }
  }

  quote(identifier: string): string {
    return this.dialect.quote(identifier)
  }

  /** What the statement calls `table` where rows come from or go to. */
  qualified(table: Table): string {
    return qualifiedName(this.dialect, table)
  }

  /** Claims the next value of the statement. */
  claim(): number {
    const slot = this.slot
    this.slot += 1
    return slot
  }

  /** Passes over the values of an operand that is not written. */
  skip(operand: Operand): void {
    const values: unknown[] = []
    operand.collect(values)
    this.slot += values.length
  }

  /** Adds a parameter made of the value at `slot`; gives its placeholder. */
  placeholder(slot: number, bind: Binder): string {
    this.parameters.push({ slot, bind })
    const { maxParameters } = this.dialect.supports
    if (this.parameters.length > maxParameters) {
      throw new ArgumentError(
        `Cannot bind more than ${maxParameters} values in one statement of this database. Split the list into parts.`,
      )
    }
    return this.dialect.placeholder(this.parameters.length)
  }

  /** Binder of a value that belongs to `type`, for the operand it is compared with or added to. */
  binderOf(type: ColumnType | undefined, label: string): Binder {
    return type === undefined
      ? createRawBinder(this.dialect, label)
      : createBinder(type, this.dialect.codec(type), label)
  }

  /** `expression` as it must stand where values of `type` are compared or sorted. */
  comparable(expression: string, type: ColumnType | undefined): string {
    const wrap = type === undefined ? undefined : this.dialect.codec(type).comparable
    return wrap === undefined ? expression : wrap(expression)
  }

  /** A bound value of `type` as it must stand where it is compared or computed with. */
  exact(placeholder: string, type: ColumnType | undefined): string {
    const wrap = type === undefined ? undefined : this.dialect.codec(type).exact
    return wrap === undefined ? placeholder : wrap(placeholder)
  }

  /** `expression` as text, for LIKE and functions of text. */
  asText(expression: string, type: ColumnType | undefined): string {
    const wrap = type === undefined ? undefined : this.dialect.codec(type).asText
    return wrap === undefined ? expression : wrap(expression)
  }

  /** Where the rows of a model are: in tables that the statement mentions from now on. @throws {BindError} CROSS_ENGINE_STATEMENT when another engine holds them. */
  rowsOf(model: object): ModelRows {
    const rows = this.catalog.rowsOf(model)
    for (const table of rows.tables) this.mention(table)
    return rows
  }

  /** Notes that the statement mentions `table`. */
  mention(table: Table): Table {
    const [first] = this.tables
    if (first !== undefined && first.engineKey !== table.engineKey) {
      throw new BindError(
        `Cannot use the tables "${first.name}" and "${table.name}" in one statement: they live on the engines "${first.engineKey}" and "${table.engineKey}". Query one after the other, and pass keys from the first to the second.`,
        { code: 'CROSS_ENGINE_STATEMENT', info: { tables: [first.name, table.name] } },
      )
    }
    this.tables.add(table)
    return table
  }

  /** A name for `table` that nothing else in the statement has: its own if it is free. Upper and lower case count as one, as in SQLite. */
  nameFor(table: Table): string {
    let { name } = table
    const { maxNameBytes } = this.dialect.supports
    for (let n = 2; this.#names.has(name.toLowerCase()); n += 1) {
      name = `${table.name}_${n}`
      if (Buffer.byteLength(name) > maxNameBytes) name = `t_${n}` // a name that is cut would be the first one again
    }
    this.#names.add(name.toLowerCase())
    return name
  }

  /** Where rows of `source` stand at this place, joined if need be. `mention` says in messages what was asked for. */
  resolve(source: Source, mention: string): PlacedRows {
    if (this.#scope !== undefined) return this.#scope.resolve(source, mention)
    if (source !== Source.of(source.model)) {
      throw new ArgumentError(
        `Cannot use ${mention} in raw SQL: it belongs to an alias or a path of relations, and raw SQL names its own tables. Write the name with sql.ref('alias', 'column').`,
      )
    }
    const rows = this.rowsOf(source.model)
    for (const { name } of rows.tables) this.#names.add(name.toLowerCase()) // kept from subqueries of the same table
    return new PlacedRows(rows, new OwnNames(this.dialect))
  }

  get scope(): Scope | undefined {
    return this.#scope
  }

  /** Runs `render` with the names of `scope`. */
  within(scope: Scope, render: () => void): void {
    const before = this.#scope
    this.#scope = scope
    render()
    this.#scope = before
  }

  /** `"post"."title"`. @throws {ArgumentError} ARGUMENT when the table is not in the statement, or has no such column. */
  column(source: Source, property: string): string {
    const mention = `${this.nameOf(source.model)}.${property}`
    const placed = this.resolve(source, mention)
    return placed.column(columnOf(placed.rows, property, mention))
  }

  /** `"title"`, without its table. */
  columnName(source: Source, property: string): string {
    const rows = this.rowsOf(source.model)
    return this.quote(columnOf(rows, property, `${this.nameOf(source.model)}.${property}`).name)
  }
}
