import type { ColumnType, StorageKind } from '../../schema/index.ts'
import type { ColumnCodec, PlainForm } from '../../sql/index.ts'
import {
  customCodec,
  decodeBytes,
  decodeJson,
  encodeJson,
  oneOfCodec,
  textCodec,
  unreadable,
} from '../values/index.ts'
import { decimalCodec } from './decimal-codec.ts'
import { timestampCodec } from './timestamp-codec.ts'

/** How each kind of column is stored, as a function of its type. */
const CODECS: Readonly<Record<StorageKind, (type: ColumnType) => ColumnCodec>> = {
  int: () => ({ sqlType: 'integer', plain: plain('int', 'number') }),
  bigint: () => ({ sqlType: 'bigint', decode: decodeBigint }),
  float: () => ({ sqlType: 'real', plain: plain('float', 'number') }),
  text: () => ({ sqlType: 'text', plain: plain('text', 'string') }),
  varchar: (type) => ({
    sqlType: `varchar(${type.length ?? 255})`,
    plain: plain('varchar', 'string'),
  }),
  boolean: () => ({
    sqlType: 'integer',
    encode: Number,
    decode: decodeBoolean,
    check: (column) => `${column} in (0, 1)`,
  }),
  decimal: decimalCodec,
  timestamp: () => timestampCodec,
  localTimestamp: () => textCodec('localTimestamp', 'text', /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/),
  date: () => textCodec('date', 'text', /^\d{4}-\d{2}-\d{2}$/),
  time: () => textCodec('time', 'text', /^\d{2}:\d{2}/),
  uuid: () => ({
    ...textCodec('uuid', 'text', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i),
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

/** SQLite stores anything anywhere: bytes in a text column, text or an integer beyond 2^53 in one of numbers. */
function plain(kind: StorageKind, type: PlainForm['type']): PlainForm {
  return {
    type,
    refuse(stored) {
      throw unreadable(kind, stored)
    },
  }
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

function lowerCase(value: unknown): string {
  return String(value).toLowerCase()
}
