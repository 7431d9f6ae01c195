import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, UniqueViolationError } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`the end of a session on ${database.name}`, () => {
    // session 2.25
    it('rolls back without a flush, gives the connection back and detaches everything', async (t) => {
      const { db, session, sent } = await database.open(t, blog)
      const s = session()
      const stored = s.add(new Tag({ name: 'stored' }))
      await s.commit()
      stored.name = 'changed'
      await s.flush()
      const [flushed, pending] = [s.add(new Tag({ name: 'flushed' })), new Tag({ name: 'pending' })]
      await s.flush()
      s.add(pending)
      sent.clear()
      await s.close()
      assert.deepEqual(sent.kinds(), ['rollback'])
      assert.equal(db.engine.status.inUse, 0)
      assert.deepEqual(
        [stored, flushed, pending].map((tag) => inspect(tag).state),
        ['detached', 'transient', 'transient'],
      )
      assert.deepEqual([stored.name, flushed.name, pending.name], ['stored', 'flushed', 'pending'])
      assert.deepEqual(await session().select(Tag.c.name).all(), ['stored'])
    })

    // session 2.25
    it('can come twice, and after an error', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.addAll([new Tag({ name: 'a' }), new Tag({ name: 'a' })])
      await assert.rejects(s.flush(), UniqueViolationError)
      sent.clear()
      await Promise.all([s.close(), s.close()])
      await s.close()
      assert.equal(sent.count(), 0)
    })

    // session 2.29
    // settled A6
    it('waits for the statements that are under way', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      const [count] = await Promise.allSettled([s.select(Tag).count(), s.close()])
      assert.deepEqual(count, { status: 'fulfilled', value: 1 })
    })

    // session 2.25
    it('lets a detached object go on in another session, where what was not stored is written', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const flushed = s.add(new Tag({ name: 'flushed' }))
      await s.flush()
      await s.close()
      const other = session()
      other.add(flushed)
      await other.commit()
      assert.equal(await session().select(Tag).count(), 1)
    })

    // session 2.26
    it('makes any use an error that says where and why it was', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      await s.close('its work was done')
      sent.clear()
      const uses = [
        () => s.add(new Tag({ name: 'a' })),
        () => s.delete(post),
        () => s.get(Post, 1),
        () => s.select(Post).all(),
        () => s.insert(Tag).values({ name: 'a' }).returning().all(),
        () => s.sql`select 1`.all(),
        () => s.load(post, 'author'),
        () => s.refresh(post),
        () => s.merge(post),
        () => s.flush(),
        () => s.begin(),
        () => s.beginNested(() => {}),
        () => s.transaction(() => {}),
        () => s.commit(),
        () => s.rollback(),
        () => s.reset(),
        () => post.comments.load(),
        () => post.tags.load(),
      ]
      for (const use of uses)
        await failure('SESSION_CLOSED', ['close.test.ts', 'its work was done'], use)
      assert.equal(sent.count(), 0)
      assert.deepEqual([post.title, s.has(post), s.isClosed], ['one', false, true])
    })

    // session 2.26
    it('is not what reset does: that rolls back and forgets, and the session goes on', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const kept = s.add(new Tag({ name: 'kept' }))
      await s.commit()
      kept.name = 'changed'
      const flushed = s.add(new Tag({ name: 'flushed' }))
      await s.flush()
      sent.clear()
      await s.reset()
      assert.deepEqual(sent.kinds(), ['rollback'])
      assert.deepEqual(
        [inspect(kept).state, kept.name, inspect(flushed).state, s.inTransaction],
        ['detached', 'kept', 'transient', false],
      )
      const again = await s.getOne(Tag, kept.id)
      assert.notEqual(again, kept)
      again.name = 'renamed'
      await s.commit()
      assert.deepEqual(await session().select(Tag.c.name).all(), ['renamed'])
    })

    // session 2.27
    it('of a scope forgets its session: the next scope has a new one', async (t) => {
      const { db } = await database.open(t, blog)
      const sessions = [await db.run(() => db.session), await db.run(() => db.session)]
      assert.notEqual(sessions[0], sessions[1])
      assert.deepEqual(
        sessions.map((session) => session.isClosed),
        [true, true],
      )
      await db.run(() => {})
    })

    // session 2.27a
    // session 8.7
    it('of a scope never commits', async (t) => {
      const { db, session } = await database.open(t, blog)
      await db.run(async () => {
        db.session.add(new Tag({ name: 'a' }))
        await db.session.flush()
      })
      assert.equal(await session().select(Tag).count(), 0)
    })

    // session 2.28
    it('of an inner scope leaves the outer one as it is', async (t) => {
      const { db, session } = await database.open(t, blog)
      await db.run(async () => {
        const outer = db.session
        const tag = outer.add(new Tag({ name: 'outer' }))
        await db.run(async () => {
          assert.notEqual(db.session, outer)
          assert.equal(await db.session.select(Tag).count(), 0)
        })
        assert.equal(db.session, outer)
        assert.equal(outer.has(tag), true)
        await outer.commit()
      })
      assert.equal(await session().select(Tag).count(), 1)
    })

    // session 2.30
    // session 8.4
    it('of a scope meets whoever resumes later with an error, and never with the session of another', async (t) => {
      const { db } = await database.open(t, blog)
      const gate = Promise.withResolvers<void>()
      const late: Promise<unknown>[] = []
      await db.run(
        () => {
          const resumed = gate.promise.then(() => db.session.select(Tag).all())
          resumed.catch(() => {}) // it fails while the other one runs
          late.push(resumed)
        },
        { name: 'nightly import' },
      )
      const meanwhile = db.run(async () => {
        gate.resolve()
        return await db.session.select(Tag).all()
      })
      assert.deepEqual(await meanwhile, [])
      await failure('SCOPE_CLOSED', ['nightly import'], () => late[0])
    })

    // session 8.20
    // settled B19
    it('closes it by `await using`, and rolls back', async (t) => {
      const { db, session } = await database.open(t, blog)
      {
        await using s = db.createSession()
        s.add(new Tag({ name: 'a' }))
        await s.flush()
      }
      assert.equal(db.engine.status.inUse, 0)
      assert.equal(await session().select(Tag).count(), 0)
    })
  })
}
