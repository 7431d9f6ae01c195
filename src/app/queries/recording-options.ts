import type { BoundValues } from './recorded-query.ts'

/** What the statements of a scope are recorded with: the option `recordQueries`. */
export interface RecordQueriesOptions {
  /** Most statements that are kept of one scope; the oldest go first. Default 1_000. */
  readonly limit?: number
  /** Gives what is kept of the values of a statement, so that secrets are not. Called once each time a statement was sent. Default: all of them. */
  readonly redact?: (
    parameters: BoundValues,
    query: { readonly statement: string; readonly engine: string },
  ) => BoundValues
  /** Whether BEGIN, COMMIT, ROLLBACK and savepoints are recorded too. Default false. */
  readonly transactions?: boolean
  /** Whether a scope's list has the statements of the scopes inside it too. Default false. */
  readonly includeNested?: boolean
  /** How often a scope may send the same statement with other values until a warning names it, ATHANOR_REPEATED_STATEMENT; 0 = never. Default 10. */
  readonly repeats?: number
}

/** How statements are recorded, every default filled in. */
export interface RecordingOptions {
  readonly limit: number
  readonly redact: RecordQueriesOptions['redact']
  readonly transactions: boolean
  readonly includeNested: boolean
  readonly repeats: number
}

/** The effective options; undefined = nothing is recorded. */
export function recordingOf(
  option: boolean | RecordQueriesOptions | undefined,
): RecordingOptions | undefined {
  if (option === undefined || option === false) return undefined
  const given = option === true ? {} : option
  return {
    limit: given.limit ?? 1_000,
    redact: given.redact,
    transactions: given.transactions ?? false,
    includeNested: given.includeNested ?? false,
    repeats: given.repeats ?? 10,
  }
}
