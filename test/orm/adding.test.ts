import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasMany, id, inspect, int } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** Members are added with their shelf, and that is all. */
class Shelf extends Model({
  id: id(),
  books: () => hasMany(Book, 'shelf'),
}) {}
class Book extends Model({
  id: id(),
  shelfId: int().nullable(),
  shelf: () => belongsTo(Shelf),
}) {}

for (const database of databases()) {
  describe(`adding along relations on ${database.name}`, () => {
    // settled B20
    it('gives the object back, and takes any iterable of them', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'a' })
      assert.equal(s.add(tag), tag)
      s.addAll(new Set([tag, new Tag({ name: 'b' })]))
      await s.commit()
      assert.equal(await session().select(Tag).count(), 2)
    })

    // session 3.32
    // session 3.33
    it('takes everything new along, through collections and references', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'x' })
      const comment = new Comment({ body: 'a', children: [new Comment({ body: 'b' })] })
      const post = new Post({
        title: 'one',
        author: new User({ name: 'ada' }),
        tags: [tag],
        comments: [comment],
      })
      s.add(comment)
      for (const object of [post, tag, comment, ...(post.comments as unknown as Comment[])])
        assert.ok(s.has(object))
    })

    // session 3.33
    it('makes a new member of a session’s collection pending at once', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      await s.commit()
      sent.clear()
      const post = new Post({ title: 'one' })
      ada.posts.add(post)
      assert.equal(inspect(post).state, 'pending')
      await s.commit()
      assert.equal(post.authorId, ada.id)
      assert.deepEqual(targets(sent), ['insert post'])
    })

    // session 3.34
    // session 8.12
    it('does not add through the back reference, and refuses to lose such an object', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      await s.commit()
      await ada.posts.load()
      const post = new Post({ title: 'one', author: ada })
      assert.equal(inspect(post).state, 'transient')
      await failure('FLUSH', ['Post (transient', `User#${ada.id}.posts`, 'never added'], () =>
        s.flush(),
      )
      s.add(post)
      await s.commit()
      assert.equal(await session().select(Post.c.authorId).one(), ada.id)
    })

    it('does not expunge or delete along a relation that says only `save`', async (t) => {
      const { session } = await database.open(t, { Shelf, Book })
      const s = session()
      const book = new Book({})
      const shelf = s.add(new Shelf({ books: [book] }))
      await s.commit()
      s.expunge(shelf)
      assert.ok(s.has(book))
    })
  })
}
