import { BindError } from '../../errors/index.ts'

const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

/**
 * Values in forms that the server keeps as they are: an integer as one, whatever its size, and bytes as bytes. Hot: once a statement.
 *
 * @throws {BindError} BIND for what no driver would store as it is.
 */
export function bindable(
  values: readonly unknown[],
  sql: string,
  integer: (value: bigint | number) => unknown,
): readonly unknown[] {
  let bound: unknown[] | undefined
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]
    const form = formOf(value, integer)
    if (form === REFUSED) throw notStorable(i, value, sql)
    if (form !== value) (bound ??= values.slice())[i] = form
  }
  return bound ?? values
}

const REFUSED = Symbol('refused')

function formOf(value: unknown, integer: (value: bigint | number) => unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return numberForm(value, integer)
    case 'bigint':
      return value <= MAX_INTEGER && value >= MIN_INTEGER ? integer(value) : REFUSED
    case 'object':
      return objectForm(value)
    case 'undefined':
    case 'symbol':
    case 'function':
    default:
      return REFUSED
  }
}

function numberForm(value: number, integer: (value: bigint | number) => unknown): unknown {
  if (Number.isSafeInteger(value)) return integer(value)
  return Number.isFinite(value) ? value : REFUSED
}

function objectForm(value: object | null): unknown {
  if (value === null) return null
  return value instanceof Uint8Array ? asBuffer(value) : REFUSED
}

/** The drivers know bytes only as Buffers: others they would send as JSON. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function notStorable(index: number, value: unknown, sql: string): BindError {
  return new BindError(
    `Cannot bind value ${index + 1} of a statement: it is ${describe(value)}, and the database stores text, finite numbers, bigint, booleans, bytes and NULL. Convert it, or let a column's type do so.`,
    { info: { sql, position: index + 1 } },
  )
}

/** What a value is, never the value itself. */
function describe(value: unknown): string {
  if (typeof value === 'number') return Number.isNaN(value) ? 'NaN' : 'an infinite number'
  if (typeof value === 'bigint') return 'a bigint beyond 64 bits'
  if (typeof value !== 'object' || value === null) return typeof value
  return `an object of class ${(value as { readonly constructor?: { readonly name?: string } }).constructor?.name ?? 'null'}`
}
