import type { ColumnType } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from './unreadable.ts'

/** A word of a fixed set, in a varchar that is long enough, with a check. */
export function oneOfCodec({ values = [] }: ColumnType): ColumnCodec {
  const words = new Set<unknown>(values)
  const decode = (stored: unknown): unknown => {
    if (words.has(stored)) return stored
    throw unreadable('oneOf', stored)
  }
  const list = values.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')
  return {
    sqlType: `varchar(${Math.max(1, ...values.map((word) => word.length))})`,
    decode,
    check: (column) => `${column} in (${list})`,
  }
}
