import { isStorableText } from '../../util/index.ts'

/** What a client is told of a text that is not clean. */
export const CLEAN_TEXT = 'text without NUL characters and halves of characters'

/**
 * Whether a value of a request, or all text inside it, is text that every database stores as it is. No keyboard makes other text; programs that probe for weak places do.
 */
export function isCleanText(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true
  return Object.entries(value).every(([key, inner]) => isCleanText(key) && isCleanText(inner))
}
