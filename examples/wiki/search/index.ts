import type { Session } from 'athanor'
import type { WikiDatabase } from '../database.ts'
import type { Html } from '../../shared/html.ts'
import { mariadbSearch } from './mariadb.ts'
import { plainSearch } from './plain.ts'
import { postgresSearch } from './postgres.ts'
import { sqliteSearch } from './sqlite.ts'

/** What the index keeps of a page. */
export interface SearchEntry {
  readonly id: number
  readonly title: string
  /** The body as Markdown. */
  readonly body: string
  readonly tags: readonly string[]
}

/** A page that was found. */
export interface SearchHit {
  readonly location: string
  readonly title: string
  /** The place where the words stand, the words marked. */
  readonly snippet: Html
}

/**
 * Full-text search, one module a database: the words of SQL for it are all different.
 *
 * Every method works in the session it is given, so the index changes in the same transaction as the page: a search never finds what was rolled back.
 */
export interface SearchIndex {
  /** Makes the index unless it is there. In a transaction of its own: on MariaDB, making a table ends the one that is open. */
  create(session: Session): Promise<void>
  /** Puts a page in, in place of what it said before. */
  put(session: Session, entry: SearchEntry): Promise<void>
  /** Takes a page out. */
  remove(session: Session, pageId: number): Promise<void>
  /** Makes the index anew from the pages. */
  rebuild(session: Session): Promise<void>
  /** The best pages in which all words occur. */
  find(session: Session, words: readonly string[], limit: number): Promise<SearchHit[]>
}

const INDEXES: Readonly<Record<string, SearchIndex>> = {
  sqlite: sqliteSearch,
  postgres: postgresSearch,
  pglite: postgresSearch,
  mariadb: mariadbSearch,
  mysql: mariadbSearch,
}

/** The index for a database: its own full-text search where there is a module for it, a plain one elsewhere. */
export function searchIndexFor(db: WikiDatabase): SearchIndex {
  return INDEXES[db.engine.dialect.name] ?? plainSearch
}
