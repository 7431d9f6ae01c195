import { ArgumentError } from '../errors/index.ts'
import { columnTypes, type ColumnType } from '../schema/index.ts'
import { describe } from './binder.ts'
import { BoundList, BoundValue, ExactValue, PatternValue, comparandOf } from './bound-value.ts'
import type { ColExpr, Expr, NumOps, Subquery, TextOps, Val } from './expression-types.ts'
import { className, type NameOf, type Operand, type Precedence, type Values } from './operand.ts'
import { operators, type Decoder, type Operator } from './operators.ts'
import { OrderTerm } from './order-term.ts'
import type { Source } from './source.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

/** What a query object has beside its public face, so that it can stand in `in(…)`. */
export interface SubqueryStatement {
  /** Itself inside another statement. @throws {ArgumentError} ARGUMENT unless it selects one value. */
  toSubquery(): Operand
}

/**
 * What the database computes, as a program builds it: immutable, without values in its key, and without any knowledge of tables. The methods of text and
 * numbers are on every expression; the public types give each expression those of its own type.
 */
export abstract class Expression<T = unknown> implements Expr<T>, TextOps, NumOps<T>, Operand {
  declare readonly $e: T
  abstract readonly key: string
  abstract readonly type: ColumnType | undefined
  abstract readonly precedence: Precedence
  abstract readonly source: Source | undefined
  abstract collect(into: Values): void
  abstract render(writer: SqlWriter): void

  label(_nameOf: NameOf): string {
    return 'an expression of the query'
  }

  /** What makes the value of what the driver gave, null included; undefined = nothing is to be done. */
  decoder(dialect: SqlDialect): Decoder | undefined {
    const decode = this.type === undefined ? undefined : dialect.codec(this.type).decode
    return decode === undefined ? undefined : (stored) => (stored === null ? null : decode(stored))
  }

  eq(value: Val<T>): Expression<boolean> {
    return value === null ? this.isNull() : this.#compare('eq', value)
  }
  ne(value: Val<T>): Expression<boolean> {
    return value === null ? this.isNotNull() : this.#compare('ne', value)
  }
  gt(value: Val<T>): Expression<boolean> {
    return this.#compare('gt', value)
  }
  gte(value: Val<T>): Expression<boolean> {
    return this.#compare('gte', value)
  }
  lt(value: Val<T>): Expression<boolean> {
    return this.#compare('lt', value)
  }
  lte(value: Val<T>): Expression<boolean> {
    return this.#compare('lte', value)
  }

  in(values: readonly T[] | Subquery<T>): Expression<boolean> {
    if (!Array.isArray(values))
      return condition(operators.inQuery, [this, subqueryOf(values, this)])
    const list = this.#list(values)
    return condition(list.hasNull ? operators.inOrNull : operators.in, [this, list])
  }
  notIn(values: readonly T[] | Subquery<T>): Expression<boolean> {
    if (!Array.isArray(values))
      return condition(operators.notInQuery, [this, subqueryOf(values, this)])
    const list = this.#list(values)
    return condition(list.hasNull ? operators.notInNorNull : operators.notIn, [this, list])
  }

  between(low: Val<T>, high: Val<T>): Expression<boolean> {
    return condition(operators.between, [
      this,
      this.#comparand('between', low),
      this.#comparand('between', high),
    ])
  }
  isNull(): Expression<boolean> {
    return condition(operators.isNull, [this])
  }
  isNotNull(): Expression<boolean> {
    return condition(operators.isNotNull, [this])
  }

  asc(): OrderTerm {
    return new OrderTerm(this, 'asc')
  }
  desc(): OrderTerm {
    return new OrderTerm(this, 'desc')
  }

  coalesce<U>(fallback: U): Expression<NonNullable<T> | U> {
    const second =
      fallback instanceof Expression
        ? fallback
        : new ExactValue(fallback, comparandOf(this.type), this)
    return new Compound(operators.coalesce, [this, second], this.type)
  }

