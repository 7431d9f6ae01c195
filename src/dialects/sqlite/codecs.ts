import { BindError, DataError } from '../../errors/index.ts'
import type { Codec, ColumnType, StorageKind } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { decimalCodec } from './decimal-codec.ts'
import { timestampCodec } from './timestamp-codec.ts'
import { unreadable } from './unreadable.ts'

/** How each kind of column is stored, as a function of its type. */
const CODECS: Readonly<Record<StorageKind, (type: ColumnType) => ColumnCodec>> = {
  int: () => ({ sqlType: 'integer' }),
  bigint: () => ({ sqlType: 'bigint', decode: decodeBigint }),
  float: () => ({ sqlType: 'real' }),
  text: () => ({ sqlType: 'text' }),
  varchar: (type) => ({ sqlType: `varchar(${type.length ?? 255})` }),
  boolean: () => ({
    sqlType: 'integer',
    encode: Number,
    decode: decodeBoolean,
    check: (column) => `${column} in (0, 1)`,
  }),
  decimal: decimalCodec,
  timestamp: () => timestampCodec,
  localTimestamp: () => textCodec('localTimestamp', /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/),
  date: () => textCodec('date', /^\d{4}-\d{2}-\d{2}$/),
  time: () => textCodec('time', /^\d{2}:\d{2}/),
  uuid: () => ({
    ...textCodec('uuid', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i),
    encode: lowerCase,
  }),
  bytes: () => ({ sqlType: 'blob', decode: decodeBytes }),
  json: () => ({
    sqlType: 'text',
    encode: encodeJson,
    decode: decodeJson,
    check: (column) => `json_valid(${column})`,
  }),
  oneOf: oneOfCodec,
  custom: customCodec,
}

const codecs = new WeakMap<ColumnType, ColumnCodec>()

/** The codec of a column type; the same one every time. */
export function codecOf(type: ColumnType): ColumnCodec {
  let codec = codecs.get(type)
  if (codec === undefined) codecs.set(type, (codec = CODECS[type.kind](type)))
  return codec
}

function decodeBigint(stored: unknown): bigint {
  if (typeof stored === 'bigint') return stored
  if (Number.isSafeInteger(stored)) return BigInt(stored as number)
  throw unreadable('bigint', stored)
}

function decodeBoolean(stored: unknown): boolean {
  if (stored === 1) return true
  if (stored === 0) return false
  throw unreadable('boolean', stored)
}

function textCodec(kind: StorageKind, pattern: RegExp): ColumnCodec {
  const decode = (stored: unknown): string => {
    if (typeof stored === 'string' && pattern.test(stored)) return stored
    throw unreadable(kind, stored)
  }
  return { sqlType: 'text', decode }
}

function lowerCase(value: unknown): string {
  return String(value).toLowerCase()
}

function decodeBytes(stored: unknown): Uint8Array {
  if (stored instanceof Uint8Array) return stored
  throw unreadable('bytes', stored)
}

function encodeJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch (cause) {
    throw new BindError(
      'Cannot store a value in a json column: JSON cannot say it, because it holds a bigint or itself. Convert it first.',
      { cause },
    )
  }
  if (text === undefined)
    throw new BindError(
      'Cannot store a value in a json column: its toJSON gives nothing. Store null, or give it a JSON form.',
    )
  return text
}

function decodeJson(stored: unknown): unknown {
  try {
    if (typeof stored === 'string') return JSON.parse(stored)
  } catch (cause) {
    throw unreadable('json', stored, cause)
  }
  throw unreadable('json', stored)
}

function oneOfCodec({ values = [] }: ColumnType): ColumnCodec {
  const words = new Set<unknown>(values)
  const decode = (stored: unknown): unknown => {
    if (words.has(stored)) return stored
    throw unreadable('oneOf', stored)
  }
  const list = values.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')
  return {
    sqlType: `varchar(${Math.max(1, ...values.map((word) => word.length))})`,
    decode,
    check: (column) => `${column} in (${list})`,
  }
}

function customCodec({ codec }: ColumnType): ColumnCodec {
  if (codec === undefined) throw new TypeError('a custom column type has a codec')
  const own = codec as unknown as Codec<unknown>
  return {
    sqlType: own.sqlType,
    encode: (value) => own.encode(value),
    decode: (stored) => {
      try {
        return own.decode(stored)
      } catch (cause) {
        throw new DataError(
          'Cannot read a column of type custom: its codec refused what is stored. Make decode() read every form that encode() has ever written.',
          { cause },
        )
      }
    },
  }
}
