import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import { Assignments } from './assignments.ts'
import { wholeRows } from './catalog.ts'
import { columnOf } from './column-lookup.ts'
import { renderConflict, type ConflictAction } from './conflict-clause.ts'
import type { Values } from './operand.ts'
import { renderReturning } from './returning.ts'
import { Scope } from './scope.ts'
import { collectItems, itemsKey, type SelectItem } from './selection.ts'
import { escapeKey, finishKey } from './shape-key.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'
import type { Statement } from './statement.ts'

/** What happens to a row when one with the same values in `columns`, which are unique, exists. */
interface Conflict {
  readonly columns: readonly string[]
  readonly action: ConflictAction
}

/** What an INSERT says. */
interface InsertFacts {
  readonly source: Source
  /** Properties that every row gives, in the order of its values. */
  readonly properties: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly conflict: Conflict | undefined
  readonly returned: readonly SelectItem[] | undefined
}

/** A bulk INSERT of rows that give the same columns. Immutable. The number of rows is part of its shape: send chunks of few sizes. */
export class InsertStatement implements Statement {
  readonly locking = false
  readonly #facts: InsertFacts

  private constructor(facts: InsertFacts) {
    this.#facts = facts
  }

  /** Rows whose values stand in the order of `properties`. */
  static of(
    source: Source,
    properties: readonly string[],
    rows: readonly (readonly unknown[])[],
  ): InsertStatement {
    return new InsertStatement({
      source,
      properties,
      rows,
      conflict: undefined,
      returned: undefined,
    })
  }

  /** What to do when a row with the same values in these columns exists. */
  onConflict(columns: readonly string[]): {
    doNothing(): InsertStatement
    doUpdate(set?: object): InsertStatement
  } {
    const withAction = (action: Conflict['action']): InsertStatement =>
      new InsertStatement({ ...this.#facts, conflict: { columns, action } })
    return {
      doNothing: () => withAction('nothing'),
      doUpdate: (set) =>
        withAction(set === undefined ? 'row' : new Assignments(set, this.#facts.source.model)),
    }
  }

  /** What comes back of each inserted or updated row. */
  returning(items: readonly SelectItem[]): InsertStatement {
    return new InsertStatement({ ...this.#facts, returned: items })
  }

  get key(): string {
    const { source, properties, rows, conflict, returned } = this.#facts
    const conflictKey =
      conflict === undefined
        ? ''
        : `|C${conflict.columns.map(escapeKey).join(',')}:${actionKey(conflict)}`
    const returnedKey = returned === undefined ? '' : `|R${itemsKey(returned)}`
    return finishKey(
      `insert ${source.key}(${properties.map(escapeKey).join(',')})${rows.length}${conflictKey}${returnedKey}`,
    )
  }

  get sources(): readonly Source[] {
    return [this.#facts.source]
  }

  get returnsRows(): boolean {
    return this.#facts.returned !== undefined
  }

  collect(into: Values): void {
    const { rows, conflict, returned } = this.#facts
    for (const row of rows) into.push(...row)
    if (conflict?.action instanceof Assignments) conflict.action.collect(into)
    if (returned !== undefined) collectItems(returned, into)
  }

  render(writer: SqlWriter): void {
    const { source, returned } = this.#facts
    const scope = new Scope(writer, undefined).refuseJoins()
    const { table } = scope.addNew(source)
    writer.within(scope, () => {
      writer.write(`insert into ${writer.qualified(table)}`)
      this.#renderRows(writer, table)
      this.#renderConflict(writer, table)
      if (returned !== undefined)
        renderReturning(writer, returned, writer.dialect.supports.insertReturning)
    })
  }

  #renderRows(writer: SqlWriter, table: Table): void {
    const { rows, properties } = this.#facts
    const columns = properties.map((property) => this.#column(writer, table, property))
    if (columns.length === 0) {
      writer.write(this.#defaultRows(writer, table))
      return
    }
    const binders = columns.map((column) =>
      writer.binderOf(column.type, this.#label(writer, column.property)),
    )
    const row = (): string =>
      `(${binders.map((bind) => writer.placeholder(writer.claim(), bind)).join(', ')})`
    writer.write(
      ` (${columns.map((column) => writer.quote(column.name)).join(', ')}) values ${Array.from(rows, row).join(', ')}`,
    )
  }

  /** Rows of nothing but the database's defaults. */
  #defaultRows(writer: SqlWriter, table: Table): string {
    const { rows } = this.#facts
    const [first] = table.columns
    if (writer.dialect.supports.defaultKeyword && first !== undefined)
      return ` (${writer.quote(first.name)}) values ${rows.map(() => '(default)').join(', ')}`
    if (rows.length === 1) return ' default values'
    throw new ArgumentError(
      `Cannot insert ${rows.length} rows without values into "${table.name}" at once. Insert them one by one, or give one column a value.`,
    )
  }

  #renderConflict(writer: SqlWriter, table: Table): void {
    const { conflict, properties, source, returned } = this.#facts
    if (conflict === undefined) return
    const column = (property: string): Column => this.#column(writer, table, property)
    renderConflict(writer, {
      model: source.model,
      table,
      target: conflict.columns.map(column),
      given: properties.map(column),
      action: conflict.action,
      returns: returned !== undefined,
    })
  }

  #column(writer: SqlWriter, table: Table, property: string): Column {
    return columnOf(wholeRows(table), property, this.#label(writer, property))
  }

  #label(writer: SqlWriter, property: string): string {
    return `${writer.nameOf(this.#facts.source.model)}.${property}`
  }
}

function actionKey({ action }: Conflict): string {
  return action instanceof Assignments ? `set ${action.key}` : action
}
