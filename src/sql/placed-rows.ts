import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import type { ModelRows } from './catalog.ts'
import { qualifiedName } from './qualified-name.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** What a place for rows needs of the statement. */
export interface Placement {
  quote(identifier: string): string
  /** Gives a table a name that nothing else in the statement has, quoted. */
  nameFor(table: Table): string
  /** Joins a table that has a part of some of the rows. */
  joinBranch(branch: Table, rows: PlacedRows): void
}

/** Rows of one source in a statement: its tables, each under a name of its own. */
export class PlacedRows {
  readonly rows: ModelRows
  /** Reached by LEFT JOIN: what is joined to it must be so too, else rows would be lost. */
  readonly outer: boolean
  readonly #placement: Placement
  readonly #names = new Map<Table, string>()

  /** `parts` are those of its tables that are in the statement. */
  constructor(
    rows: ModelRows,
    placement: Placement,
    { outer = false, parts = rows.tables }: { outer?: boolean; parts?: readonly Table[] } = {},
  ) {
    this.rows = rows
    this.outer = outer
    this.#placement = placement
    for (const table of parts) this.#names.set(table, placement.nameFor(table))
  }

  /** The table whose key is that of the rows. */
  get table(): Table {
    return this.rows.tables[0]
  }

  /** The quoted names of the tables that have a part of each row. */
  get names(): readonly string[] {
    return this.rows.tables.map((table) => this.nameOf(table))
  }

  /** The quoted name under which a table stands in the statement. @throws {ArgumentError} ARGUMENT for one that is not in it. */
  nameOf(table: Table): string {
    const known = this.#names.get(table)
    if (known !== undefined) return known
    if (!this.rows.branches.includes(table)) throw missingPart(table, this.table)
    const name = this.#placement.nameFor(table)
    this.#names.set(table, name)
    this.#placement.joinBranch(table, this)
    return name
  }

  /** `"post"."title"`. All parts of a row have its key. */
  column(column: Column): string {
    const { table, name } = this.#here(column) ?? column
    return `${this.nameOf(table)}.${this.#placement.quote(name)}`
  }

  /** The column of a part that is in the statement, where only another's was meant. */
  #here(column: Column): Column | undefined {
    if (!column.primaryKey || this.#names.has(column.table)) return undefined
    return [...this.#names.keys()]
      .flatMap(({ primaryKey }) => primaryKey)
      .find(({ ordinal }) => ordinal === column.ordinal)
  }

  /** Columns of a row, in this order; NULL stands for those that no row of the model has. */
  row(columns: readonly Column[]): string[] {
    const { tables, branches } = this.rows
    return columns.map((column) =>
      tables.includes(column.table) || branches.includes(column.table)
        ? this.column(column)
        : 'null',
    )
  }

  /** `"user" inner join "admin" as "admin_2" on …`; just the table where there is one. */
  reference(): string {
    const [first, ...more] = this.rows.tables
    const joins = more.map((table) => ` inner join ${this.#named(table)} on ${this.#tie(table)}`)
    return `${this.#named(first)}${joins.join('')}`
  }

  /** As `reference`, as the right side of a join. */
  joined(): string {
    return this.rows.tables.length === 1 ? this.reference() : `(${this.reference()})`
  }

  /** `"admin"`, or `"admin" as "admin_2"`. */
  #named(table: Table): string {
    const [own, name] = [qualifiedName(this.#placement, table), this.nameOf(table)]
    return name === this.#placement.quote(table.name) ? own : `${own} as ${name}`
  }

  /** ` left join "admin" on …`. */
  branch(table: Table): string {
    return ` left join ${this.#named(table)} on ${this.#tie(table)}`
  }

  /** The condition that a part belongs to the row. */
  #tie(table: Table): string {
    const key = table.primaryKey
    return this.table.primaryKey
      .flatMap((column, i) => {
        const part = key[i]
        return part === undefined ? [] : [`${this.column(part)} = ${this.column(column)}`]
      })
      .join(' and ')
  }
}

/** Tables under their own names, for statements that have each table once. */
export class OwnNames implements Placement {
  /** The joins of tables that have a part of some rows. */
  branches = ''
  readonly #dialect: SqlDialect

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect
  }

  quote(identifier: string): string {
    return this.#dialect.quote(identifier)
  }

  nameFor(table: Table): string {
    return this.quote(table.name)
  }

  joinBranch(branch: Table, rows: PlacedRows): void {
    this.branches += rows.branch(branch)
  }
}

function missingPart(table: Table, first: Table): ArgumentError {
  return new ArgumentError(
    `Cannot use a column of "${table.name}" here: the statement reaches rows of "${first.name}" only. Use two statements, or ask for the columns in a SELECT.`,
  )
}
