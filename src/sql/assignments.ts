import { ArgumentError } from '../errors/index.ts'
import type { Table } from '../schema/index.ts'
import { columnOf } from './column-lookup.ts'
import { Expression } from './expression.ts'
import { Precedence, className, type Values } from './operand.ts'
import { escapeKey } from './shape-key.ts'
import type { SqlWriter } from './sql-writer.ts'

/** New values of columns, by property: constants or expressions. */
export class Assignments {
  readonly key: string
  readonly #entries: readonly (readonly [property: string, value: unknown])[]

  /** @throws {ArgumentError} ARGUMENT when there is no value, or one is undefined. */
  constructor(values: object, model: object) {
    this.#entries = Object.entries(values)
    if (this.#entries.length === 0) {
      throw new ArgumentError(
        `Cannot update ${className(model)}: set() names no column. Pass at least one, as in .set({ title: 'x' }).`,
      )
    }
    const missing = this.#entries.find(([, value]) => value === undefined)
    if (missing !== undefined) {
      throw new ArgumentError(
        `Cannot set ${className(model)}.${missing[0]} to undefined. Leave it out to keep what is stored, or pass null to store no value.`,
      )
    }
    this.key = this.#entries
      .map(
        ([property, value]) =>
          `${escapeKey(property)}=${value instanceof Expression ? value.key : '?'}`,
      )
      .join(',')
  }

  collect(into: Values): void {
    for (const [, value] of this.#entries) {
      if (value instanceof Expression) value.collect(into)
      else into.push(value)
    }
  }

  /** The table that has these columns. @throws {ArgumentError} ARGUMENT where they are in several. */
  tableIn(writer: SqlWriter, model: object): Table {
    const name = writer.nameOf(model)
    const rows = writer.rowsOf(model)
    const held = this.#entries.map(
      ([property]) => columnOf(rows, property, `${name}.${property}`).table,
    )
    const [first = rows.tables[0]] = held
    const other = held.find((table) => table !== first)
    if (other === undefined) return first
    throw new ArgumentError(
      `Cannot update columns of "${first.name}" and "${other.name}" in one statement: rows of ${name} have a part in each. Use a statement for each table, or change objects.`,
      { info: { model: name, tables: [first.name, other.name] } },
    )
  }

  /** Writes `"title" = ?, "views" = "post"."views" + ?`. */
  render(writer: SqlWriter, model: object): void {
    const rows = writer.rowsOf(model)
    const written: string[] = []
    for (const [place, [property, value]] of this.#entries.entries()) {
      const label = `${writer.nameOf(model)}.${property}`
      const column = columnOf(rows, property, label)
      const name = writer.quote(column.name)
      writer.write(`${place === 0 ? '' : ', '}${name} = `)
      if (value instanceof Expression) {
        const text = writer.capture(() => writer.operand(value, Precedence.or))
        checkOrder(
          writer,
          label,
          written.find((each) => text.includes(each)),
        )
        writer.write(text)
      } else writer.write(writer.placeholder(writer.claim(), writer.binderOf(column.type, label)))
      written.push(name)
    }
  }
}

/** @throws {ArgumentError} ARGUMENT where the expression would see the new value of a column, and nobody be told. */
function checkOrder(writer: SqlWriter, label: string, earlier: string | undefined): void {
  if (earlier === undefined || !writer.dialect.supports.sequentialAssignments) return
  throw new ArgumentError(
    `Cannot set ${label} to an expression behind a new value of ${earlier}, which it mentions: this database would compute with the new value. Name ${label} first in set(), or use two statements.`,
  )
}
