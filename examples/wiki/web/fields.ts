import { cleanLine, cleanText } from '../models/clean-text.ts'
import { LOCATION_LENGTH, parseLocation } from '../models/location.ts'
import { TAG_LENGTH, TAG_LIMIT, parseTags } from '../models/tag-names.ts'
import { Problem, type FieldReader } from './form.ts'

interface Length {
  /** Fewest characters; 1 makes the field required. */
  readonly min: number
  readonly max: number
}

/** A line of text. */
export function line(name: string, length: Length): FieldReader<string> {
  return (text) => checkLength(name, cleanLine(text), length)
}

/** Text of several lines. */
export function paragraphs(name: string, length: Length): FieldReader<string> {
  return (text) => checkLength(name, cleanText(text).trimEnd(), length)
}

/** Where a page is. */
export function location(text: string): string | Problem {
  const parsed = parseLocation(text)
  if (parsed !== undefined) return parsed
  return new Problem(
    `Give a location of at most ${LOCATION_LENGTH} characters: words of letters, digits, hyphens, underscores and dots, with a slash between them. Each begins with a letter or a digit.`,
  )
}

/** Tags with commas between them. */
export function tags(text: string): string[] | Problem {
  const names = parseTags(cleanText(text))
  if (names.length > TAG_LIMIT)
    return new Problem(`Give at most ${TAG_LIMIT} tags; these are ${names.length}.`)
  const long = names.find((name) => name.length > TAG_LENGTH)
  return long === undefined
    ? names
    : new Problem(
        `Give tags of at most ${TAG_LENGTH} characters each; “${long.slice(0, TAG_LENGTH)}…” is longer.`,
      )
}

/** A number from a hidden field or an address; `otherwise` when there is none. */
export function count(otherwise?: number): FieldReader<number> {
  return (text) => {
    if (text === '' && otherwise !== undefined) return otherwise
    return /^\d{1,9}$/.test(text)
      ? Number(text)
      : new Problem('This number is not one of the wiki’s own. Go back and use its forms.')
  }
}

/** One of several words; the first when none of them is given. */
export function choice<const C extends readonly [string, ...string[]]>(
  choices: C,
): FieldReader<C[number]> {
  return (text) => choices.find((known) => known === text) ?? choices[0]
}

/** Text of any kind, as it is. */
export function anything(text: string): string {
  return text
}

function checkLength(name: string, text: string, { min, max }: Length): string | Problem {
  if (text.length > max)
    return new Problem(`${name} is ${text.length} characters long; ${max} are possible.`)
  return text.length < min ? new Problem(`${name} is missing.`) : text
}
