import { BindError } from '../../errors/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from '../values/index.ts'

/** A moment, to the millisecond: what a Date can say. */
export const timestampCodec: ColumnCodec = {
  sqlType: 'timestamptz(3)',
  encode: encodeTimestamp,
  decode: decodeTimestamp,
}

function encodeTimestamp(value: unknown): string {
  const text = (value as Date).toISOString()
  if (text.length !== OWN_LENGTH)
    throw new BindError(
      'Cannot store a time before the year 0 or after 9999 in a timestamp column: other databases could not hold it. Store it as text.',
    )
  // PostgreSQL has no year 0, but the same year is 1 BC
  return text.startsWith('0000-') ? `0001${text.slice(4)} BC` : text
}

const OWN_LENGTH = '2024-02-29T12:30:00.000Z'.length

/** What the server writes under DateStyle ISO: `2024-02-29 12:30:00.123456+00`; other zones when somebody has set one. */
const WRITTEN =
  /^(\d{4,6})-(\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)([+-]\d{2})(?::?(\d{2}))?(?::\d{2})?( BC)?$/

/** Hot: once a value. */
export function decodeTimestamp(stored: unknown): Date {
  if (typeof stored !== 'string') throw unreadable('timestamp', stored)
  if (stored.endsWith('+00') || stored.length === OWN_LENGTH) {
    // of a row that was just written there is what `encode` gave
    const date = new Date(
      stored.endsWith('Z') ? stored : `${stored.slice(0, 10)}T${stored.slice(11, -3)}Z`,
    )
    if (!Number.isNaN(date.getTime())) return date
  }
  const [, year, day, time, hours, minutes = '00', bc] = WRITTEN.exec(stored) ?? []
  if (year === undefined) throw unreadable('timestamp', stored)
  const date = new Date(
    `${isoYear(Number(year), bc !== undefined)}-${day}T${time}${hours}:${minutes}`,
  )
  if (Number.isNaN(date.getTime())) throw unreadable('timestamp', stored)
  return date
}

/** ISO 8601 has a year 0, and a sign and six digits outside of four. */
function isoYear(year: number, isBefore: boolean): string {
  const astronomical = isBefore ? 1 - year : year
  if (astronomical >= 0 && astronomical <= 9999) return String(astronomical).padStart(4, '0')
  return `${astronomical < 0 ? '-' : '+'}${String(Math.abs(astronomical)).padStart(6, '0')}`
}
