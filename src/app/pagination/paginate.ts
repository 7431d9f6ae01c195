import { NotFoundError } from '../../errors/index.ts'
import type { IterPagesOptions, Page, PageSource, PaginateOptions } from '../../orm/index.ts'
import { iterPages } from './iter-pages.ts'
import { resolvePageRequest, type PageQuery, type PageRequest } from './page-request.ts'

/**
 * Fetches one page.
 *
 * Two statements at most: the count is left out when the page itself shows it, being the last one and not full, when the rows bring it, and when `count` says so.
 *
 * @throws {NotFoundError} NOT_FOUND with `errorOut`, for a number that cannot be a page and for an empty page other than the first.
 */
export async function paginate<T>(
  source: PageSource<T>,
  options: PaginateOptions = {},
  query?: PageQuery,
): Promise<Page<T>> {
  const { count = true, errorOut = false } = options
  const request = resolvePageRequest(options, query)
  return fetchPage(source, request, {
    total: typeof count === 'number' ? count : null,
    count: typeof count === 'function' ? async () => count() : () => source.count(),
    counted: count === 'window' ? 'beside' : count !== false,
    errorOut,
  })
}

/** What is known of the total before the page is fetched. */
interface Counting {
  /** Known already, from the caller or the page before. */
  readonly total: number | null
  /** Finds it out. */
  readonly count: () => Promise<number>
  /** False: the total is not wanted. `'beside'`: the rows bring it. */
  readonly counted: boolean | 'beside'
  readonly errorOut: boolean
}

async function fetchPage<T>(
  source: PageSource<T>,
  request: PageRequest,
  counting: Counting,
): Promise<Page<T>> {
  const { page, perPage } = request
  const offset = (page - 1) * perPage
  const { rows: fetched, total: brought } =
    counting.counted === 'beside'
      ? await source.countedRows(perPage, offset)
      : {
          rows: await source.rows(counting.counted ? perPage : perPage + 1, offset),
          total: counting.total,
        }
  if (fetched.length === 0 && page !== 1 && counting.errorOut) {
    throw new NotFoundError('There is no such page.', { info: { page } })
  }
  const known = { ...counting, total: brought }
  const total = await totalOf(known, { offset, perPage, rows: fetched.length })
  return new FetchedPage(source, {
    ...request,
    items: fetched.slice(0, perPage),
    total,
    count: counting.count,
    more: fetched.length > perPage,
  })
}

async function totalOf(
  counting: Counting,
  seen: { offset: number; perPage: number; rows: number },
): Promise<number | null> {
  if (!counting.counted) return null
  if (counting.total !== null) return counting.total
  const isLast = seen.rows < seen.perPage && (seen.rows > 0 || seen.offset === 0)
  return isLast ? seen.offset + seen.rows : counting.count()
}

interface PageFacts<T> extends PageRequest {
  readonly items: readonly T[]
  readonly total: number | null
  readonly count: () => Promise<number>
  /** Whether a row beyond the page was seen; only looked for when there is no total. */
  readonly more: boolean
}

class FetchedPage<T> implements Page<T> {
  readonly items: readonly T[]
  readonly page: number
  readonly perPage: number
  readonly maxPerPage: number | null
  readonly total: number | null
  readonly #source: PageSource<T>
  readonly #count: () => Promise<number>
  readonly #more: boolean

  constructor(source: PageSource<T>, facts: PageFacts<T>) {
    this.#source = source
    this.#count = facts.count
    this.#more = facts.more
    this.items = facts.items
    this.page = facts.page
    this.perPage = facts.perPage
    this.maxPerPage = facts.maxPerPage
    this.total = facts.total
  }

  get pages(): number {
    return Math.ceil((this.total ?? 0) / this.perPage)
  }

  get first(): number {
    return this.items.length === 0 ? 0 : (this.page - 1) * this.perPage + 1
  }

  get last(): number {
    return this.items.length === 0 ? 0 : this.first + this.items.length - 1
  }

  get hasPrev(): boolean {
    return this.page > 1
  }

  get prevNum(): number | null {
    return this.hasPrev ? this.page - 1 : null
  }

  get hasNext(): boolean {
    return this.total === null ? this.#more : this.page < this.pages
  }

  get nextNum(): number | null {
    return this.hasNext ? this.page + 1 : null
  }

  next(options: { readonly errorOut?: boolean } = {}): Promise<Page<T>> {
    return this.#turnTo(this.page + 1, options.errorOut ?? false)
  }

  async prev(options: { readonly errorOut?: boolean } = {}): Promise<Page<T>> {
    if (!this.hasPrev && options.errorOut === true)
      throw new NotFoundError('There is no page before the first.')
    return this.#turnTo(Math.max(this.page - 1, 1), options.errorOut ?? false)
  }

  iterPages(options?: IterPagesOptions): Generator<number | null> {
    return iterPages(this.page, this.pages, options)
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]()
  }

  toJSON(): Record<string, unknown> {
    const {
      items,
      page,
      perPage,
      maxPerPage,
      total,
      pages,
      first,
      last,
      hasPrev,
      prevNum,
      hasNext,
      nextNum,
    } = this
    return {
      items,
      page,
      perPage,
      maxPerPage,
      total,
      pages,
      first,
      last,
      hasPrev,
      prevNum,
      hasNext,
      nextNum,
    }
  }

  #turnTo(page: number, errorOut: boolean): Promise<Page<T>> {
    const { perPage, maxPerPage, total } = this
    return fetchPage(
      this.#source,
      { page, perPage, maxPerPage },
      { total, count: this.#count, counted: total !== null, errorOut },
    )
  }
}
