import { BindError } from '../../errors/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'
import { unreadable } from '../values/index.ts'

/** ISO-8601 in UTC with milliseconds: one form, so that text sorts as time does. */
export const timestampCodec: ColumnCodec = {
  sqlType: 'text',
  encode: encodeTimestamp,
  decode: decodeTimestamp,
}

/** Forms of other hands: SQLite's own `current_timestamp` has a space, no fraction and no zone, and is UTC. */
const FOREIGN_FORM =
  /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/i

function encodeTimestamp(value: unknown): string {
  const text = (value as Date).toISOString()
  if (text.length === OWN_LENGTH) return text
  throw new BindError(
    'Cannot store a time before the year 0 or after 9999 in a timestamp column: its text would not sort with the others. Store it as text.',
  )
}

const OWN_LENGTH = '2024-02-29T12:30:00.000Z'.length

function decodeTimestamp(stored: unknown): Date {
  if (typeof stored !== 'string') throw unreadable('timestamp', stored)
  const date = new Date(
    stored.length === OWN_LENGTH && stored.endsWith('Z') ? stored : inUtc(stored),
  )
  if (Number.isNaN(date.getTime())) throw unreadable('timestamp', stored)
  return date
}

/** A text that says no zone is not local time. */
function inUtc(stored: string): string {
  const [, day, time = '00:00', zone = 'Z'] = FOREIGN_FORM.exec(stored) ?? []
  if (day === undefined) throw unreadable('timestamp', stored)
  return `${day}T${time}${zone.toUpperCase()}`
}
