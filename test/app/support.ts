import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  hasMany,
  belongsTo,
  id,
  int,
  manyToMany,
  Model,
  text,
  varchar,
  type CheckModels,
  type ModelMap,
} from 'athanor'
import { Database } from '../../src/database.ts'
import type { DatabaseConfig, Logger } from '../../src/app/index.ts'
import { Sent } from '../support/sent.ts'

export { Database }

export class Post extends Model({
  id: id(),
  title: varchar(200).unique(),
  body: text().default(''),
  views: int().default(0),
  authorId: int().nullable(),
  author: () => belongsTo(Author),
  tags: () => manyToMany(Tag, { through: 'post_tags' }),
}) {}
export class Author extends Model({
  id: id(),
  name: varchar(80),
  posts: () => hasMany(Post, 'author'),
}) {}
export class Tag extends Model({
  id: id(),
  name: varchar(40).unique(),
  posts: () => manyToMany(Post, { inverse: 'tags' }),
}) {}

export const models = { Post, Author, Tag }

/** A line that the library wrote to its logger. */
export interface LogLine {
  readonly level: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A logger that keeps its lines. */
export class Log implements Logger {
  readonly lines: LogLine[] = []

  debug(facts: object, message: string): void {
    this.#add('debug', facts, message)
  }
  info(facts: object, message: string): void {
    this.#add('info', facts, message)
  }
  warn(facts: object, message: string): void {
    this.#add('warn', facts, message)
  }
  error(facts: object, message: string): void {
    this.#add('error', facts, message)
  }

  /** The lines with this code. */
  of(code: string): LogLine[] {
    return this.lines.filter((line) => line.facts['code'] === code)
  }

  #add(level: string, facts: object, message: string): void {
    this.lines.push({ level, facts: { ...facts }, message })
  }
}

/** A path in a folder that is removed when the test ends. */
export function temporaryFile(t: TestContext, name = 'test.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'athanor-app-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, name)
}

/** A Database in a file of its own, with its tables, disposed of when the test ends. */
export async function open<const M extends ModelMap = typeof models>(
  t: TestContext,
  config: DatabaseConfig & { readonly models?: M & CheckModels<M> } = {},
) {
  const log = new Log()
  const { models: own = models as unknown as M & CheckModels<M>, ...rest } = config
  const db = new Database<M>({
    url: `sqlite:${temporaryFile(t)}`,
    logger: log,
    diagnostics: true,
    ...rest,
    models: own,
  })
  t.after(() => db.dispose({ deadlineMs: 100 }))
  await db.createAll()
  return { db, log, sent: new Sent(db.engine) }
}

/** Titles of the stored posts, seen from a scope of its own. */
export async function titles(db: Database<typeof models>): Promise<string[]> {
  return db.run(() => db.select(Post.c.title).orderBy(Post.c.id).all())
}
