import { columnTypes, type ColumnType } from '../schema/index.ts'
import type { Binder } from './binder.ts'
import { Precedence, type Operand, type Values } from './operand.ts'
import type { RawKind } from './sql-dialect.ts'
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
    const placeholder = writer.placeholder(writer.claim(), this.binder(writer))
    writer.write(writer.exact(placeholder, this.type))
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

/** A pattern of LIKE in which only `%` and `_` mean something: where the database has an escape character nobody named, `!` is named instead, and stands for itself. */
export class PatternValue extends BoundValue {
  protected override binder(writer: SqlWriter): Binder {
    const bind = super.binder(writer)
    if (!writer.dialect.supports.backslashEscapes) return bind
    return (value) => bind(String(value).replaceAll('!', '!!'))
  }
}

/** A value in raw SQL, which has the type that it has in JavaScript. Its kind is in the shape, because some databases must be told it in the text. */
export class RawValue implements Operand {
  readonly key: string
  readonly precedence: Precedence = Precedence.atom
  readonly source = undefined
  readonly type = undefined
  readonly #value: unknown
  readonly #kind: RawKind | undefined

  constructor(value: unknown) {
    this.#value = value
    this.#kind = kindOf(value)
    this.key = this.#kind === undefined ? '?' : `?${this.#kind}`
  }

  collect(into: Values): void {
    into.push(this.#value)
  }

  render(writer: SqlWriter): void {
    const placeholder = writer.placeholder(writer.claim(), writer.binderOf(undefined, this.label()))
    const cast = writer.dialect.castRaw
    writer.write(
      cast === undefined || this.#kind === undefined ? placeholder : cast(placeholder, this.#kind),
    )
  }

  label(): string {
    return 'an sql template'
  }
}

const INT_LIMIT = 2 ** 31

function kindOf(value: unknown): RawKind | undefined {
  if (typeof value === 'bigint') return 'bigint'
  if (typeof value === 'boolean') return 'boolean'
  if (value instanceof Date) return 'timestamp'
  if (value instanceof Uint8Array) return 'bytes'
  if (typeof value !== 'number') return undefined
  if (!Number.isSafeInteger(value)) return 'number'
  return value >= -INT_LIMIT && value < INT_LIMIT ? 'int' : 'bigint'
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
