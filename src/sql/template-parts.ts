import { ArgumentError } from '../errors/index.ts'
import { createRawBinder } from './binder.ts'
import { BoundList } from './bound-value.ts'
import { memberBinder, placesFor } from './in-list.ts'
import { Precedence, type Operand, type Values } from './operand.ts'
import { escapeKey } from './shape-key.ts'
import { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** A part of a template that is no expression: it cannot be compared, only stand there. */
export abstract class SqlPart implements Operand {
  readonly precedence: Precedence = Precedence.atom
  readonly type = undefined
  readonly source: Source | undefined = undefined
  abstract readonly key: string
  abstract render(writer: SqlWriter): void

  collect(_into: Values): void {}

  label(): string {
    return 'a part of raw SQL'
  }
}

/** A model's table. */
export class TablePart extends SqlPart {
  readonly key: string
  override readonly source: Source

  constructor(model: object) {
    super()
    this.source = Source.of(model)
    this.key = `table(${this.source.key})`
  }

  render(writer: SqlWriter): void {
    const { tables } = writer.rowsOf(this.source.model)
    writer.write(writer.qualified(tables.at(-1) ?? tables[0]))
  }
}

/** A quoted name of one or several parts. */
export class NamePart extends SqlPart {
  readonly key: string
  readonly #names: readonly string[]

  constructor(names: readonly string[]) {
    super()
    this.#names = names
    this.key = `ref(${names.map(escapeKey).join('.')})`
  }

  render(writer: SqlWriter): void {
    writer.write(this.#names.map((name) => writer.quote(name)).join('.'))
  }
}

/** The name of a model's column without its table, as SET and the columns of INSERT want it. */
export class ColumnNamePart extends SqlPart {
  readonly key: string
  override readonly source: Source
  readonly #property: string

  constructor(source: Source, property: string) {
    super()
    this.source = source
    this.#property = property
    this.key = `ref(${source.key}:${escapeKey(property)})`
  }

  render(writer: SqlWriter): void {
    writer.write(writer.columnName(this.source, this.#property))
  }
}

/** Operands with a separator between them. */
export class JoinPart extends SqlPart {
  readonly key: string
  override readonly source: Source | undefined
  readonly #members: readonly Operand[]
  readonly #separator: Operand

  constructor(members: readonly Operand[], separator: Operand) {
    super()
    this.key = `join(${separator.key}:${members.map((member) => member.key).join(',')})`
    this.source = members.find((member) => member.source !== undefined)?.source
    this.#members = members
    this.#separator = separator
  }

  override collect(into: Values): void {
    for (const member of this.#members) member.collect(into)
  }

  render(writer: SqlWriter): void {
    for (const [place, member] of this.#members.entries()) {
      if (place > 0) this.#separator.render(writer)
      member.render(writer)
    }
  }
}

/** `(?, ?, ?)`, for IN. Nothing is in an empty list: a test for NULL makes that of `in (null)`, because a subquery without rows would have a type, and maybe not that of the other side. */
export class ListPart extends SqlPart {
  readonly key: string
  readonly #list: BoundList

  /** @throws {ArgumentError} ARGUMENT for null, which IN never finds and which makes NOT IN find nothing. */
  constructor(values: readonly unknown[]) {
    super()
    this.#list = new BoundList(values, undefined, this)
    if (this.#list.hasNull) {
      throw new ArgumentError(
        'Cannot put null into sql.list(): IN never finds it, and NOT IN finds nothing because of it. Leave it out and add "or column is null".',
      )
    }
    this.key = `list(${placesFor(values.length)})`
  }

  override collect(into: Values): void {
    into.push(this.#list)
  }

  render(writer: SqlWriter): void {
    const slot = writer.claim()
    const bind = createRawBinder(writer.dialect, 'sql.list()')
    const places = Array.from({ length: placesFor(this.#list.members.length) }, (_, place) =>
      writer.placeholder(slot, memberBinder(place, bind)),
    )
    if (places.length > 0) writer.write(`(${places.join(', ')})`)
    else if (writer.endsWith(/\bnot\s+in\s*$/i)) writer.write('(null) is null')
    else if (writer.endsWith(/\bin\s*$/i)) writer.write('(null) is not null')
    else writer.write('(select null where 1 = 0)')
  }
}
