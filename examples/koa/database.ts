import { Database } from 'athanor'
import { Note } from './models.ts'

/** The database of the notes. Relative SQLite files are in the folder `instance` beside package.json. */
export function createDatabase(url = process.env['DATABASE_URL'] ?? 'sqlite:notes.db') {
  return new Database({ url, models: { Note } })
}

/** Models, scopes and sessions of the notes. */
export type NotesDatabase = ReturnType<typeof createDatabase>
