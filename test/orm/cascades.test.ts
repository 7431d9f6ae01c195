import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ForeignKeyViolationError,
  Model,
  NotNullViolationError,
  belongsTo,
  hasMany,
  hasOne,
  id,
  inspect,
  int,
  varchar,
} from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** Members are kept or lose their owner, as the foreign key allows. */
class Shelf extends Model({
  id: id(),
  books: () => hasMany(Book, 'shelf'),
  labels: () => hasMany(Label, 'shelf'),
}) {}
class Book extends Model({
  id: id(),
  shelfId: int().nullable(),
  shelf: () => belongsTo(Shelf),
}) {}
class Label extends Model({
  id: id(),
  shelfId: int(),
  shelf: () => belongsTo(Shelf),
}) {}

/** Three levels that go together; the database knows nothing of it. */
class Order extends Model({
  id: id(),
  name: varchar(20),
  lines: () => hasMany(Line, 'order', { cascade: 'all' }),
}) {}
class Line extends Model({
  id: id(),
  orderId: int(),
  order: () => belongsTo(Order),
  parts: () => hasMany(Part, 'line', { cascade: 'all' }),
}) {}
class Part extends Model({
  id: id(),
  lineId: int(),
  line: () => belongsTo(Line),
}) {}

class Folder extends Model({
  id: id(),
  parentId: int().nullable(),
  parent: () => belongsTo(Folder),
  folders: () => hasMany(Folder, 'parent', { cascade: 'all' }),
}) {}

/** The database deletes the members. */
class Album extends Model({
  id: id(),
  songs: () => hasMany(Song, 'album', { cascade: 'all' }),
  covers: () => hasMany(Cover, 'album'),
}) {}
class Song extends Model({
  id: id(),
  albumId: int(),
  album: () => belongsTo(Album, { onDelete: 'cascade' }),
}) {}
class Cover extends Model({
  id: id(),
  albumId: int().nullable(),
  album: () => belongsTo(Album, { onDelete: 'set null' }),
}) {}

/** A one-to-one whose row goes when it is taken out. */
class Car extends Model({
  id: id(),
  engine: () => hasOne(Engine, 'car', { cascade: 'all, delete-orphan' }),
}) {}
class Engine extends Model({
  id: id(),
  name: varchar(20),
  carId: int().nullable(),
  car: () => belongsTo(Car),
}) {}

