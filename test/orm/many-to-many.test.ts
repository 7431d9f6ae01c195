import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { postAndTag } from './fixtures.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  describe(`many-to-many on ${database.name}`, () => {
    // session 3.44
    it('inserts one row for a pair that was added on both sides', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [post, tag] = [
        new Post({ title: 'one', author: new User({ name: 'ada' }) }),
        new Tag({ name: 'x' }),
      ]
      post.tags.add(tag)
      tag.posts.add(post)
      s.add(post)
      await s.flush()
      assert.deepEqual(targets(sent), [
        'insert user',
        'insert post',
        'insert tag',
        'insert post_tags',
      ])
      assert.equal(await s.select(Post).where(Post.c.tags.contains(tag)).count(), 1)
    })

    // session 3.44
    it('inserts one row for a pair of loaded or unloaded sides that both add', async (t) => {
      const test = await database.open(t, blog)
      await postAndTag(test)
      const { session } = test
      const s = session()
      const [post, tag] = [await s.select(Post).one(), await s.select(Tag).one()]
      post.tags.add(tag)
      tag.posts.add(post)
      await s.commit()
      const stored = await session().select(Tag).with('posts').one()
      assert.deepEqual(
        stored.posts.map(({ title }) => title),
        ['one'],
      )
    })

    // session 3.44
    it('deletes one row for a pair that was taken apart on one side', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [kept, lost] = [new Tag({ name: 'kept' }), new Tag({ name: 'lost' })]
      const post = s.add(
        new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [kept, lost] }),
      )
      await s.commit()
      await s.load(post, 'tags')
      await s.load(lost, 'posts')
      sent.clear()
      lost.posts.remove(post)
      assert.deepEqual([...(await post.tags.load())], [kept], 'the other side follows at once')
      await s.commit()
      assert.deepEqual(targets(sent), ['delete post_tags'])
    })

    // session 3.44
    it('unties an end that is deleted before its row goes', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'x' })
      s.add(new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [tag] }))
      await s.commit()
      sent.clear()
      s.delete(tag)
      await s.commit()
      assert.deepEqual(targets(sent), ['delete post_tags', 'delete tag'])
      assert.equal((await session().select(Post).with('tags').one()).tags.length, 0)
    })

    // session 3.45
    // settled A1
    it('writes only the difference when a collection is replaced, by set() or by assignment', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [a, b, c] = ['a', 'b', 'c'].map((name) => s.add(new Tag({ name })))
      assert.ok(a && b && c)
      const post = s.add(
        new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [a, b] }),
      )
      await s.commit()
      await s.load(post, 'tags')
      sent.clear()
      post.tags.set([b, c])
      await s.flush()
      assert.deepEqual(targets(sent), ['delete post_tags', 'insert post_tags'])
      Object.assign(post, { tags: [c, a] })
      await s.flush()
      assert.deepEqual(targets(sent), ['delete post_tags', 'insert post_tags'])
      post.tags.set([c, a])
      await s.commit()
      assert.deepEqual(targets(sent), [])
      const stored = await session().select(Post).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['a', 'c'],
      )
    })

    // session 3.45
    // settled A1
    it('reads the old links once, at the flush, when an unloaded collection is replaced', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      const tags = ['a', 'b', 'c'].map((name) => setup.add(new Tag({ name })))
      setup.add(
        new Post({ title: 'one', author: new User({ name: 'ada' }), tags: tags.slice(0, 2) }),
      )
      await setup.commit()
      const s = session()
      const post = await s.select(Post).one()
      const [, b, c] = await s.select(Tag).orderBy(Tag.c.id).all()
      assert.ok(b && c)
      sent.clear()
      post.tags.set([b, c, b])
      assert.equal(sent.count(), 0)
      await s.commit()
      assert.deepEqual(targets(sent), ['select tag', 'delete post_tags', 'insert post_tags'])
      assert.deepEqual(
        (await post.tags.load()).map(({ name }) => name),
        ['b', 'c'],
      )
    })

    // session 3.45
    it('reads the old links at the flush when what it knows of them is stale', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const [a, b, c] = ['a', 'b', 'c'].map((name) => s.add(new Tag({ name })))
      assert.ok(a && b && c)
      const author = new User({ name: 'ada' })
      const post = s.add(new Post({ title: 'one', author, tags: [a] }))
      await s.commit()
      const rival = session()
      const theirs = await rival.select(Post).one()
      theirs.tags.add(await rival.getOne(Tag, b.id))
      await rival.commit()
      post.tags.set([c])
      post.tags.add(a)
      assert.deepEqual([...(await s.noAutoflush(() => post.tags.load()))], [c, a])
      await s.commit()
      const stored = await session().select(Post).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['a', 'c'],
      )
    })

    // session 3.45
    // session 4.34
    it('takes the last word of several on an unloaded collection', async (t) => {
      const { session } = await database.open(t, blog)
      const setup = session()
      const [a] = ['a', 'b', 'c'].map((name) => setup.add(new Tag({ name })))
      assert.ok(a)
      setup.add(new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [a] }))
      await setup.commit()
      const s = session()
      const post = await s.select(Post).one()
      const [first, second, third] = await s.select(Tag).orderBy(Tag.c.name).all()
      assert.ok(first && second && third)
      const dropped = new Tag({ name: 'dropped' })
      post.tags.add(dropped)
      post.tags.set([first, second])
      post.tags.remove(first)
      post.tags.add(third, third)
      await s.commit()
      const stored = await session().select(Post).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['b', 'c'],
      )
    })

    // session 3.45
    it('is a set: adding a member twice changes nothing', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'x' })
      const post = s.add(
        new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [tag, tag] }),
      )
      post.tags.add(tag, tag)
      assert.equal((await post.tags.load()).length, 1)
      await s.commit()
      await s.load(post, 'tags')
      post.tags.add(tag)
      await s.commit()
      assert.equal((await session().select(Post).with('tags').one()).tags.length, 1)
    })

    // session 3.46
    it('rejects with STALE_DATA when a pair was taken apart by somebody else', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'x' })
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [tag] }))
      await s.commit()
      await s.load(post, 'tags')
      const rival = session()
      ;(await rival.select(Post).one()).tags.set([])
      await rival.commit()
      post.tags.remove(tag)
      await failure(
        'STALE_DATA',
        [`Post#${post.id}`, `Tag#${tag.id}`, '"post_tags" has 0 such rows'],
        () => s.commit(),
      )
    })

    // session 4.34
    it('leaves pairs as they are that an unloaded collection adds and that exist, or removes and that do not', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      const [a, b, c] = ['a', 'b', 'c'].map((name) => setup.add(new Tag({ name })))
      assert.ok(a && b && c)
      setup.add(new Post({ title: 'one', author: new User({ name: 'ada' }), tags: [a] }))
      await setup.commit()
      const s = session()
      const post = await s.select(Post).one()
      const [first, second, third] = await s.select(Tag).orderBy(Tag.c.id).all()
      assert.ok(first && second && third)
      targets(sent)
      post.tags.add(first, second)
      post.tags.remove(third)
      await s.flush()
      assert.deepEqual([...new Set(targets(sent))], ['delete post_tags', 'insert post_tags'])
      first.posts.add(post)
      post.tags.remove(second)
      await s.commit()
      const stored = await session().select(Post).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['a'],
      )
    })

    it('leaves a pair as it is that was added meanwhile to members of an earlier transaction', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'x' }))
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      const rival = session()
      ;(await rival.select(Post).one()).tags.add(await rival.select(Tag).one())
      await rival.commit()
      post.tags.add(tag)
      await s.commit()
      assert.deepEqual([...(await post.tags.load())], [tag])
    })

    it('rejects a pair that was added meanwhile to members read in this transaction, and any other violation', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.addAll([
        new Tag({ name: 'x' }),
        new Post({ title: 'one', author: new User({ name: 'ada' }) }),
      ])
      await s.commit()
      const post = await s.select(Post).with('tags').one()
      const tag = await s.select(Tag).one()
      const rival = session()
      const theirs = await rival.select(Post).one()
      theirs.tags.add(await rival.select(Tag).one())
      await rival.commit()
      post.tags.add(tag)
      await failure('UNIQUE_VIOLATION', ['UniqueViolationError'], () => s.flush())
      await s.rollback()

      const late = session()
      const [unread, gone] = [await late.select(Post).one(), await late.select(Tag).one()]
      rival.delete(await rival.select(Tag).one())
      await rival.commit()
      unread.tags.add(gone)
      await failure('FOREIGN_KEY_VIOLATION', [], () => late.commit())
    })

    // settled M5
    it('keeps both loaded sides in step before anything is sent', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'x' }))
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      const [posts, tags] = [await tag.posts.load(), await post.tags.load()]
      posts.add(post)
      assert.deepEqual([...tags], [tag])
      tags.remove(tag)
      assert.deepEqual([...posts], [])
    })
  })
}
