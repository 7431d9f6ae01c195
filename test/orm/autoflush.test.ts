import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Session } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** Every way to ask the database. */
const QUESTIONS: Readonly<Record<string, (s: Session) => unknown>> = {
  'a query': (s) => s.select(User).all(),
  'a query for values': (s) => s.select(User.c.name).all(),
  'count()': (s) => s.select(User).count(),
  'exists()': (s) => s.select(User).exists(),
  'get() of what is not in memory': (s) => s.get(User, 99),
  'raw SQL': (s) => s.sql`select 1`.all(),
  Kysely: (s) => s.kysely.selectFrom('user').selectAll().execute(),
  'a bulk INSERT': (s) => s.insert(User).values({ name: 'bulk' }),
  'a criteria UPDATE': (s) => s.update(User).everyRow().set({ email: null }),
  'a criteria DELETE': (s) => s.deleteFrom(Comment).everyRow(),
  'a relation that is loaded': async (s) => (await s.select(Post).one()).comments.load(),
  refresh: async (s) => s.refresh(await s.getOne(Post, 1)),
  'beginNested()': (s) => s.beginNested(() => undefined),
}

for (const database of databases()) {
  describe(`autoflush on ${database.name}`, () => {
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      // session 3.48
      // session 8.10
      it(`writes pending changes before ${name}`, async (t) => {
        const { session, sent } = await database.open(t, blog)
        const setup = session()
        setup.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
        await setup.commit()
        const s = session()
        s.add(new Tag({ name: 'pending' }))
        sent.clear()
        await ask(s)
        assert.equal(targets(sent)[0], 'insert tag')
        assert.equal(await s.noAutoflush(() => s.select(Tag).count()), 1)
      })
    }

    // session 3.48
    it('lets a query see new, changed and deleted objects', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const [a, b] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      a.name = 'changed'
      s.delete(b)
      s.add(new Tag({ name: 'new' }))
      assert.deepEqual(await s.select(Tag.c.name).orderBy(Tag.c.name).all(), ['changed', 'new'])
    })

    // session 3.49
    it('leaves get() alone where memory has the answer', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      s.add(new Tag({ name: 'pending' }))
      sent.clear()
      assert.equal(await s.get(Tag, tag.id), tag)
      assert.equal(sent.count(), 0)
    })

    // session 3.50
    it('is off inside noAutoflush, and on again after it, whatever happens', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.noAutoflush(async () => {
        assert.equal(await s.select(Tag).count(), 0)
        await s.noAutoflush(() => s.select(Tag).count())
        assert.equal(inspect(tag).state, 'pending')
      })
      await assert.rejects(
        s.noAutoflush(() => {
          throw new Error('left early')
        }),
        /left early/,
      )
      sent.clear()
      assert.equal(await s.select(Tag).count(), 1)
    })

    // session 3.50
    it('does not stop commit() and beginNested() from flushing when it is off', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session({ autoflush: false })
      s.add(new Tag({ name: 'a' }))
      assert.equal(await s.select(Tag).count(), 0)
      await s.beginNested(() => undefined)
      assert.equal(await s.select(Tag).count(), 1)
      s.add(new Tag({ name: 'b' }))
      await s.commit()
      assert.equal(await session().select(Tag).count(), 2)
    })

    // session 3.51
    it('says before what it failed, and about which object', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      const twin = s.add(new Tag({ name: 'a' }))
      const error = await failure('UNIQUE_VIOLATION', ['autoflush before a query for User'], () =>
        s.select(User).all(),
      )
      assert.ok((error as unknown as { objects: object[] }).objects.includes(twin))
      await failure('PENDING_ROLLBACK', ['Tag'.toLowerCase()], () => s.select(User).all())
    })

    // session 3.53
    it('costs nothing where nothing is pending', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.addAll(Array.from({ length: 50 }, (_, i) => new Tag({ name: `tag ${i}` })))
      await s.commit()
      sent.clear()
      for (let i = 0; i < 3; i += 1) await s.select(Tag).all()
      assert.deepEqual(sent.kinds(), ['select', 'select', 'select'])
      assert.equal(s.isHoldingConnection, false)
    })
  })
}
