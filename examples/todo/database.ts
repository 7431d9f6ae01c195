import { Database } from 'athanor'
import { Todo } from './models.ts'

/** The list's database. Relative SQLite files are in the folder `instance` beside package.json. */
export function createDatabase(url = process.env['DATABASE_URL'] ?? 'sqlite:todo.db') {
  return new Database({ url, models: { Todo } })
}

/** Models, scopes and sessions of the list. */
export type TodoDatabase = ReturnType<typeof createDatabase>
