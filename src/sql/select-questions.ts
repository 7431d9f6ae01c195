import { ColumnExpression } from './column-expression.ts'
import type { Values } from './operand.ts'
import { toNumber } from './operators.ts'
import { collectClauses, rootOf, shapeOf, sourcesOf, type SelectClauses } from './select-clauses.ts'
import { renderSelect } from './select-renderer.ts'
import { renderItems, type SelectItem } from './selection.ts'
import { finishKey } from './shape-key.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'
import type { Statement } from './statement.ts'

const toBoolean = (stored: unknown): boolean => Boolean(Number(stored))

/** How many rows a SELECT gives. */
export class CountStatement implements Statement {
  readonly key: string
  readonly sources: readonly Source[]
  readonly locking = false
  readonly returnsRows = true
  readonly #rows: SelectClauses
  /** One row is counted for each row of FROM and WHERE, so that no subquery is needed. */
  readonly #isPlain: boolean

  constructor(clauses: SelectClauses) {
    this.#rows = clauses.distinct ? withoutOrder(clauses) : rowsOf(clauses)
    this.#isPlain =
      this.#rows.items.length === 0 &&
      clauses.groups.length === 0 &&
      clauses.limit === undefined &&
      clauses.offset === undefined
    this.sources = sourcesOf(clauses)
    this.key = finishKey(`${this.#isPlain ? 'count' : 'count rows of'} ${shapeOf(this.#rows)}`)
  }

  collect(into: Values): void {
    collectClauses(this.#rows, into)
  }

  render(writer: SqlWriter): void {
    writer.layout.push({ kind: 'value', offset: 0, decode: toNumber })
    if (this.#isPlain) {
      renderSelect(writer, this.#rows, literal('count(*)'))
      return
    }
    writer.write('select count(*) from (')
    renderRows(writer, this.#rows)
    writer.write(`) as ${writer.quote('counted')}`)
  }
}

/** Whether a SELECT gives a row. */
export class ExistsStatement implements Statement {
  readonly key: string
  readonly sources: readonly Source[]
  readonly locking = false
  readonly returnsRows = true
  readonly #rows: SelectClauses

  constructor(clauses: SelectClauses) {
    this.#rows = rowsOf({ ...clauses, distinct: false })
    this.sources = sourcesOf(clauses)
    this.key = finishKey(`exists ${shapeOf(this.#rows)}`)
  }

  collect(into: Values): void {
    collectClauses(this.#rows, into)
  }

  render(writer: SqlWriter): void {
    writer.layout.push({ kind: 'value', offset: 0, decode: toBoolean })
    writer.write('select exists (')
    renderRows(writer, this.#rows)
    writer.write(')')
  }
}

/** As few clauses as give the same number of rows. */
function rowsOf(clauses: SelectClauses): SelectClauses {
  const bare = withoutOrder(clauses)
  const needsItems = clauses.groups.length === 0 && !clauses.items.every(isOneARow)
  return needsItems ? bare : { ...bare, items: [], from: rootOf(clauses) }
}

function withoutOrder(clauses: SelectClauses): SelectClauses {
  return { ...clauses, order: [], orderByKey: false, lock: undefined }
}

/** Whether an item neither gathers several rows into one, as `count()` does, nor joins others. */
function isOneARow(item: SelectItem): boolean {
  return (
    item.kind === 'entity' ||
    (item.expression instanceof ColumnExpression && item.expression.source.step === undefined)
  )
}

function renderRows(writer: SqlWriter, rows: SelectClauses): void {
  renderSelect(writer, rows, rows.items.length === 0 ? literal('1') : named(rows.items))
}

function literal(text: string) {
  return (writer: SqlWriter): [] => {
    writer.write(text)
    return []
  }
}

/** Columns under names of their own: in a derived table no two may have one. */
function named(items: readonly SelectItem[]) {
  return (writer: SqlWriter) =>
    renderItems(writer, items, (place) => ` as ${writer.quote(`c${place}`)}`)
}
