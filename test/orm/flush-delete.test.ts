import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, id, inspect, int, text } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { targets } from './support.ts'

class Pair extends Model({
  left: int().primaryKey(),
  right: int().primaryKey(),
  note: text().default(''),
}) {}
class Lone extends Model({ id: id() }) {}

for (const database of databases()) {
  describe(`deletes on ${database.name}`, () => {
    // session 3.43
    it('are one statement for many rows of a table', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tags = Array.from({ length: 20 }, (_, i) => s.add(new Tag({ name: `tag ${i}` })))
      await s.commit()
      sent.clear()
      for (const tag of tags.slice(5)) s.delete(tag)
      await s.commit()
      assert.deepEqual(targets(sent), ['delete post_tags', 'delete tag'])
      assert.equal(await session().select(Tag).count(), 5)
    })

    // session 3.43
    it('are one statement for composite keys too', async (t) => {
      const { session, sent } = await database.open(t, { Pair })
      const s = session()
      const pairs = [1, 2, 3].flatMap((left) =>
        [1, 2].map((right) => s.add(new Pair({ left, right }))),
      )
      await s.commit()
      sent.clear()
      for (const pair of pairs) if (pair.left !== pair.right) s.delete(pair)
      await s.commit()
      assert.deepEqual(targets(sent), ['delete pair'])
      const left = await session()
        .select({ left: Pair.c.left, right: Pair.c.right })
        .orderBy(Pair.c.left)
        .all()
      assert.deepEqual(left, [
        { left: 1, right: 1 },
        { left: 2, right: 2 },
      ])
    })

    // session 3.42
    it('warn when rows were gone already, and go on', async (t) => {
      const { session } = await database.open(t, { Lone })
      const s = session()
      const [first, second] = [s.add(new Lone({})), s.add(new Lone({}))]
      await s.commit()
      const rival = session()
      await rival.deleteFrom(Lone).where({ id: first.id })
      await rival.commit()
      s.delete(first)
      s.delete(second)
      const emitWarning = t.mock.method(process, 'emitWarning', () => {})
      await s.commit()
      const warnings = emitWarning.mock.calls.map((call) => call.arguments as unknown[])
      const missing = warnings.filter(
        ([, options]) => (options as { readonly code?: unknown }).code === 'ATHANOR_ROWS_MISSING',
      )
      assert.equal(missing.length, 1)
      assert.match(String(missing[0]?.[0]), /"lone" met 1 rows instead of 2/)
      assert.equal(await session().select(Lone).count(), 0)
    })

    // session 4.2
    it('make get() answer null before the commit', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      s.delete(tag)
      assert.equal(await s.get(Tag, tag.id), tag, 'nothing is flushed yet')
      await s.flush()
      assert.equal(await s.get(Tag, tag.id), null)
      assert.deepEqual([inspect(tag).state, inspect(tag).wasDeleted], ['deleted', true])
    })

    it('are forgotten when the object is added again before the flush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      sent.clear()
      s.delete(tag)
      s.add(tag)
      await s.commit()
      assert.equal(sent.count(), 0)
    })

    it('do not write what was changed on the object before', async (t) => {
      const { session, sent } = await database.open(t, { Pair })
      const s = session()
      const pair = s.add(new Pair({ left: 1, right: 2 }))
      await s.commit()
      sent.clear()
      pair.note = 'changed'
      s.delete(pair)
      await s.commit()
      assert.deepEqual(targets(sent), ['delete pair'])
    })

    // session 2.17
    it('take the object out of loaded collections', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = new User({ name: 'ada' })
      const [first, second] = [new Comment({ body: 'a' }), new Comment({ body: 'b' })]
      const tag = new Tag({ name: 'x' })
      const post = s.add(
        new Post({ title: 'one', author: ada, comments: [first, second], tags: [tag] }),
      )
      await s.commit()
      await s.load(post, 'comments', 'tags')
      s.delete(first)
      s.delete(tag)
      await s.flush()
      assert.deepEqual([...(await post.comments.load())], [second])
      assert.equal((await post.tags.load()).length, 0)
    })
  })
}
