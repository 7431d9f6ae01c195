import { ArgumentError } from '../../errors/index.ts'
import {
  ColumnExpression,
  Keyset,
  OrderTerm,
  valuesOf,
  type Expression,
  type KeysetTerm,
  type SelectStatement,
  type Source,
} from '../../sql/index.ts'
import { engineKeyOf } from './execute.ts'
import type { SessionCore } from './session-core.ts'

/**
 * The order of a statement in which every row has a place of its own: its ORDER BY, and behind it the primary keys that make rows differ, in the direction of the last term.
 *
 * @throws {ArgumentError} ARGUMENT where rows have no keys, or where the statement has bounds of its own.
 */
export function keysetOf(core: SessionCore, statement: SelectStatement, label: string): Keyset {
  const { root, order, isDistinct } = statement
  if (root === undefined || statement.isGrouped)
    throw unusable(label, 'its rows are not rows of tables, so that no key tells them apart')
  if (statement.isBounded)
    throw unusable(label, 'it has limit() or offset(), and `size` says how many rows a page has')
  const isOwn = ({ expression }: OrderTerm): boolean =>
    expression instanceof ColumnExpression && expression.source === root
  if (isDistinct && (statement.items[0]?.kind !== 'entity' || !order.every(isOwn)))
    throw unusable(label, 'distinct() keeps rows apart only by columns of the selected model')
  const known = new Set(order.map(({ expression }) => expression.key))
  const direction = order.at(-1)?.$order ?? 'asc'
  const keys = (isDistinct ? [root] : [root, ...statement.joined])
    .flatMap((source) => keyOf(core, source))
    .filter(({ key }) => !known.has(key))
  const terms = [...order, ...keys.map((key) => new OrderTerm(key, direction))]
  return new Keyset(
    terms.map((term) => ({ term, nullable: isNullable(core, root, term) })),
    core.mapperOf(root.model).dialect.supports,
  )
}

/** The text of an order, by which a cursor of another one is told apart. */
export function orderText(core: SessionCore, statement: SelectStatement, keyset: Keyset): string {
  const ordering = statement.reorderedBy(keyset.order()).asOrder(keyset.items)
  const engine = core.context.engine(engineKeyOf(core, ordering))
  const values = valuesOf(ordering)
  return engine.statements.get(ordering, values, engine.dialect, core.context.registry).sql
}

function keyOf(core: SessionCore, source: Source): readonly Expression[] {
  const { keyColumns } = core.mapperOf(source.model)
  return keyColumns.map(({ property, type }) => new ColumnExpression(source, property, type))
}

/** Only columns of the first table are known to have values in all rows: others may come by an outer join. */
function isNullable(core: SessionCore, root: Source, { expression }: KeysetTerm['term']): boolean {
  if (!(expression instanceof ColumnExpression) || expression.source !== root) return true
  return core.mapperOf(root.model).column(expression.property)?.nullable ?? true
}

function unusable(label: string, why: string): ArgumentError {
  return new ArgumentError(
    `Cannot paginate ${label} by keys: ${why}. Page it by numbers, with paginate().`,
  )
}
