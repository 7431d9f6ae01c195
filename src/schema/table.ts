import type { Check, Column, ForeignKey, Index } from './column.ts'

/** A table of one database: made by the mapper from a model, or by hand. Filled while it is built, read-only afterwards. */
export class Table {
  /** Its name in the database, verbatim. */
  readonly name: string
  /** The engine it lives on. */
  readonly engineKey: string
  /** In the order of the table, primary key first. */
  readonly columns: Column[] = []
  /** Foreign keys, those of relations included. */
  readonly foreignKeys: ForeignKey[] = []
  /** Indexes and unique constraints. */
  readonly indexes: Index[] = []
  /** Conditions that every row must fulfil. */
  readonly checks: Check[] = []
  readonly #byProperty = new Map<string, Column>()

  constructor(name: string, engineKey: string) {
    this.name = name
    this.engineKey = engineKey
  }

  /** Columns of the primary key, in their order. */
  get primaryKey(): readonly Column[] {
    return this.columns.filter((column) => column.primaryKey)
  }

  /** Adds a column behind those that are there. */
  addColumn(column: Omit<Column, 'table' | 'ordinal'>): Column {
    const placed = { ...column, table: this, ordinal: this.columns.length }
    this.columns.push(placed)
    this.#byProperty.set(column.property, placed)
    return placed
  }

  /** The column that the program calls `property`. */
  column(property: string): Column | undefined {
    return this.#byProperty.get(property)
  }
}
