import { ArgumentError } from '../errors/index.ts'
import type { Table } from '../schema/index.ts'
import type { Binder } from './binder.ts'
import { columnOf } from './column-lookup.ts'
import { wholeRows, type Catalog } from './catalog.ts'
import { literalSql } from './literal.ts'
import { className, type Operand, type Values } from './operand.ts'
import type { Source } from './source.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { SqlWriter } from './sql-writer.ts'

/**
 * Writes a condition into the definition of a table, where nothing can be bound: the values, which the model's author wrote and no user, stand in the
 * text as literals, and columns are those of the table.
 */
export class LiteralWriter extends SqlWriter {
  override readonly expandsLists: boolean = true
  readonly #table: Table
  #values: Values = []

  constructor(dialect: SqlDialect, table: Table) {
    super(dialect, catalogOf(table))
    this.#table = table
  }

  textOf(condition: Operand): string {
    this.#values = []
    condition.collect(this.#values)
    return this.capture(() => condition.render(this))
  }

  override placeholder(slot: number, bind: Binder): string {
    return this.#literal(bind(this.#values[slot]))
  }

  #literal(value: unknown): string {
    const text = literalSql(this.dialect, value)
    if (text !== undefined) return text
    throw new ArgumentError(
      `Cannot write a value into a check of the table "${this.#table.name}": only text, numbers and booleans can stand there.`,
    )
  }

  override column(_source: Source, property: string): string {
    return this.quote(
      columnOf(wholeRows(this.#table), property, `${this.#table.name}.${property}`).name,
    )
  }
}

function catalogOf(table: Table): Catalog {
  return {
    cacheKey: '',
    nameOf: className,
    rowsOf: () => wholeRows(table),
    relation() {
      throw new ArgumentError(
        `Cannot use a relation in a check of the table "${table.name}": a check sees one row. Compare columns of the table.`,
      )
    },
  }
}
