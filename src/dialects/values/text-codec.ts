import type { StorageKind } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from './unreadable.ts'

/** Text of one form, stored and read as it is; what has another form was written by somebody else. */
export function textCodec(kind: StorageKind, sqlType: string, pattern: RegExp): ColumnCodec {
  const decode = (stored: unknown): string => {
    if (typeof stored === 'string' && pattern.test(stored)) return stored
    throw unreadable(kind, stored)
  }
  return { sqlType, decode }
}
