import type { DriverResult } from '../../engine/index.ts'
import { decodeJson } from '../values/index.ts'
import { decodeTimestamp } from './timestamp-codec.ts'

/** What is known of a column of a result; both drivers are brought to this. */
export interface ResultColumn {
  readonly name: string
  /** The protocol's number of the type. */
  readonly type: number
  /** Of a BIT: how many bits. */
  readonly length: number
  readonly isJson: boolean
}

const FieldType = {
  timestamp: 7,
  bigint: 8,
  datetime: 12,
  bit: 16,
  json: 245,
} as const

/** Makes natural values of stored forms. */
export type Naturalizer = (stored: unknown) => unknown

/** What makes the natural value of JavaScript of a stored form; undefined where that is it. Numbers that only text says exactly stay text. */
export function naturalizerOf({ type, length, isJson }: ResultColumn): Naturalizer | undefined {
  if (isJson || type === FieldType.json) return decodeJson
  if (type === FieldType.datetime || type === FieldType.timestamp) return moment
  if (type === FieldType.bit && length === 1) return isSet
  return undefined
}

/** The server has moments that are none: `0000-00-00`. They stay text. */
function moment(stored: unknown): unknown {
  return String(stored).includes('-00') ? stored : decodeTimestamp(stored)
}

function isSet(stored: unknown): unknown {
  return stored instanceof Uint8Array ? stored[0] === 1 : stored
}

/** Changes values of rows in place into the forms that both drivers give: 64-bit integers as numbers where those can say them, else as bigint; bytes that share no memory with what the driver reads. Hot: once a result. */
export function settleRows(
  rows: readonly unknown[][],
  columns: readonly ResultColumn[] | undefined,
): void {
  const first = rows[0]
  if (first === undefined) return
  for (let i = 0; i < first.length; i += 1) {
    const type = columns?.[i]?.type
    if (type === FieldType.bigint) settleColumn(rows, i, exactInteger)
    else if (type !== undefined && BYTES.has(type)) settleColumn(rows, i, ownBytes)
  }
}

/** BIT, the blobs, char and varchar: bytes, if their collation is binary. */
const BYTES: ReadonlySet<number> = new Set([16, 249, 250, 251, 252, 253, 254, 255])

function settleColumn(
  rows: readonly unknown[][],
  place: number,
  settle: (value: unknown) => unknown,
): void {
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i]
    if (row !== undefined) row[place] = settle(row[place])
  }
}

function exactInteger(value: unknown): unknown {
  if (typeof value === 'number' || value === null) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value as bigint | string)
}

function ownBytes(value: unknown): unknown {
  return Buffer.isBuffer(value) ? new Uint8Array(value) : value
}

/** The generated key that a driver tells; 0 means that there was none. */
export function insertIdOf(value: unknown): { readonly lastInsertId?: number | bigint } {
  if (value === undefined || value === null || value === 0 || value === 0n) return {}
  return { lastInsertId: exactInteger(value) as number | bigint }
}

/** Names of columns, and what makes natural values of their stored forms. */
export function describeColumns(
  columns: readonly ResultColumn[],
): Required<Pick<DriverResult, 'columns' | 'natural'>> {
  return {
    columns: columns.map(({ name }) => name),
    natural: columns.map(naturalizerOf),
  }
}

/** The result of a statement that gave rows. Hot: once a read. */
export function rowsResult(
  rows: readonly unknown[][],
  columns: readonly ResultColumn[],
  { isRaw, isReturning }: { readonly isRaw: boolean; readonly isReturning: boolean },
): DriverResult {
  settleRows(rows, columns)
  const affectedRows = isReturning ? rows.length : 0
  if (!isRaw) return { rows, affectedRows }
  return { rows, affectedRows, ...describeColumns(columns) }
}
