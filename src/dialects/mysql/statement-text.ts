import { BindError } from '../../errors/index.ts'
import { LruMap } from '../../util/index.ts'

/** What has to be known of a statement's text before it is sent. */
export interface StatementText {
  /** Its first word, in lower case; empty where there is none. */
  readonly word: string
  /** How many values it takes. */
  readonly placeholders: number
  /** Whether it reads or changes rows and nothing else: it commits nothing by itself, and can be prepared. */
  readonly isPlain: boolean
  /** Whether it cannot change rows. A SELECT may lock them. */
  readonly onlyReads: boolean
  /** Whether it changes rows and gives rows back. */
  readonly isReturning: boolean
  /** Whether it may change how the session behaves. */
  readonly changesSession: boolean
  /** Whether it may be many statements: it cannot be sent again when one of them was refused. */
  readonly isProgram: boolean
}

/** Strings, quoted names, comments, and placeholders: what has to be told apart to count placeholders. The server's sql_mode is such that a backslash escapes. */
const TOKENS =
  /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`[^`]*`|--(?=[\s]|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\?/g
const FIRST_WORD =
  /^(?:\s|;|\(|--(?=[\s]|$)[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!!|M!)[\s\S]*?\*\/)*([a-z]+)/i

const PLAIN: ReadonlySet<string> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'replace',
  'values',
  'table',
  'with',
])
const READS: ReadonlySet<string> = new Set(['select', 'values', 'table'])
const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace'])
/** Words whose statements leave the session's defaults alone. */
const TAME: ReadonlySet<string> = new Set(
  [...PLAIN].concat(
    ['rollback', 'commit', 'savepoint', 'release', 'show', 'explain', 'describe', 'desc', 'kill'],
    ['create', 'alter', 'drop', 'truncate', 'rename', 'analyze', 'check', 'optimize', 'lock'],
    ['unlock', 'grant', 'revoke', 'flush', 'do'],
  ),
)

/** Words whose statements change the session and no row. */
const SETTINGS: ReadonlySet<string> = new Set(['', 'set', 'use', 'prepare', 'deallocate'])

const TEXTS_KEPT = 1_000
const known = new LruMap<string, StatementText>(TEXTS_KEPT)

/** Hot: once a statement; a look-up in most cases. */
export function readStatement(sql: string): StatementText {
  let text = known.get(sql)
  if (text === undefined) known.set(sql, (text = read(sql)))
  return text
}

function read(sql: string): StatementText {
  const word = FIRST_WORD.exec(sql)?.[1]?.toLowerCase() ?? ''
  let placeholders = 0
  for (const [token] of sql.matchAll(TOKENS)) if (token === '?') placeholders += 1
  return {
    word,
    placeholders,
    isPlain: PLAIN.has(word),
    onlyReads: READS.has(word),
    isReturning: CHANGES.has(word) && /\breturning\b/i.test(sql),
    changesSession: !TAME.has(word),
    isProgram: !TAME.has(word) && !SETTINGS.has(word),
  }
}

/** @throws {BindError} BIND when the number of values is another than that of placeholders: the drivers send such statements in part. */
export function checkValueCount(sql: string, placeholders: number, values: number): void {
  if (placeholders === values) return
  throw new BindError(
    `Cannot send a statement with ${placeholders} placeholders and ${values} values. Bind one value for each "?".`,
    { info: { sql, placeholders, values } },
  )
}
