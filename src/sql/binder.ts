import { ArgumentError, BindError } from '../errors/index.ts'
import { columnTypes, type ColumnType } from '../schema/index.ts'
import type { ColumnCodec } from './codec.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** Checks a value and gives what goes to the driver for it. */
export type Binder = (value: unknown) => unknown

/**
 * The binder of a column or of what is compared with it. Null passes.
 *
 * Without a type only values pass whose meaning is the same everywhere: strings, finite numbers, bigint, boolean, Date, Uint8Array.
 * The binder throws {ArgumentError} ARGUMENT that names `label` and what it expects, and never the value; a codec's {BindError} BIND gets the name as well.
 */
export function createBinder(
  type: ColumnType | undefined,
  codec: ColumnCodec | undefined,
  label: string,
): Binder {
  if (type === undefined) return (value) => checkUntyped(value, label)
  const encode = codec?.encode
  return (value) => {
    if (value === null) return null
    if (!type.accepts(value)) throw refused(value, label, type.expects)
    if (encode === undefined) return value
    try {
      return encode(value)
    } catch (error) {
      if (error instanceof BindError) error.message += ` It was meant for ${label}.`
      throw error
    }
  }
}

/** The binder of values in raw SQL: each is stored as the column type that is natural for it, and integers stay integers. */
export function createRawBinder(dialect: SqlDialect, label: string): Binder {
  return (value) => {
    checkUntyped(value, label)
    const type = naturalType(value)
    const encode = type === undefined ? undefined : dialect.codec(type).encode
    const stored = encode === undefined ? value : encode(value)
    return dialect.bindRaw === undefined ? stored : dialect.bindRaw(stored)
  }
}

/** @throws {ArgumentError} ARGUMENT when `value` has no meaning of its own in SQL. */
export function checkUntyped(value: unknown, label: string): unknown {
  if (value === null || naturalType(value) !== undefined) return value
  if (typeof value === 'string' || typeof value === 'bigint' || Number.isFinite(value)) return value
  throw refused(
    value,
    label,
    'a string, a finite number, a bigint, a boolean, null, a valid Date or a Uint8Array',
  )
}

function naturalType(value: unknown): ColumnType | undefined {
  if (typeof value === 'boolean') return columnTypes.boolean
  if (value instanceof Date)
    return columnTypes.timestamp.accepts(value) ? columnTypes.timestamp : undefined
  return value instanceof Uint8Array ? columnTypes.bytes : undefined
}

function refused(value: unknown, label: string, expects: string): ArgumentError {
  const advice =
    value === undefined
      ? 'Leave it out, or pass null where no value is meant.'
      : 'Convert it before it is passed.'
  return new ArgumentError(
    `Cannot bind ${describe(value)} to ${label}: it takes ${expects}. ${advice}`,
    { info: { target: label, expects } },
  )
}

/** What kind of value it is, for messages; never the value itself. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || Number.isNaN(value)) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return 'this string'
  if (typeof value === 'number') return 'this number'
  if (typeof value === 'function')
    return value.name === '' ? 'a function' : `the function or class ${value.name}`
  if (typeof value === 'object') return `an object of class ${className(value)}`
  return `a ${typeof value}`
}

function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as {
    readonly constructor?: { readonly name?: string }
  } | null
  return prototype?.constructor?.name ?? 'null'
}
