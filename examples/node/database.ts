import { Database } from 'athanor'
import { Link } from './models.ts'

/** The database of the links. Relative SQLite files are in the folder `instance` beside package.json. */
export function createDatabase(url = process.env['DATABASE_URL'] ?? 'sqlite:links.db') {
  return new Database({ url, models: { Link } })
}

/** Models, scopes and sessions of the links. */
export type LinksDatabase = ReturnType<typeof createDatabase>
