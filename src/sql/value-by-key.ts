import { BoundValue } from './bound-value.ts'
import type { ColumnExpression } from './column-expression.ts'
import { Expression } from './expression.ts'
import { Precedence, type Values } from './operand.ts'
import type { SqlWriter } from './sql-writer.ts'

/** The value that one of several rows gets. */
export interface KeyedValue {
  /** True for that row alone. */
  readonly when: Expression<boolean>
  readonly value: unknown
}

/** The new values of a column in several rows, for one UPDATE. A row that is none of them keeps what it has, which also tells the database the type of the values. */
export class ValueByKey extends Expression {
  readonly key: string
  readonly precedence: Precedence = Precedence.atom
  readonly type: ColumnExpression['type']
  readonly source: ColumnExpression['source']
  readonly #column: ColumnExpression
  readonly #cases: readonly { readonly when: Expression<boolean>; readonly value: BoundValue }[]

  constructor(column: ColumnExpression, values: readonly KeyedValue[]) {
    super()
    this.#column = column
    this.#cases = values.map(({ when, value }) => ({
      when,
      value: new BoundValue(value, column.type, column),
    }))
    this.type = column.type
    this.source = column.source
    this.key = `case(${this.#cases.map(({ when, value }) => `${when.key}:${value.key}`).join(',')},${column.key})`
  }

  collect(into: Values): void {
    for (const { when, value } of this.#cases) {
      when.collect(into)
      value.collect(into)
    }
  }

  render(writer: SqlWriter): void {
    writer.write('case')
    for (const { when, value } of this.#cases) {
      writer.write(' when ')
      writer.operand(when, Precedence.or)
      writer.write(' then ')
      value.render(writer)
    }
    writer.write(' else ')
    this.#column.render(writer)
    writer.write(' end')
  }
}
