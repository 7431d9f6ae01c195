/** Whether every database stores a text as it is: PostgreSQL has no NUL, and UTF-8 no half of a character. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
