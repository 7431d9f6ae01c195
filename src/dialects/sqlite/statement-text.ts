import { BindError } from '../../errors/index.ts'

/** Strings, quoted names, comments, names, and placeholders: what has to be told apart to count placeholders. */
const TOKENS =
  /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}_][\p{L}\p{N}_$]*|\?\d*|[:@#$][\p{L}\p{N}_:$]+/gu

/**
 * How many values a statement takes. node:sqlite does not tell, and stores NULL for those that are missing.
 *
 * @throws {BindError} BIND for numbered and named placeholders, which the two libraries understand differently.
 */
export function countParameters(sql: string): number {
  let count = 0
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token === '?') count += 1
    else if (/^[?:@#$]/.test(token))
      throw new BindError(
        `Cannot send a statement with the placeholder "${token}": values are bound to "?" in their order.`,
        { info: { sql } },
      )
  }
  return count
}

const FIRST_WORD = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]+)/i

/** The first word of a statement, in lower case; empty where there is none. */
export function firstWord(sql: string): string {
  return FIRST_WORD.exec(sql)?.[1]?.toLowerCase() ?? ''
}

/** Whether a statement sets up the connection: attaches a database, or gives a pragma a value. `word` is its first one. */
export function changesConnection(word: string, sql: string): boolean {
  if (word === 'pragma') return /=|\bquery_only\b/i.test(sql)
  return word === 'attach' || word === 'detach'
}

/** Whether there is nothing but white space, comments and semicolons. */
export function isBlank(sql: string): boolean {
  return /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*(?:(?!\*\/)[\s\S])*(?:\*\/|$))*$/.test(sql)
}

/** @throws {BindError} BIND when a text cannot be one statement. */
export function checkText(sql: string): void {
  if (sql.includes('\0'))
    throw new BindError(
      'Cannot send a statement with a NUL character: SQLite would not see what follows it. Bind text as a value.',
    )
  if (isBlank(sql))
    throw new BindError(
      'Cannot send an empty statement. Is its text made by a program, with nothing to say?',
    )
}

/** The error of a second statement in one text, which node:sqlite would not run and not mention. */
export function severalStatements(sql: string): BindError {
  return new BindError(
    'Cannot send several statements in one text: only the first would run. Send them one by one.',
    { info: { sql } },
  )
}
