import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'

/** What works with a session that somebody else opened and will end. */
const HELPERS: Readonly<Record<string, (session: Session) => Promise<unknown>>> = {
  get: (session) => session.get(User, 1),
  'select, count and exists': async (session) => [
    await session.select(User).all(),
    await session.select(User).count(),
    await session.select(User).exists(),
  ],
  paginate: async (session) =>
    (await session.select(User).paginate({ page: 1, perPage: 1 })).next({ errorOut: false }),
  stream: async (session) => {
    for await (const title of session.select(Post.c.title).orderBy(Post.c.id).stream())
      assert.equal(title, 'first')
  },
  'load and refresh': async (session) => {
    const user = await session.getOne(User, 1)
    await session.load(user, 'posts', 'profile')
    await session.refresh(user)
  },
  merge: async (session) => session.merge(await session.getOne(User, 1)),
  insertOrGet: (session) => session.insertOrGet(Tag, [{ name: 'a' }, { name: 'b' }], ['name']),
  'bulk statements': async (session) => {
    await session.insert(Tag).values([{ name: 'c' }])
    await session.update(Tag).where({ name: 'c' }).set({ name: 'd' })
    await session.deleteFrom(Tag).where({ name: 'd' })
  },
  'SQL of the program': (session) => session.sql`select ${User.c.name} from ${User}`.all(),
  flush: (session) => session.flush(),
}
const ENDS: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback'])

for (const database of databases()) {
  describe(`a session that is handed on, on ${database.name}`, () => {
    // seed 6
    it('is neither opened nor ended by anything that works with it: only by whoever opened the scope', async (t) => {
      const { db, sent } = await database.open(t, blog)
      await db.run(async ({ session }) => {
        const author = session.add(new User({ name: 'ada' }))
        session.add(new Post({ title: 'first', author }))
        await session.flush()
        for (const [name, help] of Object.entries(HELPERS)) {
          sent.clear()
          await help(session)
          const ended = sent.kinds().filter((kind) => ENDS.has(kind))
          assert.deepEqual(ended, [], `${name} leaves the transaction alone`)
          assert.deepEqual(
            [db.session === session, session.isClosed, session.isHoldingConnection],
            [true, false, true],
            name,
          )
        }
      })
      const stored = await db.run(({ session }) => session.select(User).count())
      assert.equal(stored, 0, 'nobody has committed')
    })
  })
}
