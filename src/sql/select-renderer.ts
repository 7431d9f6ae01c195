import { ArgumentError } from '../errors/index.ts'
import { columnTypes } from '../schema/index.ts'
import { Precedence, type Operand } from './operand.ts'
import { Scope } from './scope.ts'
import { placeOf, rootOf, type SelectClauses } from './select-clauses.ts'
import { renderItems, type LayoutItem } from './selection.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** What stands between SELECT and FROM, if not the items. */
type SelectList = (writer: SqlWriter) => readonly LayoutItem[]

/**
 * Writes a SELECT. FROM is put together last, because mentioning a path of relations anywhere adds its join; it has no values, so that the others are
 * claimed in the order of `collectClauses`.
 */
export function renderSelect(
  writer: SqlWriter,
  clauses: SelectClauses,
  list?: SelectList,
): readonly LayoutItem[] {
  const scope = new Scope(writer, writer.scope)
  const root = rootOf(clauses)
  let layout: readonly LayoutItem[] = []
  writer.within(scope, () => {
    if (root !== undefined) scope.addRoot(root)
    for (const join of clauses.joins) scope.join(join)
    const items = writer.capture(() => {
      layout = list === undefined ? renderItems(writer, clauses.items) : list(writer)
    })
    const tail = writer.capture(() => renderTail(writer, clauses, root))
    if (scope.from === '') requireNoRows(clauses, tail)
    writer.write(
      `select ${clauses.distinct ? 'distinct ' : ''}${items}${scope.from === '' ? '' : ` from ${scope.from}`}${tail}`,
    )
    renderLock(writer, clauses, scope, root)
  })
  return layout
}

/**
 * Writes a SELECT inside IN. Where it cannot stand there, because it is bounded or asks the table that is changed, it stands inside another one: its rows are gathered
 * before, which DISTINCT sees to.
 */
export function renderMembers(writer: SqlWriter, clauses: SelectClauses, list: SelectList): void {
  const { limitInSubquery, selfSubqueries } = writer.dialect.supports
  const { changed } = writer
  const bounded = clauses.limit !== undefined || clauses.offset !== undefined
  const text = writer.capture(() => renderSelect(writer, clauses, list))
  const asksItself =
    !selfSubqueries && changed !== undefined && text.includes(writer.quote(changed.name))
  const gathered =
    asksItself && !bounded && !clauses.distinct
      ? text.replace(/^select /, 'select distinct ')
      : text
  if (asksItself || (bounded && !limitInSubquery))
    writer.write(`select * from (${gathered}) as ${writer.quote('members')}`)
  else writer.write(text)
}

function renderTail(writer: SqlWriter, clauses: SelectClauses, root: Source | undefined): void {
  renderWhere(writer, clauses.conditions)
  renderGroups(writer, clauses)
  renderConditions(writer, ' having ', clauses.groupConditions)
  renderOrder(writer, clauses, root)
  renderBounds(writer, clauses)
}

/** Writes WHERE: which rows of the table are the model's, where it has others, and conditions of which all must hold. */
export function renderWhere(writer: SqlWriter, conditions: readonly Operand[]): void {
  const filter = writer.scope?.filter
  if (filter === undefined) {
    renderConditions(writer, ' where ', conditions)
    return
  }
  writer.write(` where ${filter}`)
  for (const condition of conditions) {
    writer.write(' and ')
    writer.operand(condition, Precedence.not)
  }
}

/** Writes `word` and conditions of which all must hold, or nothing. */
function renderConditions(writer: SqlWriter, word: string, conditions: readonly Operand[]): void {
  if (conditions.length === 0) return
  writer.write(word)
  writer.list(conditions, ' and ', conditions.length > 1 ? Precedence.not : Precedence.raw)
}

function renderGroups(writer: SqlWriter, clauses: SelectClauses): void {
  for (const [n, group] of clauses.groups.entries()) {
    writer.write(n === 0 ? ' group by ' : ', ')
    const place = placeFor(writer, group, clauses)
    if (place === undefined) group.render(writer)
    else {
      writer.skip(group)
      writer.write(String(place))
    }
  }
}

/** The place of a selected expression, where the database must be told by it. */
function placeFor(
  writer: SqlWriter,
  expression: Operand,
  clauses: SelectClauses,
): number | undefined {
  return writer.dialect.supports.termsByPlace ? placeOf(expression, clauses) : undefined
}

function renderOrder(writer: SqlWriter, clauses: SelectClauses, root: Source | undefined): void {
  const { order, orderByKey, items } = clauses
  if (order.length > 0) {
    for (const [n, term] of order.entries()) {
      writer.write(n === 0 ? ' order by ' : ', ')
      term.render(writer, placeFor(writer, term.expression, clauses))
    }
    return
  }
  const [first] = items
  const source = first?.kind === 'entity' ? first.source : root
  if (!orderByKey || source === undefined) return
  const rows = writer.resolve(source, writer.nameOf(source.model))
  writer.write(` order by ${rows.table.primaryKey.map((column) => rows.column(column)).join(', ')}`)
}

function renderBounds(writer: SqlWriter, { limit, offset }: SelectClauses): void {
  if (limit !== undefined) writer.write(` limit ${bound(writer, 'limit()')}`)
  if (offset === undefined) return
  if (limit === undefined) writer.write(` limit ${Number.MAX_SAFE_INTEGER}`) // not every database has OFFSET without it
  writer.write(` offset ${bound(writer, 'offset()')}`)
}

function bound(writer: SqlWriter, label: string): string {
  return writer.placeholder(writer.claim(), writer.binderOf(columnTypes.int, label))
}

function renderLock(
  writer: SqlWriter,
  { lock }: SelectClauses,
  scope: Scope,
  root: Source | undefined,
): void {
  if (lock === undefined || !writer.dialect.supports.rowLocks || root === undefined) return
  const { names, table } = scope.resolve(root, writer.nameOf(root.model))
  const isAlone = scope.from === writer.qualified(table)
  writer.write(' for update')
  // rows that an outer join may leave out cannot be locked by PostgreSQL
  if (!isAlone && writer.dialect.supports.lockOf) writer.write(` of ${names.join(', ')}`)
  if (lock === 'skip') writer.write(' skip locked')
  else if (lock === 'fail') writer.write(' nowait')
}

/** Without FROM only text of the developer's own makes sense: `select(sql\`1\`)`. */
function requireNoRows({ items }: SelectClauses, tail: string): void {
  const isText = items.every(
    (item) => item.kind === 'value' && item.expression.precedence === Precedence.raw,
  )
  if (isText && tail === '') return
  throw new ArgumentError(
    'Cannot select: nothing tells which table rows come from. Name it by .from(Model).',
  )
}
