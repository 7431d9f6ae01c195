import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseError, UniqueViolationError, inspect } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  describe(`a flush that fails or is interrupted on ${database.name}`, () => {
    // session 3.8
    it('rolls back to the savepoint and leaves no half-written snapshots', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [first, second] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      await s.transaction(async () => {
        s.add(new User({ name: 'kept' }))
        await s
          .beginNested(async () => {
            first.name = 'changed'
            second.name = 'c'
            s.add(new Tag({ name: 'c' }))
            await s.flush()
          })
          .catch((error: unknown) => assert.ok(error instanceof UniqueViolationError))
        assert.deepEqual([first.name, second.name], ['a', 'b'])
        sent.clear()
        first.name = 'changed'
        await s.flush()
        assert.deepEqual(targets(sent), ['update tag'])
      })
      const other = session()
      assert.deepEqual(await other.select(Tag.c.name).orderBy(Tag.c.id).all(), ['changed', 'b'])
      assert.equal(await other.select(User).count(), 1)
    })

    // settled H20
    it('tells which objects a failed statement was about', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = new User({ name: 'ada' })
      const twin = new User({ name: 'ada' })
      s.addAll([ada, new Post({ title: 'one', author: ada }), twin])
      const error = await failure('UNIQUE_VIOLATION', [], () => s.flush())
      assert.ok(error instanceof DatabaseError)
      assert.ok(error.objects.includes(twin))
    })

    // session 3.9
    it('refuses a flush inside a flush hook', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      s.on('beforeFlush', () => s.flush())
      await failure('ILLEGAL_STATE', ['flush'], () => s.flush())
    })

    // session 3.9
    it('lets a second flush wait, and write what is left', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      const first = s.flush()
      const second = first.then(() => s.add(new Tag({ name: 'b' })))
      await Promise.all([first, second, s.flush()])
      await s.flush()
      assert.deepEqual(targets(sent), ['insert tag', 'insert tag'])
    })

    // session 3.11
    it('keeps values that are assigned while statements are under way', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const [tag, other] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      tag.name = 'one'
      using _ = db.engine.events.on('statement', ({ kind }) => {
        if (kind !== 'update') return
        tag.name = 'two'
        other.name = 'late'
      })
      await s.flush()
      assert.deepEqual([inspect(tag).modified, inspect(other).modified], [['name'], ['name']])
      await s.commit()
      assert.deepEqual(await session().select(Tag.c.name).orderBy(Tag.c.id).all(), ['two', 'late'])
    })

    // session 3.11
    it('keeps members and references that are set while statements are under way', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const post = s.add(
        new Post({
          title: 'one',
          author: new User({ name: 'ada' }),
          tags: [new Tag({ name: 'first' })],
        }),
      )
      await s.commit()
      await s.load(post, 'tags', 'comments')
      const [first] = await post.tags.load()
      assert.ok(first)
      const bob = new User({ name: 'bob' })
      post.tags.add(new Tag({ name: 'second' }))
      let isDone = false
      using _ = db.engine.events.on('statement', ({ kind }) => {
        if (kind !== 'insert' || isDone) return
        isDone = true
        post.tags.remove(first)
        post.tags.add(new Tag({ name: 'third' }))
        post.comments.add(new Comment({ body: 'late' }))
        post.author = bob
      })
      await s.flush()
      await s.commit()
      const stored = await session().select(Post).with('author', 'tags', 'comments').one()
      assert.deepEqual(
        stored.tags.map((tag) => tag.name),
        ['second', 'third'],
      )
      assert.deepEqual(
        stored.comments.map((comment) => comment.body),
        ['late'],
      )
      assert.equal(stored.author.name, 'bob')
    })

    it('takes a member out again that was added while statements were under way', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      await s.load(post, 'tags')
      const tag = new Tag({ name: 'wrong' })
      post.tags.add(tag)
      let isDone = false
      using _ = db.engine.events.on('statement', ({ kind }) => {
        if (kind !== 'insert' || isDone) return
        isDone = true
        post.tags.remove(tag)
      })
      await s.commit()
      const stored = await session().select(Post).with('tags').one()
      assert.equal(stored.tags.length, 0)
    })

    it('loses nothing when a value is refused before anything is sent', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      const post = s.add(new Post({ title: 'one', author: ada }))
      await s.commit()
      sent.clear()
      ada.name = 'ada lovelace'
      Object.assign(post, { views: 'many' })
      s.add(new Tag({ name: 'new' }))
      await failure('ARGUMENT', ['Post.views', 'integer'], () => s.commit())
      assert.equal(sent.count(), 0)
      post.views = 3
      await s.commit()
      assert.deepEqual(targets(sent), ['update user', 'update post', 'insert tag'])
    })

    // session 3.51
    it('says that an autoflush failed, and before what', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      Object.assign(s.add(new Tag({ name: 'a' })), { name: 7 })
      await failure('ARGUMENT', ['Tag.name', 'autoflush before a query for User'], () =>
        s.select(User).all(),
      )
    })
  })
}