for (const database of databases()) {
  describe(`deleting an owner on ${database.name}`, () => {
    // session 3.35
    it('takes its key from members that may be without an owner', async (t) => {
      const { session, sent } = await database.open(t, { Shelf, Book, Label })
      const s = session()
      const shelf = s.add(new Shelf({ books: [new Book({}), new Book({})] }))
      await s.commit()
      const other = session()
      other.delete(await other.getOne(Shelf, shelf.id))
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), [
        'select book',
        'select label',
        'update book',
        'update book',
        'delete shelf',
      ])
      assert.deepEqual(await session().select(Book.c.shelfId).all(), [null, null])
    })

    // session 3.35
    it('gets the database’s error where the foreign key may not be null', async (t) => {
      const { session } = await database.open(t, { Shelf, Book, Label })
      const s = session()
      const shelf = s.add(new Shelf({ labels: [new Label({})] }))
      await s.commit()
      s.delete(shelf)
      await assert.rejects(s.commit(), NotNullViolationError)
    })

    // session 3.36
    it('deletes members and their members: one SELECT a relation and level, for all owners', async (t) => {
      const { session, sent } = await database.open(t, { Order, Line, Part })
      const s = session()
      for (const name of ['a', 'b', 'c']) {
        s.add(
          new Order({
            name,
            lines: [1, 2].map(() => new Line({ parts: [new Part({}), new Part({})] })),
          }),
        )
      }
      await s.commit()
      const other = session()
      const [first, second] = await other.select(Order).orderBy(Order.c.name).limit(2).all()
      assert.ok(first && second)
      other.delete(first)
      other.delete(second)
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), [
        'select line',
        'select part',
        'delete part',
        'delete line',
        'delete order',
      ])
      const left = session()
      assert.deepEqual(
        [
          await left.select(Order).count(),
          await left.select(Line).count(),
          await left.select(Part).count(),
        ],
        [1, 2, 4],
      )
    })

    // session 3.36
    // session 3.3
    it('deletes a tree from its leaves, one SELECT a level', async (t) => {
      const { session, sent } = await database.open(t, { Folder })
      const s = session()
      const branch = (depth: number): Folder =>
        new Folder({ folders: depth === 0 ? [] : [branch(depth - 1), branch(depth - 1)] })
      const root = s.add(branch(3))
      await s.commit()
      const other = session()
      other.delete(await other.getOne(Folder, root.id))
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), [
        ...Array<string>(4).fill('select folder'),
        ...Array<string>(4).fill('delete folder'),
      ])
      assert.equal(await session().select(Folder).count(), 0)
    })

    // session 3.37
    // session 3.38
    it('leaves members that are not loaded to the database’s ON DELETE', async (t) => {
      const { session, sent } = await database.open(t, { Album, Song, Cover })
      const s = session()
      const album = s.add(
        new Album({ songs: [new Song({}), new Song({})], covers: [new Cover({})] }),
      )
      await s.commit()
      const other = session()
      other.delete(await other.getOne(Album, album.id))
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), ['delete album'])
      assert.deepEqual(
        [await session().select(Song).count(), await session().select(Cover.c.albumId).one()],
        [0, null],
      )
    })

    // session 3.37
    it('deletes loaded members by itself even so', async (t) => {
      const { session, sent } = await database.open(t, { Album, Song, Cover })
      const s = session()
      const album = s.add(new Album({ songs: [new Song({})] }))
      await s.commit()
      const [song] = await album.songs.load()
      assert.ok(song)
      sent.clear()
      s.delete(album)
      await s.commit()
      assert.deepEqual(targets(sent), ['delete song', 'delete album'])
      assert.equal(inspect(song).wasDeleted, true)
    })

    it('fails with the database’s error where a row outside the relations refers to it', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = new User({ name: 'ada' })
      const post = s.add(
        new Post({ title: 'one', author: ada, comments: [new Comment({ body: 'x' })] }),
      )
      await s.commit()
      const other = session()
      const count = other.deleteFrom(Post).where({ id: post.id })
      await assert.rejects(async () => count, ForeignKeyViolationError)
    })
  })

  describe(`orphans on ${database.name}`, () => {
    // session 3.39
    it('are deleted when they are taken out of the collection', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const comments = ['a', 'b', 'c'].map((body) => new Comment({ body }))
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }), comments }))
      await s.commit()
      const [first, second, third] = comments
      assert.ok(first && second && third)
      await s.load(post, 'comments')
      sent.clear()
      post.comments.remove(first)
      post.comments.set([third])
      await s.commit()
      assert.deepEqual(
        targets(sent).filter((target) => !target.startsWith('select')),
        ['delete comment'],
      )
      assert.deepEqual(await session().select(Comment.c.body).all(), ['c'])
    })

    // session 3.39
    it('are deleted when a one-to-one is set to null, loaded or not', async (t) => {
      const { session, sent } = await database.open(t, { Car, Engine })
      const s = session()
      const car = s.add(new Car({ engine: new Engine({ name: 'v8' }) }))
      await s.commit()
      const other = session()
      const unread = await other.getOne(Car, car.id)
      sent.clear()
      unread.engine.set(null)
      await other.commit()
      assert.deepEqual(targets(sent), ['select engine', 'delete engine'])
      assert.equal(await session().select(Engine).count(), 0)
    })

    // session 3.39
    it('are deleted when a one-to-one is replaced', async (t) => {
      const { session, sent } = await database.open(t, { Car, Engine })
      const s = session()
      const car = s.add(new Car({ engine: new Engine({ name: 'v8' }) }))
      await s.commit()
      const other = session()
      const unread = await other.getOne(Car, car.id)
      unread.engine.set(new Engine({ name: 'v6' }))
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), ['select engine', 'insert engine', 'delete engine'])
      const left = await session().select({ name: Engine.c.name, car: Engine.c.carId }).all()
      assert.deepEqual(left, [{ name: 'v6', car: car.id }])
    })

    // session 3.40
    it('are forgotten when they were never flushed', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      const comments = await post.comments.load()
      const comment = new Comment({ body: 'never' })
      comments.add(comment)
      assert.equal(inspect(comment).state, 'pending')
      comments.remove(comment)
      sent.clear()
      await s.commit()
      assert.equal(sent.count(), 0)
      assert.equal(inspect(comment).state, 'transient')
    })

    for (const order of ['remove first', 'add first'] as const) {
      for (const loaded of ['both', 'the old one', 'the new one', 'neither'] as const) {
        // session 3.41
        it(`live on when they move to another owner: ${order}, ${loaded} loaded`, async (t) => {
          const { session } = await database.open(t, blog)
          const setup = session()
          const author = new User({ name: 'ada' })
          setup.addAll([
            new Post({ title: 'old', author, comments: [new Comment({ body: 'moved' })] }),
            new Post({ title: 'new', author }),
          ])
          await setup.commit()
          const s = session()
          const [from, to] = await s.select(Post).orderBy(Post.c.id).all()
          const comment = await s.select(Comment).one()
          assert.ok(from && to)
          if (loaded === 'both' || loaded === 'the old one') await s.load(from, 'comments')
          if (order === 'remove first') from.comments.remove(comment)
          if (loaded === 'both' || loaded === 'the new one')
            await s.noAutoflush(() => s.load(to, 'comments'))
          to.comments.add(comment)
          if (order === 'add first') from.comments.remove(comment)
          await s.commit()
          assert.equal(await session().select(Comment.c.post.c.title).one(), 'new')
        })
      }
    }

    it('are not deleted by a flush that failed before it sent anything', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const comment = new Comment({ body: 'kept' })
      const author = new User({ name: 'ada' })
      const post = s.add(new Post({ title: 'old', author, comments: [comment] }))
      const other = s.add(new Post({ title: 'new', author }))
      await s.commit()
      await s.load(post, 'comments')
      post.comments.remove(comment)
      Object.assign(post, { title: 7 })
      await failure('ARGUMENT', ['Post.title'], () => s.commit())
      post.title = 'older'
      other.comments.add(comment)
      await s.commit()
      assert.equal(await session().select(Comment.c.post.c.title).one(), 'new')
    })
  })

  describe(`adding along relations on ${database.name}`, () => {
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
      const { session } = await database.open(t, { Shelf, Book, Label })
      const s = session()
      const book = new Book({})
      const shelf = s.add(new Shelf({ books: [book] }))
      await s.commit()
      s.expunge(shelf)
      assert.ok(s.has(book))
    })
  })
}
