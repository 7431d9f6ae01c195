import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, id, sql, text } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

class Audit extends Model({ id: id(), what: text() }, { bind: 'audit' }) {}

for (const database of databases()) {
  describe(`session.sql on ${database.name}`, () => {
    // session 7.10
    // settled M15
    it('binds values, and writes models and columns as names', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.addAll(['a', 'b', `'; drop table tag; --`].map((name) => new Tag({ name })))
      await s.commit()
      sent.clear()
      const rows = await s.sql<{
        id: number
        name: string
      }>`select id, name from ${Tag} where ${Tag.c.name} <> ${'a'} and id in ${sql.list([1, 2, 3])} order by ${Tag.c.id}`.all()
      assert.deepEqual(rows, [
        { id: 2, name: 'b' },
        { id: 3, name: `'; drop table tag; --` },
      ])
      const sentText = sent.texts().find((each) => each.startsWith('select'))
      assert.match(
        sentText ?? '',
        /^select id, name from "tag" where "tag"\."name" <> \? and id in \(/,
      )
      const parts = [sql`name = ${'a'}`, sql`name = ${'b'}`]
      assert.equal(
        await s.sql`select 1 from ${sql.ref('tag')} where ${sql.join(parts, sql` or `)}`.count(),
        2,
      )
    })

    // settled M15
    it('refuses what has no meaning as one value', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await failure('ARGUMENT', ['array', 'sql.list('], () => s.sql`select ${[1, 2]}`.all())
      await failure('ARGUMENT', ['an object of User', 'user.id'], () =>
        s.sql`select ${new User({ name: 'x' })}`.all(),
      )
      await failure('ARGUMENT', ['undefined'], () => s.sql`select ${undefined}`.all())
      await failure('ARGUMENT', ['sql template'], () => s.sql`select ${{ a: 1 }}`.all())
      assert.equal(sent.count(), 0)
    })

    // session 7.10
    it('refuses text that was put together by hand', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const name: string = 'x'
      const raw = s.sql as unknown as (command: string) => { all(): Promise<unknown> }
      await failure('ARGUMENT', ['template'], () =>
        raw(`select * from tag where name = '${name}'`).all(),
      )
    })

    // session 7.10
    // session 3.48
    it('shares the transaction, after an autoflush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'pending' }))
      const rows = await s.sql`select name from ${Tag}`.all()
      assert.deepEqual(rows, [{ name: 'pending' }])
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select'])
      await s.sql`update ${Tag} set name = ${'changed'}`.all()
      await s.rollback()
      assert.equal(await session().select(Tag).count(), 0)
    })

    it('gives rows as all(), first(), one(), oneOrNull(), count() and exists()', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.addAll(['a', 'b'].map((name) => new Tag({ name })))
      const all = s.sql<{ name: string }>`select name from tag order by name`
      const none = s.sql<{ name: string }>`select name from tag where 1 = 0`
      assert.deepEqual(
        [await all.first(), await none.first(), await none.oneOrNull()],
        [{ name: 'a' }, null, null],
      )
      assert.deepEqual(
        [await all.count(), await all.exists(), await none.exists()],
        [2, true, false],
      )
      await failure('MULTIPLE_RESULTS_FOUND', ['gave 2'], () => all.one())
      await failure('NO_RESULT_FOUND', ['gave none'], () => none.one())
    })

    // session 4.16
    it('makes objects of rows that have all columns of a model', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      setup.addAll(
        ['a', 'b'].map(
          (title) => new Post({ title, published: true, author: new User({ name: title }) }),
        ),
      )
      await setup.commit()
      const s = session()
      const known = await s.select(Post).where({ title: 'a' }).one()
      const posts = await s.sql`select * from ${Post} order by title`.as(Post).all()
      assert.equal(posts[0], known)
      assert.ok(
        posts.every(
          (post) => post instanceof Post && post.published && post.createdAt instanceof Date,
        ),
      )
      sent.clear()
      for (const post of posts) await post.author.load()
      assert.deepEqual(targets(sent), ['select user'], 'they are siblings')
      await failure('ARGUMENT', ['objects of Post', 'no column "title"'], () =>
        s.sql`select id from ${Post}`.as(Post).all(),
      )
    })

    it('runs on another engine when it is told to', async (t) => {
      const { session, db } = await database.open(
        t,
        { ...blog, Audit },
        { engines: { audit: 'sqlite::memory:' } },
      )
      const s = session()
      s.add(new Audit({ what: 'login' }))
      await s.flush()
      assert.deepEqual(await s.sql({ engine: 'audit' })`select what from audit`.all(), [
        { what: 'login' },
      ])
      assert.deepEqual(
        await s.sql`select what from ${Audit}`.all(),
        [{ what: 'login' }],
        'a model tells its engine',
      )
      assert.equal(db.engines.size, 2)
      await failure('UNKNOWN_ENGINE', ['logs'], () => s.sql({ engine: 'logs' })`select 1`.all())
    })

    it('reports the database’s complaint with the statement', async (t) => {
      const { session } = await database.open(t, blog)
      const error = await failure('PROGRAMMING', [], () =>
        session().sql`select nothing from nowhere where x = ${'secret'}`.all(),
      )
      assert.match(String((error as { sql?: string }).sql), /^select nothing from nowhere/)
      assert.ok(!error.message.includes('secret'))
    })
  })
}
