import { columnTypes, type ColumnType } from '../schema/index.ts'
import type { Binder } from './binder.ts'
import { Precedence, type Operand, type Values } from './operand.ts'
import type { SqlWriter } from './sql-writer.ts'

/** The type that values compared with a column of `type` must have: text that is too long to be stored can still be looked for. */
export function comparandOf(type: ColumnType | undefined): ColumnType | undefined {
  return type?.length === undefined ? type : columnTypes.text
}

/** A value that is sent beside the text. */
export class BoundValue implements Operand {
  readonly key = '?'
  readonly precedence: Precedence = Precedence.atom
  readonly source = undefined
  readonly type: ColumnType | undefined
  readonly #value: unknown
  readonly #owner: Operand | undefined

  /** `owner` is what the value is compared with: it gives the name for messages. */
  constructor(value: unknown, type: ColumnType | undefined, owner: Operand | undefined) {
    this.#value = value
    this.type = type
    this.#owner = owner
  }

  collect(into: Values): void {
    into.push(this.#value)
  }

  render(writer: SqlWriter): void {
    writer.write(writer.placeholder(writer.claim(), this.binder(writer)))
  }

  label(): string {
    return 'a value of the query'
  }

  protected binder(writer: SqlWriter): Binder {
    const owner = this.#owner ?? this
    return writer.binderOf(this.type, owner.label(writer.nameOf))
  }
}

/** A value in arithmetic: no column tells the database its type, so an integer must arrive as one. */
export class ExactValue extends BoundValue {
  protected override binder(writer: SqlWriter): Binder {
    const bind = super.binder(writer)
    const exact = writer.dialect.bindRaw
    return exact === undefined || this.type === undefined ? bind : (value) => exact(bind(value))
  }
}

/** The array of an IN: one value of the statement, whatever its length. NULL, which IN cannot find, is told apart. */
export class BoundList implements Operand {
  readonly key = '[]'
  readonly precedence: Precedence = Precedence.atom
  readonly source = undefined
  readonly type: ColumnType | undefined
  /** The members that are not null. */
  readonly members: readonly unknown[]
  readonly hasNull: boolean
  /** Bytes have no place in a list that is one value. */
  readonly hasBytes: boolean
  readonly #owner: Operand

  constructor(values: readonly unknown[], type: ColumnType | undefined, owner: Operand) {
    this.members = values.includes(null) ? values.filter((value) => value !== null) : values.slice()
    this.hasNull = this.members.length < values.length
    this.hasBytes = this.members.some((member) => member instanceof Uint8Array)
    this.type = type
    this.#owner = owner
  }

  collect(into: Values): void {
    into.push(this)
  }

  /** Writes nothing: the operator asks for `binder` and spells the list itself. */
  render(): void {}

  label(): string {
    return 'a list of the query'
  }

  binder(writer: SqlWriter): Binder {
    return writer.binderOf(this.type, this.#owner.label(writer.nameOf))
  }
}
