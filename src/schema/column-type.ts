import { deepEqual, sameBytes } from '../util/index.ts'
import { isInCalendar, isMoment, type CalendarKind } from './calendar.ts'

/** Turns a value of the program into one of the driver and back. Public: `custom(codec)`. */
export interface Codec<T, D = unknown> {
  /** The column's type in SQL, as the database spells it. */
  readonly sqlType: string
  /** What is sent to the driver for a value; never called with null. */
  encode(value: T): D
  /** The value of what the driver gave; never called with null. */
  decode(stored: D): T
  /** Whether two values are the same; by default the encoded forms are compared by structure. */
  equals?(a: T, b: T): boolean
}

/** The kinds of column types. Only dialects look at it: each maps a kind to its SQL type and converters. */
export type StorageKind =
  | 'int'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'text'
  | 'varchar'
  | 'boolean'
  | 'timestamp'
  | 'localTimestamp'
  | 'date'
  | 'time'
  | 'uuid'
  | 'bytes'
  | 'json'
  | 'oneOf'
  | 'custom'

/** What values a column takes, independent of any database. */
export interface ColumnType {
  readonly kind: StorageKind
  /** `varchar(length)`. */
  readonly length?: number
  /** `decimal(precision, scale)`; digits after the second for time types. */
  readonly precision?: number
  readonly scale?: number
  /** `oneOf(...values)`. */
  readonly values?: readonly string[]
  /** `custom(codec)`. */
  readonly codec?: Codec<never>
  /** True when a value can change without being assigned: Date, bytes, JSON. */
  readonly mutable: boolean
  /** What a value must be, in words for a message: `a string of at most 80 characters`. */
  readonly expects: string
  /** Whether `value`, which is not null, can be stored. */
  accepts(value: unknown): boolean
  /** Whether two values, neither null, are the same. */
  equals(a: unknown, b: unknown): boolean
  /** What a database computed of values of this type, which is not null, as a column would show it; undefined = as it is. */
  readonly computed?: (value: unknown) => unknown
  /** A primitive that stands for the value in an identity; undefined = the value itself is one. */
  readonly identity?: (value: unknown) => string | number
}

const same = (a: unknown, b: unknown): boolean => Object.is(a, b)

function scalar(
  kind: StorageKind,
  expects: string,
  accepts: (value: unknown) => boolean,
): ColumnType {
  return { kind, expects, accepts, equals: same, mutable: false }
}

const isString = (value: unknown): value is string => typeof value === 'string'
const isUuid = (value: unknown): boolean =>
  isString(value) && /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)
const isDecimal = (value: unknown): value is string =>
  isString(value) && /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(value)
const isBigint = (value: unknown): boolean =>
  typeof value === 'bigint' && BigInt.asIntN(64, value) === value
const existing = (kind: CalendarKind, expects: string): ColumnType =>
  scalar(kind, expects, (value) => isInCalendar(kind, value))

/** Constructors of the column types, one a kind. */
export const columnTypes: Readonly<
  Record<Exclude<StorageKind, 'varchar' | 'decimal' | 'oneOf' | 'custom'>, ColumnType>
