import { isDeepStrictEqual } from 'node:util'
import type { KeysetFrom, KeysetOptions, KeysetPage, KeysetSource } from '../../orm/index.ts'
import { badCursor, CursorCodec, type Bookmark } from './cursor.ts'
import { resolvePageSize, type PageQuery } from './page-request.ts'

/** What surrounds a page by keys. */
export interface KeysetSurroundings {
  /** What the client asks for. */
  readonly query?: PageQuery | undefined
  /** Signs cursors. */
  readonly secret?: string | undefined
}

/**
 * Fetches a page that begins at a cursor.
 *
 * The row of the cursor is fetched with the page: that it is there shows that the page has a neighbour on that side. Only where it has gone a second statement looks.
 *
 * @throws {NotFoundError} BAD_CURSOR before anything is sent.
 */
export async function paginateKeyset<T>(
  source: KeysetSource<T>,
  options: KeysetOptions = {},
  { query, secret }: KeysetSurroundings = {},
): Promise<KeysetPage<T>> {
  const codec = new CursorCodec(source.order, secret)
  const { after, before } = options
  if (after !== undefined && after !== null && before !== undefined && before !== null)
    throw badCursor()
  const read = (cursor: unknown): Bookmark => codec.read(cursor, (place) => source.accepts(place))
  const size = resolvePageSize(options.size, query, options.maxSize)
  const fetcher = new KeysetFetcher(source, codec, size)
  if (after !== undefined && after !== null)
    return fetcher.fetch({ direction: 'after', ...read(after) })
  if (before !== undefined && before !== null)
    return fetcher.fetch({ direction: 'before', ...read(before) })
  return fetcher.fetch()
}

/** Fetches the pages of one source. */
class KeysetFetcher<T> {
  readonly size: number
  readonly codec: CursorCodec
  readonly #source: KeysetSource<T>

  constructor(source: KeysetSource<T>, codec: CursorCodec, size: number) {
    this.#source = source
    this.codec = codec
    this.size = size
  }

  async fetch(from?: KeysetFrom): Promise<KeysetPage<T>> {
    const { size } = this
    if (from === undefined) {
      const rows = await this.#source.rows(size + 1)
      return this.#page(rows.slice(0, size), { hasPrev: false, hasNext: rows.length > size })
    }
    const isBefore = from.direction === 'before'
    const rows = await this.#source.rows(from.inclusive ? size + 1 : size + 2, {
      ...from,
      inclusive: true,
    })
    const nearest = isBefore ? rows.at(-1) : rows[0]
    const isThere = !from.inclusive && isDeepStrictEqual(nearest?.place, from.place)
    const others = isThere ? (isBefore ? rows.slice(0, -1) : rows.slice(1)) : rows
    const hasMore = others.length > size
    const hasLess = isThere || (await this.#hasRowsBehind(from))
    return this.#page(
      isBefore ? others.slice(-size) : others.slice(0, size),
      isBefore ? { hasPrev: hasMore, hasNext: hasLess } : { hasPrev: hasLess, hasNext: hasMore },
      from,
    )
  }

  /** Whether a row is on the other side of where a page begins. */
  async #hasRowsBehind({ direction, place, inclusive }: KeysetFrom): Promise<boolean> {
    const opposite = direction === 'after' ? 'before' : 'after'
    const rows = await this.#source.rows(1, { direction: opposite, place, inclusive: !inclusive })
    return rows.length > 0
  }

  #page(
    rows: Awaited<ReturnType<KeysetSource<T>['rows']>>,
    around: { readonly hasPrev: boolean; readonly hasNext: boolean },
    from?: KeysetFrom,
  ): KeysetPage<T> {
    const [first, last] = [rows[0], rows.at(-1)]
    return new FetchedKeysetPage(this, {
      ...around,
      items: rows.map(({ row }) => row),
      start:
        first === undefined ? edgeOf(from, 'before') : { place: first.place, inclusive: false },
      end: last === undefined ? edgeOf(from, 'after') : { place: last.place, inclusive: false },
    })
  }
}

/** Where an empty page ends on one side: at the place that it was asked from, whose own row belongs to the side that the page does not lie on. */
function edgeOf(
  from: KeysetFrom | undefined,
  direction: KeysetFrom['direction'],
): Bookmark | undefined {
  if (from === undefined) return undefined
  const { place, inclusive } = from
  return { place, inclusive: from.direction === direction ? inclusive : !inclusive }
}

interface KeysetFacts<T> {
  readonly items: readonly T[]
  readonly hasPrev: boolean
  readonly hasNext: boolean
  /** Where the page begins and ends; undefined where there was no row at all. */
  readonly start: Bookmark | undefined
  readonly end: Bookmark | undefined
}

class FetchedKeysetPage<T> implements KeysetPage<T> {
  readonly items: readonly T[]
  readonly size: number
  readonly hasPrev: boolean
  readonly hasNext: boolean
  readonly #fetcher: KeysetFetcher<T>
  readonly #start: Bookmark | undefined
  readonly #end: Bookmark | undefined

  constructor(fetcher: KeysetFetcher<T>, facts: KeysetFacts<T>) {
    this.#fetcher = fetcher
    this.#start = facts.start
    this.#end = facts.end
    this.items = facts.items
    this.size = fetcher.size
    this.hasPrev = facts.hasPrev
    this.hasNext = facts.hasNext
  }

  get startCursor(): string | null {
    return this.#start === undefined ? null : this.#fetcher.codec.write(this.#start)
  }

  get endCursor(): string | null {
    return this.#end === undefined ? null : this.#fetcher.codec.write(this.#end)
  }

  next(): Promise<KeysetPage<T>> {
    return this.#fetcher.fetch(this.#end && { direction: 'after', ...this.#end })
  }

  prev(): Promise<KeysetPage<T>> {
    return this.#fetcher.fetch(this.#start && { direction: 'before', ...this.#start })
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]()
  }

  toJSON(): Record<string, unknown> {
    const { items, size, hasPrev, hasNext, startCursor, endCursor } = this
    return { items, size, hasPrev, hasNext, startCursor, endCursor }
  }
}
