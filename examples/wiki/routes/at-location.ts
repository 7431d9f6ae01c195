import { NotFoundError, type Loaded } from 'athanor'
import { parseLocation } from '../models/location.ts'
import { Page } from '../models/index.ts'

/** A route whose address ends in a location: `/edit/*` and the like. */
export interface AtLocation {
  Params: { '*': string }
  Querystring: Readonly<Record<string, unknown>>
}

/** The page at an address, however its location is spelt. @throws {NotFoundError} Answered as 404 when there is none. */
export async function pageAt(asked: string): Promise<Loaded<Page, 'editor' | 'tags'>> {
  const location = parseLocation(asked)
  const page = location === undefined ? null : await Page.at(location).oneOrNull()
  if (page === null) throw new NotFoundError(`There is no page at "${asked}".`)
  return page
}
