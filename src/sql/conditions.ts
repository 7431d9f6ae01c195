import { ArgumentError } from '../errors/index.ts'
import { describe } from './binder.ts'
import { ColumnExpression } from './column-expression.ts'
import { suggestion } from './column-lookup.ts'
import { condition, Expression } from './expression.ts'
import type { Expr } from './expression-types.ts'
import { operators } from './operators.ts'

/** A relation to one row, as a filter object can name it. */
interface ComparableRelation {
  is(target: object | null): Expression<boolean>
}

/**
 * The conditions of a filter object: `{ title: 'x' }` is equality, an array is IN, null is IS NULL, an entity is the row that a to-one relation leads to.
 *
 * `columns` are the expressions that the object's keys name; `label` is the model's name for messages.
 * @throws {ArgumentError} ARGUMENT for `undefined`, which must not silently match all rows, and for an unknown key.
 */
export function filterConditions(
  filter: object,
  columns: object,
  label: string,
): Expression<boolean>[] {
  return Object.entries(filter).map(([key, value]) =>
    filterCondition(key, value as unknown, columns, label),
  )
}

function filterCondition(
  key: string,
  value: unknown,
  columns: object,
  label: string,
): Expression<boolean> {
  const target: unknown = Object.hasOwn(columns, key) ? Reflect.get(columns, key) : undefined
  if (target === undefined) {
    throw new ArgumentError(
      `Cannot filter ${label} by "${key}": it has no such column or relation. ${suggestion(key, Object.keys(columns))}`,
    )
  }
  if (value === undefined) {
    throw new ArgumentError(
      `Cannot filter ${label} by ${key}: its value is undefined, and leaving the condition out would match other rows. Drop the key, or pass null to match rows without a value.`,
    )
  }
  if (target instanceof ColumnExpression)
    return Array.isArray(value) ? target.in(value as unknown[]) : target.eq(value)
  if (isRelation(target) && (value === null || typeof value === 'object')) return target.is(value)
  throw new ArgumentError(
    `Cannot filter ${label} by ${key} with ${describe(value)}: a relation to one row takes an object or null. For a collection write ${label}.c.${key}.any({ … }).`,
  )
}

function isRelation(target: unknown): target is ComparableRelation {
  return typeof target === 'object' && target !== null && 'is' in target
}

/** The expression behind the public face. @throws {ArgumentError} ARGUMENT when `value` is none. */
export function asExpression(value: unknown, use: string): Expression {
  if (value instanceof Expression) return value
  throw new ArgumentError(
    `Cannot use ${describe(value)} in ${use}: it takes expressions, such as Post.c.views.gt(10).`,
  )
}

function asConditions(values: readonly unknown[], use: string): Expression<boolean>[] {
  return values.map((value) => asExpression(value, use) as Expression<boolean>)
}

const always: Expression<boolean> = condition(operators.always, [])
const never: Expression<boolean> = condition(operators.never, [])

/** All conditions hold; true when there is none. */
export function and(...conditions: Expr<boolean>[]): Expression<boolean> {
  const members = asConditions(conditions, 'and()')
  return members.length < 2 ? (members[0] ?? always) : condition(operators.and, members)
}

/** At least one condition holds; false when there is none. */
export function or(...conditions: Expr<boolean>[]): Expression<boolean> {
  const members = asConditions(conditions, 'or()')
  return members.length < 2 ? (members[0] ?? never) : condition(operators.or, members)
}

/** The condition does not hold. Where it is NULL, neither it nor its opposite holds. */
export function not(operand: Expr<boolean>): Expression<boolean> {
  return condition(operators.not, [asExpression(operand, 'not()')])
}
