import { BindError } from '../../errors/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from '../values/index.ts'

/** A moment in UTC, to the millisecond: what a Date can say. The type of the server's that has time zones ends in 2038. */
export const timestampCodec: ColumnCodec = {
  sqlType: 'datetime(3)',
  encode: encodeTimestamp,
  decode: decodeTimestamp,
}

const OWN_LENGTH = '2024-02-29T12:30:00.000Z'.length

function encodeTimestamp(value: unknown): string {
  const text = (value as Date).toISOString()
  if (text.length !== OWN_LENGTH)
    throw new BindError(
      'Cannot store a time before the year 0 or after 9999 in a timestamp column: the database has none. Store it as text.',
    )
  return `${text.slice(0, 10)} ${text.slice(11, -1)}`
}

/** What the server writes: `2024-02-29 12:30:00.123456`, of a date the day alone. The session's time zone is UTC. */
const WRITTEN = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?))?$/

/** Hot: once a value. */
export function decodeTimestamp(stored: unknown): Date {
  if (typeof stored !== 'string') throw unreadable('timestamp', stored)
  const [, day, time = '00:00:00'] = WRITTEN.exec(stored) ?? []
  const date = new Date(day === undefined ? Number.NaN : `${day}T${time}Z`)
  if (Number.isNaN(date.getTime())) throw unreadable('timestamp', stored)
  return date
}
