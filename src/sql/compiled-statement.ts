import type { Table } from '../schema/index.ts'
import type { Catalog } from './catalog.ts'
import type { LayoutItem } from './selection.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { SqlWriter, type Parameter } from './sql-writer.ts'
import type { Statement } from './statement.ts'

/** A compiled text with the parameters of one execution. */
export interface SqlCommand {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** Whether the text was compiled for an earlier execution. */
  readonly cached: boolean
}

/** A statement's text for one database, with all that is needed to send it with other values of the same shape. Holds no value. */
export class CompiledStatement {
  readonly sql: string
  /** The tables it mentions. */
  readonly tables: readonly Table[]
  /** What its rows hold. Empty for raw SQL, whose columns are not known before they come. */
  readonly layout: readonly LayoutItem[]
  readonly returnsRows: boolean
  readonly #parameters: readonly Parameter[]
  #wasUsed = false

  constructor(writer: SqlWriter, returnsRows: boolean) {
    this.sql = writer.text
    this.tables = [...writer.tables]
    this.layout = writer.layout
    this.returnsRows = returnsRows
    this.#parameters = writer.parameters
  }

  /**
   * Hot: once per execution. What is sent for these values; `cached` is false the first time.
   *
   * @throws {ArgumentError} ARGUMENT when a value is not what its column takes; the text names the column and never the value.
   */
  command(values: readonly unknown[]): SqlCommand {
    const cached = this.#wasUsed
    this.#wasUsed = true
    return { sql: this.sql, parameters: this.bind(values), cached }
  }

  /** The parameters for the driver, checked and encoded. @throws {ArgumentError} ARGUMENT. */
  bind(values: readonly unknown[]): unknown[] {
    const parameters: unknown[] = []
    for (const { slot, bind } of this.#parameters) parameters.push(bind(values[slot]))
    return parameters
  }
}

/** Writes a statement for one database. Called once per shape; `StatementCache` keeps what it gives. */
export function compile(
  statement: Statement,
  dialect: SqlDialect,
  catalog: Catalog,
): CompiledStatement {
  const writer = new SqlWriter(dialect, catalog)
  statement.render(writer)
  return new CompiledStatement(writer, statement.returnsRows)
}
