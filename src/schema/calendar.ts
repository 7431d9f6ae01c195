const DAY = String.raw`(\d{4}-\d{2}-\d{2})`
/** Midnight at the end of a day is a time of it, as in ISO 8601. */
const TIME = String.raw`(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|24:00(?::00(?:\.0+)?)?)`
/** Kinds of text that a calendar or a clock has. */
export type CalendarKind = 'date' | 'time' | 'localTimestamp'

const PATTERNS: Readonly<Record<CalendarKind, RegExp>> = {
  date: new RegExp(`^${DAY}$`),
  time: new RegExp(`^${TIME}$`),
  localTimestamp: new RegExp(`^${DAY}[ T]${TIME}$`),
}

/** Whether a text has the form and names a day or a time that exists: neither the 30th of February nor 25 o'clock, nor a day of the year 0, which databases do not share. */
export function isInCalendar(kind: CalendarKind, value: unknown): boolean {
  const found = typeof value === 'string' ? PATTERNS[kind].exec(value) : null
  if (found === null) return false
  const [, day] = found
  return day === undefined || isDay(day)
}

function isDay(day: string): boolean {
  const ms = day < '0001' ? Number.NaN : Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}

/** Whether it is a moment of the years 0 to 9999, which every database can hold. */
export function isMoment(value: unknown): boolean {
  return value instanceof Date && value.getTime() >= FIRST && value.getTime() <= LAST
}

const FIRST = Date.UTC(-1, 12)
const LAST = Date.UTC(10_000, 0) - 1
