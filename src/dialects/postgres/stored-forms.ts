import { decodeJson, decodeDecimal } from '../values/index.ts'
import { decodeArray } from './array-text.ts'
import { decodeTimestamp } from './timestamp-codec.ts'

/** Makes the stored form of the text that the server sent. */
export type Reader = (text: string) => unknown
/** Makes the natural value of JavaScript of a stored form. */
export type Naturalizer = (stored: unknown) => unknown

/** Object ids of PostgreSQL's own types, which never change. */
const Oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const

function readBoolean(text: string): boolean {
  return text === 't'
}

function readInt8(text: string): unknown {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  return /^-?\d+$/.test(text) ? BigInt(text) : text // a reader never throws
}

/** `\x0aff`; with an old bytea_output, letters and `\ooo`. */
function readBytes(text: string): Uint8Array {
  if (text.startsWith('\\x')) return new Uint8Array(Buffer.from(text.slice(2), 'hex'))
  const bytes = text.replace(/\\(\\|[0-7]{3})/g, (_, code: string) =>
    code === '\\' ? code : String.fromCodePoint(Number.parseInt(code, 8)),
  )
  return new Uint8Array(Buffer.from(bytes, 'latin1'))
}

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [Oid.bool, readBoolean],
  [Oid.bytea, readBytes],
  [Oid.int8, readInt8],
  [Oid.int2, Number],
  [Oid.int4, Number],
  [Oid.oid, Number],
  [Oid.float4, Number],
  [Oid.float8, Number],
])

/** The reader of a type; undefined where text is the stored form: decimals, times, JSON, UUIDs, and all that is not known. */
export function readerOf(oid: number): Reader | undefined {
  return READERS.get(oid)
}

/** Array types by the types of their members. */
const ARRAYS: Readonly<Record<number, number>> = {
  1000: Oid.bool,
  1001: Oid.bytea,
  1005: Oid.int2,
  1007: Oid.int4,
  1016: Oid.int8,
  1021: Oid.float4,
  1022: Oid.float8,
  1028: Oid.oid,
  1185: Oid.timestamptz,
  1231: Oid.numeric,
  199: Oid.json,
  3807: Oid.jsonb,
}
/** Arrays whose members are text: text, varchar, char, name, uuid, date, time, timestamp. */
const TEXT_ARRAYS: ReadonlySet<number> = new Set([1009, 1015, 1014, 1003, 2951, 1182, 1183, 1115])

const NATURALIZERS: ReadonlyMap<number, Naturalizer> = new Map<number, Naturalizer>([
  [Oid.timestamptz, decodeTimestamp],
  [Oid.json, decodeJson],
  [Oid.jsonb, decodeJson],
])

const asText = (member: string): string => member

/** What makes the natural value of a type's stored form; undefined where that is it. Numbers that only text says exactly stay text. */
export function naturalizerOf(oid: number): Naturalizer | undefined {
  if (TEXT_ARRAYS.has(oid)) return (stored) => decodeArray(String(stored), asText)
  const member = ARRAYS[oid]
  if (member === undefined) return NATURALIZERS.get(oid)
  const read = readerOf(member) ?? (member === Oid.numeric ? decodeDecimal : asText)
  const natural = NATURALIZERS.get(member)
  const decode = natural === undefined ? read : (text: string): unknown => natural(read(text))
  return (stored) => decodeArray(String(stored), decode)
}
