import { ArgumentError } from '../errors/index.ts'
import { ColumnExpression } from './column-expression.ts'
import type { Expression } from './expression.ts'
import type { Operand, Values } from './operand.ts'
import type { OrderTerm } from './order-term.ts'
import type { Join } from './scope.ts'
import { collectItems, itemsKey, sourceOf, type SelectItem } from './selection.ts'
import { escapeKey } from './shape-key.ts'
import type { Source } from './source.ts'

/** What becomes of rows that somebody else has locked: waiting for them, leaving them out, or an error at once. */
export type RowLock = 'wait' | 'skip' | 'fail'

/** What a SELECT says. Each step of the builder replaces some of it. */
export interface SelectClauses {
  readonly items: readonly SelectItem[]
  readonly from: Source | undefined
  readonly joins: readonly Join[]
  readonly conditions: readonly Expression[]
  readonly groups: readonly Expression[]
  readonly groupConditions: readonly Expression[]
  readonly order: readonly OrderTerm[]
  /** Without an order of its own, an entity's rows come by primary key. */
  readonly orderByKey: boolean
  readonly limit: number | undefined
  readonly offset: number | undefined
  readonly distinct: boolean
  readonly lock: RowLock | undefined
}

/** A SELECT that says nothing yet. */
export const NO_CLAUSES: Omit<SelectClauses, 'items'> = {
  from: undefined,
  joins: [],
  conditions: [],
  groups: [],
  groupConditions: [],
  order: [],
  orderByKey: false,
  limit: undefined,
  offset: undefined,
  distinct: false,
  lock: undefined,
}

/** The shape of all clauses. Every part begins with a mark of its own, so that statements of different SQL have different shapes. */
export function shapeOf(clauses: SelectClauses): string {
  const { distinct, items, from, joins, conditions, groups, groupConditions, order } = clauses
  let shape = `${distinct ? 'select distinct ' : 'select '}${itemsKey(items)}`
  if (from !== undefined) shape += `|F${from.key}`
  for (const join of joins)
    shape += `|${join.left ? 'L' : 'J'}${join.from.key}>${escapeKey(join.relation)}=${join.target.key}`
  for (const condition of conditions) shape += `|W${condition.key}`
  for (const group of groups) shape += `|G${placeMark(group, clauses)}${group.key}`
  for (const condition of groupConditions) shape += `|H${condition.key}`
  for (const term of order) shape += `|O${placeMark(term.expression, clauses)}${term.key}`
  return shape + tailShape(clauses)
}

function tailShape({ orderByKey, limit, offset, lock }: SelectClauses): string {
  let shape = orderByKey ? '|K' : ''
  if (limit !== undefined) shape += '|N'
  if (offset !== undefined) shape += '|S'
  return lock === undefined ? shape : `${shape}|U${lock}`
}

/** The place among the columns, from 1, of a selected expression that rows are grouped or sorted by too; undefined for columns, which are the same everywhere. */
export function placeOf(
  expression: Operand,
  { items, groups, distinct }: SelectClauses,
): number | undefined {
  if (expression instanceof ColumnExpression || (groups.length === 0 && !distinct)) return undefined
  const place = items.findIndex((item) => item.kind === 'value' && item.expression === expression)
  const isCountable = items.slice(0, place + 1).every((item) => item.kind === 'value')
  return place >= 0 && isCountable ? place + 1 : undefined
}

/** Tells in a shape that an expression is a selected one, and not one that looks like it. */
function placeMark(expression: Operand, clauses: SelectClauses): string {
  const place = placeOf(expression, clauses)
  return place === undefined ? '' : `=${place}:`
}

/** Adds the values of all clauses, in the order in which they stand in the text. */
export function collectClauses(clauses: SelectClauses, into: Values): void {
  collectItems(clauses.items, into)
  for (const condition of clauses.conditions) condition.collect(into)
  for (const group of clauses.groups) group.collect(into)
  for (const condition of clauses.groupConditions) condition.collect(into)
  for (const term of clauses.order) term.collect(into)
  if (clauses.limit !== undefined) into.push(clauses.limit)
  if (clauses.offset !== undefined) into.push(clauses.offset)
}

/** The source that FROM begins with: the one that was named, else the first item's that no join brings in, else the left side of the first join. */
export function rootOf({ from, items, joins }: SelectClauses): Source | undefined {
  if (from !== undefined) return from
  for (const item of items) {
    const root = sourceOf(item)?.root
    if (root !== undefined && !joins.some((join) => join.target === root)) return root
  }
  return joins[0]?.from.root
}

/** The sources of all clauses but conditions, the root first. */
export function sourcesOf(clauses: SelectClauses): Source[] {
  const sources: Source[] = []
  const add = (source: Source | undefined): void => {
    if (source !== undefined && !sources.includes(source)) sources.push(source)
  }
  add(rootOf(clauses))
  for (const item of clauses.items) add(sourceOf(item))
  for (const join of clauses.joins) add(join.target)
  return sources
}

/** Whether rows can be sorted by the key of the first table: each certainly is one of its rows, and DISTINCT has left the key in it. */
export function hasKeyOrder({ items, groups, distinct }: SelectClauses): boolean {
  const isOfTables = items.every(
    (item) => item.kind === 'entity' || item.expression instanceof ColumnExpression,
  )
  return isOfTables && groups.length === 0 && (!distinct || items[0]?.kind === 'entity')
}

/** @throws {ArgumentError} ARGUMENT unless `count` is a whole number of rows. */
export function checkRowCount(count: number, method: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new ArgumentError(
    `Cannot apply .${method}() with this value: it takes a whole number of at least 0. Check numbers that come from a request before they are passed.`,
  )
}
