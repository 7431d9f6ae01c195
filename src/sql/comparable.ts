import type { ColumnType } from '../schema/index.ts'
import { isStorableText } from '../util/index.ts'
import { comparandOf } from './bound-value.ts'
import type { SqlFeatures } from './sql-dialect.ts'

/** Whether a value that a client may have made up can be compared with what is of `type`: where it cannot, no row has it, and nothing is to be asked. */
export function isComparable(
  type: ColumnType | undefined,
  value: unknown,
  { checksComparands }: Pick<SqlFeatures, 'checksComparands'>,
): boolean {
  const isOfType = comparandOf(type)?.accepts(value) ?? typeof value !== 'object'
  if (!isOfType || !isEncodable(type, value)) return false
  return !checksComparands || typeof value !== 'string' || isStorableText(value)
}

/** A codec of the program's own expects its own values, and may throw at others. */
function isEncodable(type: ColumnType | undefined, value: unknown): boolean {
  if (type?.codec === undefined) return true
  try {
    type.codec.encode(value as never)
    return true
  } catch {
    return false // a client's value is no fault of the program
  }
}
