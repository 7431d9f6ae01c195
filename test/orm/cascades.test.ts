import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ForeignKeyViolationError,
  Model,
  NotNullViolationError,
  belongsTo,
  hasMany,
  id,
  inspect,
  int,
  varchar,
} from 'athanor'
import { blog, Comment, Post, Profile, User } from '../support/blog.ts'
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

    // session 3.35
    it('names a member whose own key would have to go, before anything is sent', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada', profile: new Profile({ bio: 'x' }) }))
      await s.commit()
      sent.clear()
      s.delete(ada)
      await failure(
        'FLUSH',
        ['Cannot delete this User', `Profile#${ada.id}`, "User.profile with { cascade: 'all' }"],
        () => s.commit(),
      )
      assert.ok(targets(sent).every((target) => target.startsWith('select')))
      s.delete(await s.getOne(Profile, ada.id))
      await s.commit()
      assert.equal(await session().select(User).count(), 0)
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
}
