import type { ColumnType } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { decodeDecimal, encodeDecimal } from '../values/index.ts'

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
