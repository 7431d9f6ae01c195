import { Database } from 'athanor'
import { Post, User } from './models.ts'

/** The blog's database. Relative SQLite files are in the folder `instance` beside package.json. */
export function createDatabase(url = process.env['DATABASE_URL'] ?? 'sqlite:blog.db') {
  return new Database({ url, models: { User, Post } })
}

/** Models, scopes and sessions of the blog. */
export type BlogDatabase = ReturnType<typeof createDatabase>
