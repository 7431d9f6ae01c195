/** What a word is made of, whatever the script: letters with their marks, digits, the underscore. */
const WORD = /[\p{L}\p{M}\p{N}_]+/gu

/** A word of a text, and where it begins. */
export interface Word {
  readonly word: string
  readonly start: number
}

/** The words of a text as they are written. */
export function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(WORD), (match) => ({ word: match[0], start: match.index }))
}

/** The words that somebody searches for, without signs that a search syntax could read something into; at most ten. */
export function searchWords(text: string): string[] {
  return wordsOf(text.normalize('NFC'))
    .slice(0, 10)
    .map(({ word }) => word)
}

/** A text as it is compared: without the case and the accents of its letters. For databases that would go by the settings of the server. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .normalize('NFC')
    .toLowerCase()
}
