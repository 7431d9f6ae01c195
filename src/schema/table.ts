import type { Check, Column, ForeignKey, Index } from './column.ts'

/** A table of one database: made by the mapper from a model, or by hand. Filled while it is built, read-only afterwards. */
export class Table {
  /** Its name in the database, verbatim. */
  readonly name: string
  /** The engine it lives on. */
  readonly engineKey: string
  /** The schema that it stands in, said by the metadata that it is added to; undefined = the connection's own. */
  schema: string | undefined
  /** In the order of the table, primary key first. */
  readonly columns: Column[] = []
  /** Columns of a whole row, in their places: those of this table, and of all tables that continue the rows of one. */
  readonly rowColumns: readonly Column[]
  readonly #rowColumns: Column[]
  /** Foreign keys, those of relations included. */
  readonly foreignKeys: ForeignKey[] = []
  /** Indexes and unique constraints. */
  readonly indexes: Index[] = []
  /** Conditions that every row must fulfil. */
  readonly checks: Check[] = []
  readonly #byProperty = new Map<string, Column>()

  /** `continued` is a table whose rows this one continues: a row is in both under one key, and has the columns of both. */
  constructor(name: string, engineKey: string, continued?: Table) {
    this.name = name
    this.engineKey = engineKey
    this.#rowColumns = continued === undefined ? [] : continued.#rowColumns
    this.rowColumns = this.#rowColumns
  }

  /** Columns of the primary key, in their order. */
  get primaryKey(): readonly Column[] {
    return this.columns.filter((column) => column.primaryKey)
  }

  /** Adds a column behind those that are there. */
  addColumn(column: Omit<Column, 'table' | 'ordinal'>): Column {
    const placed = { ...column, table: this, ordinal: this.#rowColumns.length }
    this.#rowColumns.push(placed)
    return this.#add(placed)
  }

  /** Adds the column that holds the same value as `key`, of the table that is continued: they have one place in a row. */
  addContinuedKey(key: Column): Column {
    return this.#add({ ...key, table: this, autoIncrement: false, serverDefault: undefined })
  }

  #add(column: Column): Column {
    this.columns.push(column)
    this.#byProperty.set(column.property, column)
    return column
  }

  /** The column that the program calls `property`. */
  column(property: string): Column | undefined {
    return this.#byProperty.get(property)
  }
}
