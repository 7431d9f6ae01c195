import type { ColumnType } from '../schema/index.ts'
import { comparandOf } from './bound-value.ts'
import type { SqlFeatures } from './sql-dialect.ts'

/** Whether a value that a client may have made up can be compared with what is of `type`: where it cannot, no row has it, and nothing is to be asked. */
export function isComparable(
  type: ColumnType | undefined,
  value: unknown,
  { checksComparands }: Pick<SqlFeatures, 'checksComparands'>,
): boolean {
  const isOfType = comparandOf(type)?.accepts(value) ?? typeof value !== 'object'
  if (!isOfType || typeof value !== 'string') return isOfType
  if (!checksComparands) return true
  const isDay = type?.kind === 'date' || type?.kind === 'localTimestamp'
  return value.isWellFormed() && !value.includes('\0') && (!isDay || isInCalendar(value))
}

function isInCalendar(text: string): boolean {
  const day = text.slice(0, 'YYYY-MM-DD'.length)
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
