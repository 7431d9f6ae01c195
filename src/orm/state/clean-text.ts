/** What a client is told of a text that is not clean. */
export const CLEAN_TEXT = 'text without NUL characters and halves of characters'

/**
 * Whether a value of a request, or all text inside it, is text that every database stores as it is: PostgreSQL has no NUL, and UTF-8 no half of a character. No keyboard
 * makes either; programs that probe for weak places do.
 */
export function isCleanText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true
  return Object.entries(value).every(([key, inner]) => isCleanText(key) && isCleanText(inner))
}
