/** Where the library's own messages go; pino, Fastify's `app.log` and most loggers fit. */
export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Codes of the warnings; `node --disable-warning=CODE` silences one. */
export const WARNING_CODES = {
  ATHANOR_DISCARDED_CHANGES: 'A scope ended with changes that nobody committed.',
  ATHANOR_CLOSE_FAILED: 'A step of closing a scope failed; the others ran.',
  ATHANOR_AFTER_COMMIT_FAILED: 'A callback after a commit failed; the data is stored.',
  ATHANOR_COMMIT_REFUSED: 'A scope was not committed, because its reply had been sent before.',
  ATHANOR_REPLY_FAILED:
    'A request was answered with an error page of the library, because no error path of a framework was within reach.',
  ATHANOR_LISTENER: 'A listener failed; what it heard of has happened all the same.',
  ATHANOR_UNTRACKED_CHANGES:
    'Somebody listens to the changes of commits in an application that does not track them.',
  ATHANOR_LONG_HOLD: 'A transaction kept all others from writing for a second or longer.',
  ATHANOR_UNORDERED_PAGE: 'A query without an order was paginated.',
  ATHANOR_REPEATED_STATEMENT:
    'A scope sent the same statement many times: rows are loaded or written one by one.',
  ATHANOR_TABLE_DIFFERS: 'createAll() found a table that lacks columns of its model.',
} as const

/** A code of a warning. */
export type WarningCode = keyof typeof WARNING_CODES

/** Places that are remembered; names of scopes may be without number. */
const MOST_PLACES = 1_000

/** Reports what nobody waits for: to the application's logger, else as a process warning. */
export class Reporter {
  readonly #logger: Logger | undefined
  readonly #told = new Set<string>()

  constructor(logger: Logger | undefined) {
    this.#logger = logger
  }

  /** Something that the developer should change. Told once for each `place`. */
  warn(code: WarningCode, message: string, place: string): void {
    const key = `${code} ${place}`
    if (this.#told.has(key)) return
    if (this.#told.size >= MOST_PLACES) this.#told.clear()
    this.#told.add(key)
    if (this.#logger === undefined) process.emitWarning(message, { code })
    else this.#logger.warn({ code }, message)
  }

  /** Something that failed and that no caller can be told. Told every time. */
  error(code: WarningCode, message: string, error: unknown): void {
    if (this.#logger === undefined) process.emitWarning(message, { code, detail: detailOf(error) })
    else this.#logger.error({ code, err: error }, message)
  }
}

function detailOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(detailOf).join('\n')
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
