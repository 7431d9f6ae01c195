import { unreadable } from './unreadable.ts'

/** Bytes as the driver gave them. @throws {DataError} DATA for anything else. */
export function decodeBytes(stored: unknown): Uint8Array {
  if (stored instanceof Uint8Array) return stored
  throw unreadable('bytes', stored)
}
