import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Database } from 'athanor'
import { expectTypeOf } from 'expect-type'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { targets } from './support.ts'

for (const database of databases()) {
  describe(`Kysely on ${database.name}`, () => {
    // session 7.11
    // session 3.48
    it('runs in the session’s transaction, after an autoflush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'pending' }))
      const rows = await s.kysely.selectFrom('tag').select('name').execute()
      assert.deepEqual(rows, [{ name: 'pending' }])
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select'])
      const [result] = await s.kysely.updateTable('tag').set({ name: 'changed' }).execute()
      assert.equal(result?.numUpdatedRows, 1n)
      await s.rollback()
      assert.equal(await session().select(Tag).count(), 0)
    })

    // session 7.11
    it('leases its reads as the session does', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.kysely
        .selectFrom('tag')
        .selectAll()
        .where('name', '=', 'x')
        .orderBy('id')
        .limit(1)
        .execute()
      assert.deepEqual(sent.kinds(), ['select'])
      assert.equal(s.isHoldingConnection, false)
      await s.kysely.insertInto('tag').values({ name: 'x' }).execute()
      assert.deepEqual(sent.kinds(), ['begin', 'insert'])
      assert.equal(s.isHoldingConnection, true)
    })

    it('decodes and encodes columns of models', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = s.add(
        new Post({
          title: 'one',
          published: true,
          meta: { pins: [1] },
          author: new User({ name: 'ada' }),
        }),
      )
      await s.flush()
      const [row] = await s.kysely
        .selectFrom('post')
        .select(['published', 'created_at', 'meta', 'id'])
        .execute()
      assert.deepEqual(row, {
        published: true,
        created_at: post.createdAt,
        meta: { pins: [1] },
        id: post.id,
      })
      const found = await s.kysely
        .selectFrom('post')
        .select('id')
        .where('published', '=', true)
        .where('created_at', '=', post.createdAt)
        .execute()
      assert.deepEqual(found, [{ id: post.id }])
    })

    it('joins and aggregates', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.addAll(['a', 'b'].map((title) => new Post({ title, author: new User({ name: title }) })))
      await s.flush()
      const { kysely } = s
      const rows = await kysely
        .selectFrom('post')
        .innerJoin('user', 'user.id', 'post.author_id')
        .select(['user.name', kysely.fn.countAll<number>().as('posts')])
        .groupBy('user.name')
        .orderBy('user.name')
        .execute()
      assert.deepEqual(rows, [
        { name: 'a', posts: 1 },
        { name: 'b', posts: 1 },
      ])
    })

    const returning = database.needs('DELETE … RETURNING', database.supports.deleteReturning)
    it('returns', returning, async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Post({ title: 'a', author: new User({ name: 'ada' }) }))
      await s.flush()
      sent.clear()
      const deleted = await s.kysely
        .deleteFrom('post')
        .where('title', '=', 'a')
        .returning('title')
        .execute()
      assert.deepEqual(deleted, [{ title: 'a' }])
      assert.deepEqual(targets(sent), ['delete post'])
    })

    it('makes objects in memory stale when it writes', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'old' }))
      await s.flush()
      await s.kysely.updateTable('tag').set({ name: 'new' }).execute()
      assert.equal(tag.name, 'old')
      assert.equal((await s.get(Tag, tag.id))?.name, 'new')
    })

    it('leaves transactions to the session', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      await assert.rejects(
        s.kysely.transaction().execute(async () => 1),
        /db\.transaction/,
      )
    })

    it('streams', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.addAll(['a', 'b', 'c'].map((name) => new Tag({ name })))
      const names: unknown[] = []
      for await (const { name } of s.kysely
        .selectFrom('tag')
        .select('name')
        .orderBy('name')
        .stream(2))
        names.push(name)
      assert.deepEqual(names, ['a', 'b', 'c'])
    })
  })
}

describe('the types of db.kysely', () => {
  it('use the database’s names and the models’ types', () => {
    const db = new Database({ url: 'sqlite::memory:', models: blog })
    const posts = () =>
      db.kysely
        .selectFrom('post')
        .select(['created_at', 'author_id', 'editor_id', 'meta'])
        .executeTakeFirstOrThrow()
    expectTypeOf(posts).returns.resolves.toEqualTypeOf<{
      created_at: Date
      author_id: number
      editor_id: number | null
      meta: { pins: number[] }
    }>()
    // @ts-expect-error a property is no column of the database
    const byProperty = () => db.kysely.selectFrom('post').select('createdAt')
    assert.equal(posts.length + byProperty.length, 0)
  })
})
