import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Loaded } from 'athanor'
import { Account, blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** What `detachedPost` has loaded. */
type LoadedPost = Loaded<Post, 'author' | 'comments.post'>

/** Stores ada's post with two comments; gives it with its comments and author, detached. */
async function detachedPost({ session, sent }: TestDatabase): Promise<LoadedPost> {
  const s = session()
  const post = new Post({ title: 'one', body: 'old', author: new User({ name: 'ada' }) })
  post.comments.add(new Comment({ body: 'first' }), new Comment({ body: 'second' }))
  s.add(post)
  await s.commit()
  await s.close()
  const reader = session()
  const read = await reader.select(Post).with('author', 'comments.post').one()
  await reader.close()
  sent.clear()
  return read
}

for (const database of databases()) {
  describe(`merge on ${database.name}`, () => {
    // session 1.19
    it("gives the session's own object, and leaves the copy outside", async (t) => {
      const opened = await database.open(t, blog)
      await detachedPost(opened)
      const s = opened.session()
      const copy = new User({ id: 1, name: 'ada lovelace' })
      const own = await s.merge(copy)
      assert.notEqual(own, copy)
      assert.deepEqual([s.has(own), s.has(copy), inspect(copy).state], [true, false, 'transient'])
      assert.deepEqual(opened.sent.kinds(), ['select'])
      assert.equal(await s.get(User, 1), own)
      await s.commit()
      assert.deepEqual(opened.sent.kinds(), ['begin', 'update', 'commit'])
      assert.equal(await s.merge(own), own)
    })

    // session 1.19
    it('sends nothing for what is in memory', async (t) => {
      const opened = await database.open(t, blog)
      await detachedPost(opened)
      const s = opened.session()
      const own = await s.getOne(User, 1)
      opened.sent.clear()
      assert.equal(await s.merge(new User({ id: 1, name: 'x' })), own)
      assert.equal(own.name, 'x')
      assert.equal(opened.sent.count(), 0)
    })

    // session 1.19
    it('adds a new object where there is no row, with the key that was given', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const own = await s.merge(new User({ id: 7, name: 'seven' }))
      assert.equal(inspect(own).state, 'pending')
      const unkeyed = await s.merge(new User({ name: 'next' }))
      assert.equal(inspect(unkeyed).state, 'pending')
      await s.commit()
      assert.deepEqual(await session().select(User.c.name).orderBy(User.c.name).all(), [
        'next',
        'seven',
      ])
      assert.equal(own.id, 7)
    })

    // session 1.19
    it('flushes once before it begins, and never while it goes along', async (t) => {
      const opened = await database.open(t, blog)
      const { author, comments } = await detachedPost(opened)
      const [comment] = comments
      assert.ok(comment !== undefined)
      author.name = 'augusta'
      const s = opened.session()
      s.add(new Tag({ name: 'pending' }))
      await s.merge(author)
      await s.noAutoflush(() => s.merge(comment))
      assert.deepEqual(opened.sent.kinds(), [
        'begin',
        'insert',
        'select',
        'select',
        'select',
        'select',
      ])
      assert.ok(s.pendingChanges().names.includes('User#1'))
    })

    // session 1.20
    it('copies what was set, null included, and leaves the rest as the row has it', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new User({ id: 1, name: 'ada', email: 'ada@example.org' }))
      s.add(new User({ id: 2, name: 'bob', email: 'bob@example.org' }))
      await s.commit()
      const ada = await s.merge(new User({ id: 1, name: 'augusta' }))
      const bob = await s.merge(new User({ id: 2, name: 'robert', email: null }))
      assert.deepEqual([ada.name, ada.email], ['augusta', 'ada@example.org'])
      assert.deepEqual([bob.name, bob.email], ['robert', null])
    })

    // session 1.20
    it('takes a default of the constructor for unset, and a value assigned later for set', async (t) => {
      const opened = await database.open(t, blog)
      await detachedPost(opened)
      const s = opened.session()
      const copy = new Post({ id: 1, title: 'two', authorId: 1 })
      copy.published = true
      const own = await s.merge(copy)
      assert.deepEqual([own.title, own.body, own.published], ['two', 'old', true])
      assert.deepEqual(inspect(own).modified.toSorted(), ['published', 'title'])
    })

    // session 1.21
    it('follows relations, in circles too', async (t) => {
      const opened = await database.open(t, blog)
      const copy = await detachedPost(opened)
      copy.title = 'two'
      for (const comment of copy.comments) {
        assert.equal(comment.post, copy)
        comment.body = comment.body.toUpperCase()
      }
      const s = opened.session()
      const own = await s.load(await s.merge(copy), 'comments')
      assert.deepEqual(
        own.comments.map((comment) => [comment.body, comment.post === own]),
        [
          ['FIRST', true],
          ['SECOND', true],
        ],
      )
      await s.commit()
      const stored = await opened.session().select(Post).with('comments').one()
      assert.deepEqual(
        [stored.title, ...stored.comments.map(({ body }) => body)],
        ['two', 'FIRST', 'SECOND'],
      )
    })

    // session 1.21
    it('makes one object of a row that is reached twice, stored or new', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tags = (): Tag[] => [new Tag({ id: 9, name: 'shared' })]
      const author = new User({ name: 'ada' })
      author.posts.add(
        new Post({ title: 'one', author, tags: tags() }),
        new Post({ title: 'two', author, tags: tags() }),
      )
      await s.merge(author)
      assert.deepEqual(s.pendingChanges().count, 4)
      await s.commit()
      await s.merge(
        new Post({ title: 'three', author: new User({ id: 1, name: 'ada' }), tags: tags() }),
      )
      await s.commit()
      const stored = await session().select(Tag).with('posts').one()
      assert.deepEqual(stored.posts.map(({ title }) => title).toSorted(), ['one', 'three', 'two'])
    })

    // session 1.21
    it('takes members away that the copy has no more', async (t) => {
      const opened = await database.open(t, blog)
      const copy = await detachedPost(opened)
      copy.comments.set(copy.comments.filter(({ body }) => body === 'second'))
      const s = opened.session()
      await s.merge(copy)
      await s.commit()
      assert.deepEqual(await opened.session().select(Comment.c.body).all(), ['second'])
    })

    // session 1.22
    it('refuses a copy of another version than the row', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Account({ balance: '10.00' }))
      await s.commit()
      const reader = session()
      const copy = await reader.getOne(Account, 1)
      await reader.close()
      const account = await s.getOne(Account, 1)
      account.balance = '20.00'
      await s.commit()
      copy.balance = '11.00'
      await failure('STALE_DATA', ['Account#1', 'version 1', 'version 2'], () =>
        session().merge(copy),
      )
      assert.equal((await session().getOne(Account, 1)).balance, '20.00')
    })
  })
}
