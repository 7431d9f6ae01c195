import { join } from 'node:path'
import type { WikiOptions } from './options.ts'

/** Where the database is, according to the environment: `WIKI_DATABASE_URL` is a URL or the path of an SQLite file; without it, a file beside this one. */
export function databaseFrom(env: NodeJS.ProcessEnv): Pick<WikiOptions, 'url' | 'instancePath'> {
  const given = env['WIKI_DATABASE_URL'] || 'sqlite:wiki.db'
  const url = /^[a-z][a-z\d+]*:/i.test(given) || given === ':memory:' ? given : `sqlite:${given}`
  return { url, instancePath: join(import.meta.dirname, 'instance') }
}
