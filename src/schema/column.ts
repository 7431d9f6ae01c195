import type { ColumnType } from './column-type.ts'
import type { Table } from './table.ts'

/** What a foreign key does when its target changes or goes. */
export type ForeignKeyAction = 'cascade' | 'restrict' | 'set null' | 'set default' | 'no action'

/** What happens to a row when the row it refers to is deleted or gets another key; the database's default where nothing is said. */
export interface ForeignKeyOptions {
  /** What happens when the row that is referred to is deleted. */
  readonly onDelete?: ForeignKeyAction
  /** What happens when its key changes. */
  readonly onUpdate?: ForeignKeyAction
}

/** SQL that the developer wrote, for defaults and computed columns. Never made from users' text. */
export interface SqlText {
  /** The text, without values. */
  readonly sql: string
}

/** A column of a table, in one database. */
export interface Column {
  readonly table: Table
  /** Its name in the database. */
  readonly name: string
  /** Its name in the program. */
  readonly property: string
  /** Its place in a row, from 0; primary key columns come first. */
  readonly ordinal: number
  readonly type: ColumnType
  readonly nullable: boolean
  readonly primaryKey: boolean
  /** The database makes the value of a new row. */
  readonly autoIncrement: boolean
  /** Text of a DEFAULT clause. */
  readonly serverDefault: string | undefined
  /** Text of a GENERATED ALWAYS AS clause. */
  readonly computed: string | undefined
  /** Of a column found in the database: upper and lower case are one value in it. */
  readonly ignoresCase?: boolean
}

/** A foreign key constraint; the columns of both sides stand in the same order. */
export interface ForeignKey extends ForeignKeyOptions {
  readonly name: string
  readonly columns: readonly Column[]
  readonly target: Table
  readonly targetColumns: readonly Column[]
}

/** An index, or a unique constraint. */
export interface Index {
  readonly name: string
  readonly columns: readonly Column[]
  readonly unique: boolean
}

/** A CHECK constraint. */
export interface Check {
  readonly name: string
  /** Rendered when the table is created, in the dialect's spelling. */
  readonly condition: unknown
}
