import { createDatabase, type WikiDatabase } from './database.ts'
import { settingsOf, type WikiOptions, type WikiSettings } from './options.ts'
import { searchIndexFor, type SearchIndex } from './search/index.ts'

/** What every part of the application works with. */
export interface Wiki {
  readonly db: WikiDatabase
  readonly search: SearchIndex
  readonly settings: WikiSettings
}

/** Puts the parts together; nothing is read or written yet. */
export function createWiki(options: WikiOptions): Wiki {
  const db = createDatabase(options)
  return { db, search: searchIndexFor(db), settings: settingsOf(options) }
}
