import type { TestContext } from 'node:test'
import { createApp } from '../../../examples/blog/app.ts'
import { createDatabase, type BlogDatabase } from '../../../examples/blog/database.ts'
import { Post, User } from '../../../examples/blog/models.ts'
import { hashPassword } from '../../../examples/shared/passwords.ts'
import { serve } from '../../adapters/support/server.ts'
import type { DatabaseKind } from '../../support/databases.ts'
import { openDatabase } from '../support/open-database.ts'
import { Visitor } from '../support/visitor.ts'

/** A blog that listens, with two users, `ann` and `ben`, whose passwords are their names, and a post of Ann's. */
export interface OpenBlog {
  readonly db: BlogDatabase
  readonly base: string
  readonly visitor: Visitor
  /** A visitor who has logged in. */
  user(name: 'ann' | 'ben'): Promise<Visitor>
}

export async function openBlog(t: TestContext, database: DatabaseKind): Promise<OpenBlog> {
  const db = await openDatabase(t, database, createDatabase)
  await db.run(() => addUsers(db), { commit: 'onSuccess' })
  const base = await serve(t, createApp(db, 'a secret of the tests'))
  return {
    db,
    base,
    visitor: new Visitor(base),
    async user(name) {
      const user = new Visitor(base)
      await user.post('/auth/login', { name, password: name })
      return user
    },
  }
}

async function addUsers(db: BlogDatabase): Promise<void> {
  // The cost of a hash is in the hash: these take no time.
  const author = new User({ name: 'ann', passwordHash: await hashPassword('ann', 256) })
  const other = new User({ name: 'ben', passwordHash: await hashPassword('ben', 256) })
  const createdAt = new Date('2018-01-01T00:00:00Z')
  db.session.addAll([author, other])
  db.session.add(new Post({ title: 'On furnaces', body: 'first\nsecond', author, createdAt }))
}
