import { unreadable } from './unreadable.ts'

/** A whole number as a server's driver gives it: a bigint, a number where that is exact, or digits. */
export function decodeBigint(stored: unknown): bigint {
  if (typeof stored === 'bigint') return stored
  if (Number.isSafeInteger(stored)) return BigInt(stored as number)
  if (typeof stored === 'string' && /^-?\d+$/.test(stored)) return BigInt(stored)
  throw unreadable('bigint', stored)
}
