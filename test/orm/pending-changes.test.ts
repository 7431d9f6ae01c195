import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { postAndTag } from './fixtures.ts'

for (const database of databases()) {
  describe(`what a session would discard on ${database.name}`, () => {
    // web 15
    // seed 15
    it('is what was flushed and not committed, and what was never flushed', async (t) => {
      const { session } = await database.open(t, blog)
      const setup = session()
      const author = setup.add(new User({ name: 'ada' }))
      setup.addAll([new Post({ title: 'one', author }), new Tag({ name: 'gone' })])
      await setup.commit()

      const s = session()
      const post = await s.select(Post).one()
      post.title = 'two'
      const gone = await s.select(Tag).one()
      s.delete(gone)
      const tag = s.add(new Tag({ name: 'new' }))
      assert.equal(await s.select(Tag).count(), 1) // autoflush
      const written = [`Post#${post.id}`, `Tag#${tag.id}`, `Tag#${gone.id}`]
      assert.deepEqual(s.pendingChanges(), { count: 3, names: written })
      post.body = 'changed again'
      tag.name = 'and this'
      s.add(new User({ name: 'bob' }))
      const { count, names } = s.pendingChanges()
      assert.deepEqual([count, names.slice(0, 3)], [4, written])
      assert.match(names[3] ?? '', /^User \(pending \d+\)$/)
      await s.commit()
      assert.deepEqual(s.pendingChanges(), { count: 0, names: [] })
    })

    // web 15
    it('has the owner whose pairs were flushed, though no column of it changed', async (t) => {
      const test = await database.open(t, blog)
      await postAndTag(test)
      const { session } = test
      const s = session()
      const post = await s.select(Post).one()
      post.tags.add(await s.select(Tag).one())
      await s.beginNested(() => s.flush())
      assert.deepEqual(s.pendingChanges().names, [`Post#${post.id}`])
      await s.rollback()
      assert.deepEqual(s.pendingChanges().names, [])
    })

    it('leaves out what came and went, what a savepoint took back, and what autocommit has stored', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'short-lived' }))
      await s.flush()
      s.delete(tag)
      await s.flush()
      await assert.rejects(
        s.beginNested(async () => {
          s.add(new Tag({ name: 'undone' }))
          await s.flush()
          throw new Error('on purpose')
        }),
        /on purpose/,
      )
      assert.deepEqual(s.pendingChanges().names, [])
      const auto = session({ isolation: 'autocommit' })
      await s.rollback() // SQLite has one writer
      auto.add(new Tag({ name: 'stored' }))
      await auto.flush()
      assert.deepEqual(auto.pendingChanges().names, [])
      await auto.close()
      assert.equal(await session().select(Tag).count(), 1)
    })
  })
}
