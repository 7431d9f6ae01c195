import { canonicalDecimal, type ColumnType, type StorageKind } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import {
  customCodec,
  decodeBigint,
  decodeBytes,
  decodeDecimal,
  decodeJson,
  encodeDecimal,
  encodeJson,
  oneOfCodec,
  textCodec,
  unreadable,
} from '../values/index.ts'
import { timestampCodec } from './timestamp-codec.ts'

/** How a server spells what its kin spells otherwise. */
export interface Spelling {
  /** Character set and collation of text: upper and lower case, and spaces at the end, make a difference (settled H28). */
  readonly collation: string
}

/** Most digits, before and after the point together, and after it. */
const MOST_DIGITS = 65
const MOST_PLACES = 30

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const NO_INDEX_ON_TEXT = 'Use varchar(n) instead.'

/** The codec of a column type on servers that spell so; the same one every time. */
export function createCodecs({ collation }: Spelling): (type: ColumnType) => ColumnCodec {
  const text = (sqlType: string): string => `${sqlType} ${collation}`
  const kinds: Readonly<Record<StorageKind, (type: ColumnType) => ColumnCodec>> = {
    int: () => ({ sqlType: 'bigint', decode: decodeInt }),
    bigint: () => ({ sqlType: 'bigint', decode: decodeBigint }),
    float: () => ({ sqlType: 'double', decode: decodeFloat }),
    text: () => ({ sqlType: text('longtext'), noIndex: NO_INDEX_ON_TEXT }),
    varchar: (type) => ({ sqlType: text(`varchar(${type.length ?? 255})`) }),
    boolean: () => ({
      sqlType: 'tinyint(1)',
      encode: Number,
      decode: decodeBoolean,
      check: (column) => `${column} in (0, 1)`,
    }),
    decimal: decimalCodec,
    timestamp: () => timestampCodec,
    localTimestamp: (type) =>
      fractionCodec(
        'localTimestamp',
        `datetime(${type.precision ?? 6})`,
        /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/,
      ),
    date: () => textCodec('date', 'date', /^\d{4}-\d{2}-\d{2}$/),
    time: (type) => fractionCodec('time', `time(${type.precision ?? 6})`, /^\d{2}:\d{2}/),
    uuid: () => ({
      ...textCodec('uuid', 'char(36) character set ascii collate ascii_bin', UUID),
      encode: lowerCase,
    }),
    bytes: () => ({
      sqlType: 'longblob',
      decode: decodeBytes,
      noIndex: 'Index a hash of them in a varchar(n) column instead.',
    }),
    json: () => ({
      sqlType: 'json',
      encode: encodeJson,
      decode: decodeJson,
      noIndex: 'Index a computed column of what you look for instead.',
    }),
    oneOf: (type) => oneOf(type, text),
    custom: customCodec,
  }
  const codecs = new WeakMap<ColumnType, ColumnCodec>()
  return (type) => {
    let codec = codecs.get(type)
    if (codec === undefined) codecs.set(type, (codec = kinds[type.kind](type)))
    return codec
  }
}

/** Text as a literal: the server's sql_mode is such that a backslash escapes. */
export function quoteText(words: string): string {
  return `'${words.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function oneOf(type: ColumnType, text: (sqlType: string) => string): ColumnCodec {
  const codec = oneOfCodec(type)
  const list = (type.values ?? []).map(quoteText).join(', ')
  return { ...codec, sqlType: text(codec.sqlType), check: (column) => `${column} in (${list})` }
}

/** Without a scale the column has as many places as there are, and the value shows those that it needs. */
function decimalCodec({ precision, scale }: ColumnType): ColumnCodec {
  const isFree = precision === undefined && scale === undefined
  const digits = precision ?? MOST_DIGITS
  const places = scale ?? (precision === undefined ? MOST_PLACES : 0)
  return {
    sqlType: `decimal(${digits}, ${places})`,
    encode: (value) => encodeDecimal(String(value), digits, places),
    decode: isFree ? (stored) => canonicalDecimal(decodeDecimal(stored)) : decodeDecimal,
    exact: (placeholder) => `cast(${placeholder} as decimal(${MOST_DIGITS}, ${MOST_PLACES}))`,
  }
}

/** The column keeps six digits after the second; the value shows those that were given. */
function fractionCodec(kind: StorageKind, sqlType: string, pattern: RegExp): ColumnCodec {
  const { decode } = textCodec(kind, sqlType, pattern)
  return {
    sqlType,
    decode: (stored) =>
      String(decode?.(stored)).replace(/\.(\d*?)0+$/, (_, digits: string) =>
        digits === '' ? '' : `.${digits}`,
      ),
  }
}

/** A number from a column; text from a sum, which the server makes a decimal. */
function decodeInt(stored: unknown): number {
  if (typeof stored === 'number') return stored
  const number = Number(typeof stored === 'string' ? stored : Number.NaN)
  if (Number.isSafeInteger(number)) return number
  throw unreadable('int', stored)
}

/** A number from a column; text from a mean, which the server makes a decimal. */
function decodeFloat(stored: unknown): number {
  if (typeof stored === 'number') return stored
  const number = typeof stored === 'string' ? Number(stored) : Number.NaN
  if (Number.isFinite(number)) return number
  throw unreadable('float', stored)
}

function decodeBoolean(stored: unknown): boolean {
  if (stored === 1) return true
  if (stored === 0) return false
  throw unreadable('boolean', stored)
}

function lowerCase(value: unknown): string {
  return String(value).toLowerCase()
}
