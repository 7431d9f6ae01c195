import { BindError } from '../../errors/index.ts'
import { canonicalDecimal, type ColumnType } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from './unreadable.ts'

/** Digits with at most one point between them, and a minus in front: what `encode` writes. */
const CHECK = (column: string): string =>
  `${column} glob '[-0-9]*' and substr(${column}, 2) not glob '*[^0-9.]*' and ${column} glob '*[0-9]' and ${column} not glob '*.*.*' and ${column} not glob '-.*'`

/**
 * Exact numbers as text; with a scale always that many digits after the point, as a server gives them. Comparing, sorting and summing go through SQLite's
 * numbers: exact for integers, and for others to 15 digits.
 */
export function decimalCodec({ precision, scale }: ColumnType): ColumnCodec {
  return {
    sqlType: 'text',
    encode: (value) => encodeDecimal(String(value), precision, scale),
    decode: decodeDecimal,
    check: CHECK,
    comparable: (expression) => `cast(${expression} as numeric)`,
  }
}

/** Without superfluous zeros, so that one number has one text; with a scale with as many digits after the point. Never rounds: what does not fit is refused. */
function encodeDecimal(text: string, precision: number = Infinity, scale?: number): string {
  const canonical = canonicalDecimal(text)
  const [whole = '', fraction = ''] = canonical.replace('-', '').split('.')
  const places = scale ?? fraction.length
  if (fraction.length > places || whole.length > Math.max(1, precision - places)) {
    throw new BindError(
      `Cannot store a number in a decimal column: it has more digits than decimal(${precision}, ${places}) can hold. Round it first.`,
      { info: { precision, scale } },
    )
  }
  return fraction.length === places
    ? canonical
    : `${canonical}${fraction === '' ? '.' : ''}${'0'.repeat(places - fraction.length)}`
}

/** Text from a column; a number or bigint from a sum. */
function decodeDecimal(stored: unknown): string {
  if (typeof stored === 'string' && /^-?\d+(?:\.\d+)?$/.test(stored)) return stored
  if (typeof stored === 'bigint') return String(stored)
  if (typeof stored === 'number' && Number.isFinite(stored)) return withoutExponent(stored)
  throw unreadable('decimal', stored)
}

function withoutExponent(number: number): string {
  const text = String(number)
  return text.includes('e')
    ? number.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
    : text
}
