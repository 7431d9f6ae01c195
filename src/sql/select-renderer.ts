import { ArgumentError } from '../errors/index.ts'
import { columnTypes } from '../schema/index.ts'
import { Precedence, type Operand } from './operand.ts'
import { Scope } from './scope.ts'
import { rootOf, type SelectClauses } from './select-clauses.ts'
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

function renderTail(writer: SqlWriter, clauses: SelectClauses, root: Source | undefined): void {
  renderConditions(writer, ' where ', clauses.conditions)
  if (clauses.groups.length > 0) writer.write(' group by ')
  writer.list(clauses.groups, ', ', Precedence.raw)
  renderConditions(writer, ' having ', clauses.groupConditions)
  renderOrder(writer, clauses, root)
  renderBounds(writer, clauses)
}

/** Writes `word` and conditions of which all must hold, or nothing. */
export function renderConditions(
  writer: SqlWriter,
  word: string,
  conditions: readonly Operand[],
): void {
  if (conditions.length === 0) return
  writer.write(word)
  writer.list(conditions, ' and ', conditions.length > 1 ? Precedence.not : Precedence.raw)
}

function renderOrder(
  writer: SqlWriter,
  { order, orderByKey, items }: SelectClauses,
  root: Source | undefined,
): void {
  if (order.length > 0) {
    writer.write(' order by ')
    for (const [place, term] of order.entries()) {
      if (place > 0) writer.write(', ')
      term.render(writer)
    }
    return
  }
  const [first] = items
  const source = first?.kind === 'entity' ? first.source : root
  if (!orderByKey || source === undefined) return
  const { name, table } = writer.resolve(source, writer.nameOf(source.model))
  writer.write(
    ` order by ${table.primaryKey.map((column) => `${name}.${writer.quote(column.name)}`).join(', ')}`,
  )
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
  const { name, table } = scope.resolve(root, writer.nameOf(root.model))
  const isAlone = scope.from === name || scope.from === writer.quote(table.name)
  writer.write(' for update')
  if (!isAlone) writer.write(` of ${name}`) // rows that an outer join may leave out cannot be locked
  if (lock === 'skip') writer.write(' skip locked')
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