> = {
  int: {
    ...scalar('int', 'an integer within ±9007199254740991', Number.isSafeInteger),
    identity: Number,
  },
  bigint: scalar('bigint', 'a bigint of 64 bits', isBigint),
  float: scalar('float', 'a finite number', Number.isFinite),
  text: scalar('text', 'a string', isString),
  boolean: scalar('boolean', 'a boolean', (value) => typeof value === 'boolean'),
  uuid: {
    ...scalar('uuid', 'a UUID as text', isUuid),
    equals: sameIgnoringCase,
    identity: (value) => String(value).toLowerCase(),
  },
  date: existing('date', "a date as 'YYYY-MM-DD'"),
  time: existing('time', "a time as 'HH:MM:SS'"),
  localTimestamp: existing('localTimestamp', "a local time as 'YYYY-MM-DD HH:MM:SS'"),
  bytes: {
    kind: 'bytes',
    expects: 'a Uint8Array',
    mutable: true,
    accepts: (value) => value instanceof Uint8Array,
    equals: (a, b) => sameBytes(a as Uint8Array, b as Uint8Array),
    identity: (value) => Buffer.from(value as Uint8Array).toString('hex'),
  },
  json: {
    kind: 'json',
    expects: 'a value that JSON can say',
    mutable: true,
    accepts: isJson,
    equals: deepEqual,
    identity: (value) => JSON.stringify(value),
  },
  timestamp: {
    kind: 'timestamp',
    expects: 'a valid Date of the years 0 to 9999',
    mutable: true,
    accepts: isMoment,
    equals: (a, b) => (a as Date).getTime() === (b as Date).getTime(),
    identity: (value) => (value as Date).getTime(),
  },
}

function sameIgnoringCase(a: unknown, b: unknown): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase()
}

function isJson(value: unknown): boolean {
  return (
    value !== undefined &&
    typeof value !== 'function' &&
    typeof value !== 'symbol' &&
    typeof value !== 'bigint'
  )
}

/** Text of at most `length` characters. */
export function varcharType(length: number): ColumnType {
  const accepts = (value: unknown): boolean =>
    isString(value) && (value.length <= length || Array.from(value).length <= length)
  return { ...scalar('varchar', `a string of at most ${length} characters`, accepts), length }
}

/** An exact number, kept as text. It is never rounded: one that has more digits than the column is refused. */
export function decimalType(precision?: number, scale?: number): ColumnType {
  const places = precision === undefined ? (scale ?? Infinity) : (scale ?? 0)
  const whole = precision === undefined ? Infinity : Math.max(1, precision - places)
  const size =
    precision === undefined ? '' : ` of at most ${precision} digits, ${places} of them decimals`
  return {
    ...scalar(
      'decimal',
      `a decimal number as text${size}`,
      (value) => isDecimal(value) && fits(canonicalDecimal(value), whole, places),
    ),
    equals: (a, b) => canonicalDecimal(String(a)) === canonicalDecimal(String(b)),
    computed: (value) => withPlaces(canonicalDecimal(String(value)), scale ?? 0),
    ...(precision === undefined ? {} : { precision }),
    ...(scale === undefined ? {} : { scale }),
  }
}

/** `+01.50` as `1.5`: the same number has one text. */
export function canonicalDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = ''] =
    /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? []
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

/** Whether a canonical decimal has at most so many digits before and after the point. */
function fits(canonical: string, whole: number, places: number): boolean {
  const [before = '', after = ''] = canonical.replace('-', '').split('.')
  return before.length <= whole && after.length <= places
}

/** With at least so many digits after the point. */
function withPlaces(text: string, places: number): string {
  const [, fraction = ''] = text.split('.')
  if (fraction.length >= places) return text
  return `${text}${fraction === '' ? '.' : ''}${'0'.repeat(places - fraction.length)}`
}

/** One of a fixed set of words. */
export function oneOfType(values: readonly string[]): ColumnType {
  const words = new Set(values)
  const expects = `one of ${values.map((word) => `'${word}'`).join(', ')}`
  return { ...scalar('oneOf', expects, (value) => isString(value) && words.has(value)), values }
}

/** A type of the application's own. */
export function customType(codec: Codec<never>): ColumnType {
  const own = codec as unknown as Codec<unknown>
  const encode = (value: unknown): unknown => own.encode(value)
  return {
    kind: 'custom',
    codec,
    expects: 'a value that its codec can encode',
    mutable: true,
    accepts: (value) => value !== undefined,
    equals: (a, b) => own.equals?.(a, b) ?? deepEqual(encode(a), encode(b)),
    identity: (value) => JSON.stringify(encode(value)),
  }
}
