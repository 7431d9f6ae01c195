import { cleanText } from './clean-text.ts'

/** Longest name of a tag; the column is as wide. */
export const TAG_LENGTH = 40
/** Most tags on a page. */
export const TAG_LIMIT = 20

/** Tag names out of `a, b ,a`: trimmed, inner space collapsed, case kept, each once, in the order written. */
export function parseTags(text: string): string[] {
  const names = cleanText(text)
    .split(',')
    .map((name) => name.replaceAll(/\s+/g, ' ').trim())
  return [...new Set(names)].filter((name) => name !== '')
}
