import type { Command } from '../../engine/index.ts'
import type { Column } from '../../schema/index.ts'
import {
  ColumnExpression,
  Expression,
  Source,
  UpdateStatement,
  type Statement,
} from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { UpdateRow } from '../unit-of-work/index.ts'
import type { Change } from './flush-commands.ts'

/** Compiles a statement for the engine of its tables. */
export type Compile = (statement: Statement) => Command

/** Whether columns of a row are given by expressions. */
export function hasExpressions({ values }: UpdateRow): boolean {
  return values.some(isExpression)
}

/** The change of a row, with the columns that the database computes by expressions: they are read back. */
export function withComputed(change: Change, { values }: UpdateRow): Change {
  const computed = change.set.filter((_, i) => isExpression(values[change.places[i] ?? -1]))
  if (computed.length === 0) return change
  return { ...change, made: [...change.made, ...computed], isComputed: true }
}

function isExpression(value: unknown): boolean {
  return value instanceof Expression
}

/**
 * UPDATE of one row, of which some columns are given by expressions: these stand first, so that they see the values from before also where a database assigns one after the
 * other. `row` has the key.
 */
export function expressionUpdate(
  change: Change,
  { values, version }: UpdateRow,
  row: readonly unknown[],
  compile: Compile,
): Command {
  const { mapper, places, set, made, counted } = change
  const source = Source.of(mapper.model)
  const expression = ({ property, type }: Column): ColumnExpression =>
    new ColumnExpression(source, property, type)
  const given = set.map((column, i) => ({
    column: expression(column),
    value: valueOf(mapper, column, values[places[i] ?? -1]),
  }))
  const guard =
    counted === undefined || version === undefined ? [] : [expression(counted).eq(version)]
  const statement = UpdateStatement.of(source)
    .set(
      Object.fromEntries([
        ...unseen(given).map(({ column, value }) => [column.property, value]),
        ...(counted === undefined || version === undefined
          ? []
          : [[counted.property, version + 1]]),
      ]),
    )
    .where(
      ...mapper.keyColumns.map((column) =>
        expression(column).eq(valueOf(mapper, column, row[column.ordinal])),
      ),
      ...guard,
    )
  const command = compile(
    mapper.dialect.supports.updateReturning
      ? statement.returning(
          made.map((column) => ({ kind: 'value', expression: expression(column) })),
        )
      : statement,
  )
  return { ...command, expectedRows: 1 }
}

interface Given {
  readonly column: ColumnExpression
  readonly value: unknown
}

/** In an order in which no expression sees a new value; where there is none a database that assigns one after the other refuses the statement. */
function unseen(given: readonly Given[]): readonly Given[] {
  const rest = given.filter(({ value }) => isExpression(value))
  const ordered: Given[] = []
  while (rest.length > 0) {
    const place = rest.findIndex(({ column }) =>
      rest.every((other) => other.column === column || !mentions(other.value, column)),
    )
    ordered.push(...rest.splice(Math.max(0, place), 1))
  }
  return [...ordered, ...given.filter(({ value }) => !isExpression(value))]
}

function mentions(value: unknown, { key }: ColumnExpression): boolean {
  return value instanceof Expression && value.key.includes(key)
}

function valueOf(mapper: Mapper, { ordinal }: Column, stored: unknown): unknown {
  return stored instanceof Expression ? stored : mapper.rows.decode(ordinal, stored)
}
