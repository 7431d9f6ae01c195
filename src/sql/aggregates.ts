import { columnTypes, decimalType, type ColumnType } from '../schema/index.ts'
import { asExpression } from './conditions.ts'
import { Compound } from './expression.ts'
import type { Expr } from './expression-types.ts'
import { operators } from './operators.ts'

/** The number of rows; with an expression, of rows where it is not NULL. */
export function count(expression?: Expr<unknown>): Expr<number> {
  return expression === undefined
    ? new Compound(operators.countRows, [], columnTypes.int)
    : new Compound(operators.count, [asExpression(expression, 'count()')], columnTypes.int)
}

/** Beside each row, how many rows there are without LIMIT and OFFSET; groups count as rows. */
export function countBeside(): Compound<number> {
  return new Compound(operators.countAllRows, [], columnTypes.int)
}

/** The sum; NULL without rows. The sum of a decimal column is a decimal text. */
export function sum<T>(expression: Expr<T>): Expr<T | null> {
  const operand = asExpression(expression, 'sum()')
  return new Compound(operators.sum, [operand], sumType(operand.type))
}

/** Sums of decimals, by their scale: codecs know a type by its object. */
const decimalSums = new Map<number | undefined, ColumnType>()

/** A sum of decimals has more digits than the column that it is taken of. */
function sumType(of: ColumnType | undefined): ColumnType | undefined {
  if (of?.kind !== 'decimal' || of.precision === undefined) return of
  const known = decimalSums.get(of.scale) ?? decimalType(undefined, of.scale ?? 0)
  decimalSums.set(of.scale, known)
  return known
}

/** The mean, as a number; NULL without rows. */
export function avg(expression: Expr<unknown>): Expr<number | null> {
  return new Compound(operators.avg, [asExpression(expression, 'avg()')], columnTypes.float)
}

/** The least value; NULL without rows. */
export function min<T>(expression: Expr<T>): Expr<T | null> {
  const operand = asExpression(expression, 'min()')
  return new Compound(operators.min, [operand], operand.type)
}

/** The greatest value; NULL without rows. */
export function max<T>(expression: Expr<T>): Expr<T | null> {
  const operand = asExpression(expression, 'max()')
  return new Compound(operators.max, [operand], operand.type)
}
