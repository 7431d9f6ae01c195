import type { Expression } from './expression.ts'
import type { Order } from './expression-types.ts'
import { Precedence, type Values } from './operand.ts'
import type { SqlFeatures } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

/** An expression to sort by, with its direction and the place of NULL. */
export class OrderTerm implements Order {
  readonly $order: 'asc' | 'desc'
  readonly key: string
  readonly expression: Expression
  readonly #nulls: 'first' | 'last' | undefined

  constructor(expression: Expression, direction: 'asc' | 'desc', nulls?: 'first' | 'last') {
    this.expression = expression
    this.$order = direction
    this.#nulls = nulls
    this.key = `${expression.key}${direction === 'asc' ? '+' : '-'}${nulls ?? ''}`
  }

  nullsFirst(): OrderTerm {
    return new OrderTerm(this.expression, this.$order, 'first')
  }

  nullsLast(): OrderTerm {
    return new OrderTerm(this.expression, this.$order, 'last')
  }

  /** The opposite order, NULL included. */
  reversed(): OrderTerm {
    const nulls = { first: 'last', last: 'first' } as const
    return new OrderTerm(
      this.expression,
      this.$order === 'asc' ? 'desc' : 'asc',
      this.#nulls === undefined ? undefined : nulls[this.#nulls],
    )
  }

  /** Whether NULL comes after all values, in a database where it is sorted so by itself. */
  nullsComeLast({ nullsAreLargest }: Pick<SqlFeatures, 'nullsAreLargest'>): boolean {
    return this.#nulls === undefined
      ? nullsAreLargest === (this.$order === 'asc')
      : this.#nulls === 'last'
  }

  collect(into: Values): void {
    this.expression.collect(into)
  }

  /** `place`: the expression is selected, and is named by its place among the columns. */
  render(writer: SqlWriter, place?: number): void {
    const native = writer.dialect.supports.nullsOrder
    if (this.#nulls !== undefined && !native) this.#renderNullRank(writer)
    if (place === undefined) {
      const text = writer.capture(() => writer.operand(this.expression, Precedence.sum))
      writer.write(writer.comparable(text, this.expression.type))
    } else {
      writer.skip(this.expression)
      writer.write(String(place))
    }
    if (this.$order === 'desc') writer.write(' desc')
    if (this.#nulls !== undefined && native) writer.write(` nulls ${this.#nulls}`)
  }

  /** For databases without NULLS FIRST: sorts by whether the value is NULL before it sorts by the value, which is written twice. */
  #renderNullRank(writer: SqlWriter): void {
    const start = writer.slot
    writer.operand(this.expression, Precedence.sum)
    writer.write(this.#nulls === 'first' ? ' is null desc, ' : ' is null, ')
    writer.slot = start
  }
}
