/** Where a page by keys begins, and how long it is. Cursors may come from clients as they are. */
export interface KeysetOptions {
  /** The rows behind this cursor: the `endCursor` of a page. Default: from the first row. */
  readonly after?: string | null | undefined
  /** The rows in front of this cursor, those nearest to it: the `startCursor` of a page. */
  readonly before?: string | null | undefined
  /** Rows on a page. In a request the default is what the query string asks for as `perPage`, else 20. */
  readonly size?: number | undefined
  /** The most that `size` may be; null for no limit. Default 100. */
  readonly maxSize?: number | null | undefined
}

/**
 * A page of rows that begins at a row, and not at a number: rows that come or go on other pages do not move it, and it costs the same however far from the beginning.
 *
 * @since 0.2
 */
export interface KeysetPage<out T> extends Iterable<T> {
  /** The rows, in the order of the query whichever way they were reached. */
  readonly items: readonly T[]
  /** Rows on a full page. */
  readonly size: number
  /** Whether there is a row behind this page. */
  readonly hasNext: boolean
  /** Whether there is a row in front of this page. */
  readonly hasPrev: boolean
  /** What a client passes as `before` for the rows in front of this page; null only where the query gave no row at all. */
  readonly startCursor: string | null
  /** What a client passes as `after` for the rows behind this page, also for those that are not there yet; null only where the query gave no row at all. */
  readonly endCursor: string | null
  /** The page behind this one, of the same size; an empty page past the end. */
  next(): Promise<KeysetPage<T>>
  /** The page in front of this one, of the same size; an empty page before the beginning. */
  prev(): Promise<KeysetPage<T>>
  /** A plain object: items, size, what there is around them, and the cursors. */
  toJSON(): Record<string, unknown>
}