  like(pattern: string): Expression<boolean> {
    return condition(operators.like, [this, this.#pattern('like', pattern)])
  }
  ilike(pattern: string): Expression<boolean> {
    return condition(operators.ilike, [this, this.#pattern('ilike', pattern)])
  }
  contains(part: string): Expression<boolean> {
    return condition(operators.likeEscaped, [
      this,
      this.#pattern('contains', part, (text) => `%${text}%`),
    ])
  }
  startsWith(part: string): Expression<boolean> {
    return condition(operators.likeEscaped, [
      this,
      this.#pattern('startsWith', part, (text) => `${text}%`),
    ])
  }
  endsWith(part: string): Expression<boolean> {
    return condition(operators.likeEscaped, [
      this,
      this.#pattern('endsWith', part, (text) => `%${text}`),
    ])
  }
  lower(): Expression<string> {
    return new Compound(operators.lower, [this], columnTypes.text)
  }
  upper(): Expression<string> {
    return new Compound(operators.upper, [this], columnTypes.text)
  }

  plus(value: Val<T>): ColExpr<T> {
    return this.#arithmetic('plus', value)
  }
  minus(value: Val<T>): ColExpr<T> {
    return this.#arithmetic('minus', value)
  }
  times(value: Val<T>): ColExpr<T> {
    return this.#arithmetic('times', value)
  }

  #compare(method: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', value: unknown): Expression<boolean> {
    return condition(operators[method], [this, this.#comparand(method, value)])
  }

  #comparand(method: string, value: unknown): Operand {
    if (value instanceof Expression) return value
    if (value === undefined || value === null) throw this.#incomparable(method, value)
    return new BoundValue(value, comparandOf(this.type), this)
  }

  #list(values: readonly unknown[]): BoundList {
    if (values.includes(undefined)) throw this.#incomparable('in', undefined)
    return new BoundList(values, comparandOf(this.type), this)
  }

  #incomparable(method: string, value: null | undefined): ArgumentError {
    const advice =
      value === null
        ? 'No row would match. Ask for .isNull() or .isNotNull().'
        : 'A missing value must not become a condition that matches other rows. Leave the condition out where it is not meant.'
    return new ArgumentError(
      `Cannot compare ${this.label(className)} with ${value} by ${method}(). ${advice}`,
    )
  }

  /** The text as a pattern; `%`, `_` and the escape character itself stand for themselves when it is put into `frame`. */
  #pattern(method: string, text: unknown, frame?: (escaped: string) => string): BoundValue {
    if (typeof text !== 'string') {
      throw new ArgumentError(
        `Cannot search ${this.label(className)} by ${method}() for ${describe(text)}: it takes a string.`,
      )
    }
    if (frame === undefined) return new PatternValue(text, columnTypes.text, this)
    return new BoundValue(frame(text.replace(/[%_!]/g, '!$&')), columnTypes.text, this)
  }

  #arithmetic(method: 'plus' | 'minus' | 'times', value: unknown): ColExpr<T> {
    if (value === undefined || value === null) {
      throw new ArgumentError(
        `Cannot compute ${this.label(className)}.${method}(${value}). Pass a number or an expression.`,
      )
    }
    const second = value instanceof Expression ? value : new ExactValue(value, this.type, this)
    const result: unknown = new Compound<T>(operators[method], [this, second], this.type)
    return result as ColExpr<T>
  }
}

/** An operator and its operands. */
export class Compound<T = unknown> extends Expression<T> {
  readonly key: string
  readonly type: ColumnType | undefined
  readonly precedence: Precedence
  readonly source: Source | undefined
  readonly #operator: Operator
  readonly #operands: readonly Operand[]

  constructor(operator: Operator, operands: readonly Operand[], type: ColumnType | undefined) {
    super()
    let key = `${operator.name}(`
    let source: Source | undefined
    let separator = ''
    for (const operand of operands) {
      key += separator + operand.key
      separator = ','
      source ??= operand.source
    }
    this.key = `${key})`
    this.type = type
    this.precedence = operator.precedence
    this.source = source
    this.#operator = operator
    this.#operands = operands
  }

  override decoder(dialect: SqlDialect): Decoder | undefined {
    return this.#operator.decoder?.(this.type, dialect) ?? super.decoder(dialect)
  }

  collect(into: Values): void {
    for (const operand of this.#operands) operand.collect(into)
  }

  render(writer: SqlWriter): void {
    this.#operator.render(writer, this.#operands)
  }
}

/** A compound that is true or false. */
export function condition(operator: Operator, operands: readonly Operand[]): Expression<boolean> {
  return new Compound(operator, operands, columnTypes.boolean)
}

function subqueryOf(query: unknown, owner: Expression): Operand {
  if (isSubqueryStatement(query)) return query.toSubquery()
  throw new ArgumentError(
    `Cannot look for ${owner.label(className)} in ${describe(query)}. Pass an array of values, or a query that selects one value.`,
  )
}

function isSubqueryStatement(query: unknown): query is SubqueryStatement {
  return typeof query === 'object' && query !== null && 'toSubquery' in query
}
