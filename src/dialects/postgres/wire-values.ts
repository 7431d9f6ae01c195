import { BindError } from '../../errors/index.ts'
import type { WireValue } from './wire.ts'

/**
 * What goes over the wire for stored forms: text as the server's types read it, and bytes as they are.
 *
 * @throws {BindError} BIND for what the server would not store as it is: it has no NUL in text, and half of a character would become another one.
 */
export function wireValues(parameters: readonly unknown[], sql: string): WireValue[] {
  if (parameters.length > MOST_VALUES)
    throw new BindError(
      `Cannot send a statement with ${parameters.length} values: the protocol of PostgreSQL counts to ${MOST_VALUES}. Send several statements, or a list as one array.`,
      { info: { sql, values: parameters.length } },
    )
  return parameters.map((value, place) => {
    if (typeof value !== 'string') return wireValue(value, place, sql)
    if (value.includes('\0')) throw notStorable('text with a NUL character', place, sql)
    if (!value.isWellFormed()) throw notStorable('text with half of a character', place, sql)
    return value
  })
}

/** Values that one statement may have. */
export const MOST_VALUES = 65_535

function wireValue(value: unknown, place: number, sql: string): WireValue {
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      if (value === null) return null
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      break
    case 'string':
    case 'undefined':
    case 'symbol':
    case 'function':
    default:
  }
  throw notStorable(describe(value), place, sql)
}

function notStorable(kind: string, place: number, sql: string): BindError {
  return new BindError(
    `Cannot bind value ${place + 1} of a statement: it is ${kind}, and PostgreSQL stores well-formed text without NUL, numbers, bigint, booleans, bytes and NULL. Convert it, or let a column's type do so.`,
    { info: { sql, position: place + 1 } },
  )
}

/** What a value is, never the value itself. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value
  return `an object of class ${(value as { readonly constructor?: { readonly name?: string } }).constructor?.name ?? 'null'}`
}
