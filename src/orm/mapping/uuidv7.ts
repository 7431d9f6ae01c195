import { randomBytes } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562): its first 48 bits are the time in milliseconds, so that keys made one after the other sort so.
 * As a key made by the client it lets a whole graph be inserted in one flight: `uuid().primaryKey().default(uuidv7)`.
 */
export function uuidv7(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
