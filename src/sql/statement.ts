import type { Values } from './operand.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** What a program says to a database, before any database is known. Immutable. */
export interface Statement {
  /** Its shape: equal keys compile to equal SQL for one database. */
  readonly key: string
  /** The sources it names, for finding the engine; the first one decides. */
  readonly sources: readonly Source[]
  /** Its rows are locked: it must run in a transaction that may write. */
  readonly locking: boolean
  /** Whether it gives rows: SELECT, or RETURNING. Raw SQL may. */
  readonly returnsRows: boolean
  /** Adds its values, in the order that `render` claims them. */
  collect(into: Values): void
  render(writer: SqlWriter): void
}

/** The values of a statement, in one flat array. */
export function valuesOf(statement: Statement): Values {
  const values: Values = []
  statement.collect(values)
  return values
}
