import { DataError } from '../../errors/index.ts'
import type { ColumnType, StorageKind } from '../../schema/index.ts'
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

/** How each kind of column is stored, as a function of its type. */
const CODECS: Readonly<Record<StorageKind, (type: ColumnType) => ColumnCodec>> = {
  int: () => ({ sqlType: 'bigint', decode: decodeInt }),
  bigint: () => ({ sqlType: 'bigint', decode: decodeBigint }),
  float: () => ({ sqlType: 'double precision' }),
  text: () => ({ sqlType: 'text' }),
  varchar: (type) => ({ sqlType: `varchar(${type.length ?? 255})` }),
  boolean: () => ({ sqlType: 'boolean', decode: decodeBoolean }),
  decimal: decimalCodec,
  timestamp: () => timestampCodec,
  localTimestamp: () =>
    textCodec('localTimestamp', 'timestamp', /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/),
  date: () => textCodec('date', 'date', /^\d{4}-\d{2}-\d{2}$/),
  time: () => textCodec('time', 'time', /^\d{2}:\d{2}/),
  uuid: () => ({
    ...textCodec('uuid', 'uuid', /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i),
    encode: (value) => String(value).toLowerCase(),
  }),
  bytes: () => ({ sqlType: 'bytea', decode: decodeBytes }),
  json: () => ({ sqlType: 'jsonb', encode: encodeJson, decode: decodeJson }),
  oneOf: oneOfCodec,
  custom: customCodec,
}

const codecs = new WeakMap<ColumnType, ColumnCodec>()

/** The codec of a column type; the same one every time. */
export function codecOf(type: ColumnType): ColumnCodec {
  let codec = codecs.get(type)
  if (codec === undefined) {
    codec = CODECS[type.kind](type)
    if (!TEXTS.has(type.kind)) codec = { ...codec, asText }
    codecs.set(type, codec)
  }
  return codec
}

/** Kinds that the server takes for text by itself. */
const TEXTS: ReadonlySet<StorageKind> = new Set(['text', 'varchar', 'oneOf'])

function asText(expression: string): string {
  return `(${expression})::text`
}

/** A number from a column; text from a sum, which the server makes a decimal of. Never rounds. */
function decodeInt(stored: unknown): number {
  if (typeof stored === 'number') return stored
  const number = typeof stored === 'string' ? Number(stored) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  if (typeof stored === 'bigint' || Number.isInteger(number))
    throw new DataError(
      'Cannot read a column of type int: the database has a whole number there that a JavaScript number cannot say. Declare the column as bigint().',
      { info: { kind: 'int' } },
    )
  throw unreadable('int', stored)
}

function decodeBoolean(stored: unknown): boolean {
  if (typeof stored === 'boolean') return stored
  throw unreadable('boolean', stored)
}

/** The server would round what has more digits than it keeps; here it is refused. */
function decimalCodec({ precision, scale }: ColumnType): ColumnCodec {
  const size = precision === undefined ? '' : `(${precision}, ${scale ?? 0})`
  return {
    sqlType: `numeric${size}`,
    encode: (value) =>
      encodeDecimal(String(value), precision, precision === undefined ? scale : (scale ?? 0)),
    decode: decodeDecimal,
  }
}
