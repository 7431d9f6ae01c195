import { ArgumentError, NotFoundError } from '../../errors/index.ts'
import type { PaginateOptions } from '../../orm/index.ts'

/** Which page a client asked for, as its query string says it: text, a list of texts, or what a schema made of them. */
export interface PageQuery {
  readonly page?: unknown
  readonly perPage?: unknown
}

/** Which rows make the page. */
export interface PageRequest {
  readonly page: number
  readonly perPage: number
  readonly maxPerPage: number | null
}

const DEFAULTS = { page: 1, perPage: 20, maxPerPage: 100 }

/**
 * The page that is meant: what the program says, else what the client asked for, else page 1 with 20 rows.
 *
 * @throws {NotFoundError} NOT_FOUND for a number that cannot be a page, with `errorOut`; without it the default takes its place.
 * @throws {ArgumentError} ARGUMENT for an option of the wrong type.
 * @remarks Semantics: Flask-SQLAlchemy 3.1. Differs: digits only, at most nine of them; `maxPerPage` is always in force.
 */
export function resolvePageRequest(options: PaginateOptions, query: PageQuery = {}): PageRequest {
  const errorOut = options.errorOut ?? false
  const maxPerPage = checkedMaximum('maxPerPage', options.maxPerPage)
  const page = ofProgram('page', options.page) ?? ofClient(query.page)
  const perPage = ofProgram('perPage', options.perPage) ?? ofClient(query.perPage)
  const rows = orDefault('perPage', perPage, errorOut)
  return {
    page: orDefault('page', page, errorOut),
    perPage: maxPerPage === null ? rows : Math.min(rows, maxPerPage),
    maxPerPage,
  }
}

/** The rows of a page by keys: as `perPage`, of the program, the client, or 20. @throws {ArgumentError} ARGUMENT for an option of the wrong type. */
export function resolvePageSize(
  size: number | undefined,
  query: PageQuery = {},
  maxSize?: number | null,
): number {
  const maximum = checkedMaximum('maxSize', maxSize)
  const rows = orDefault('perPage', ofProgram('size', size) ?? ofClient(query.perPage), false)
  return maximum === null ? rows : Math.min(rows, maximum)
}

function checkedMaximum(name: string, value: number | null | undefined): number | null {
  if (value === null) return null
  const maximum = value ?? DEFAULTS.maxPerPage
  if (Number.isInteger(maximum) && maximum > 0) return maximum
  throw new ArgumentError(
    `Cannot paginate with ${name} ${String(value)}: give the most rows that a page may have, or null for no limit.`,
  )
}

/** The number that the program gave; NaN and fractions count as a client's nonsense, because they come from parsing a client's text. */
function ofProgram(name: string, value: unknown): number | undefined {
  if (value === undefined || typeof value === 'number') return value
  throw new ArgumentError(
    `Cannot paginate with ${name} of type ${value === null ? 'null' : typeof value}: give a number, or leave it out to use the query string.`,
  )
}

/** The first value of a parameter as a number; NaN when it is no plain number; undefined when it is not there. */
function ofClient(value: unknown): number | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (first === undefined || typeof first === 'number') return first
  return typeof first === 'string' && /^\d{1,9}$/.test(first) ? Number(first) : Number.NaN
}

function orDefault(name: 'page' | 'perPage', value: number | undefined, errorOut: boolean): number {
  if (value === undefined) return DEFAULTS[name]
  if (Number.isInteger(value) && value >= 1 && value < 1e9) return value
  if (errorOut) throw new NotFoundError('There is no such page.', { info: { parameter: name } })
  return DEFAULTS[name]
}
