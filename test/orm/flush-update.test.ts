import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  StaleDataError,
  bytes,
  decimal,
  id,
  inspect,
  int,
  json,
  timestamp,
  uuid,
  varchar,
} from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

let clock = 0
class Note extends Model({
  id: id(),
  text: varchar(80),
  editedAt: int()
    .default(0)
    .onUpdate(() => (clock += 1)),
}) {}

/** Types whose values are equal although they are not the same. */
class Sample extends Model({
  id: id(),
  at: timestamp(),
  price: decimal(10, 4),
  hash: bytes(),
  tree: json<{ a: number; list: number[] }>(),
  key: uuid(),
}) {}

const KEY = '0190B5F0-0000-7000-8000-00000000ABCD'
const sample = (): Sample =>
  new Sample({
    at: new Date(1_000),
    price: '1.50',
    hash: new Uint8Array([1, 2]),
    tree: { a: 1, list: [1] },
    key: KEY,
  })

for (const database of databases()) {
  describe(`updates on ${database.name}`, () => {
    // session 3.20
    it('writes changed columns of changed objects, by primary key', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      s.add(new User({ name: 'bob' }))
      await s.commit()
      sent.clear()
      ada.email = 'ada@example.org'
      await s.flush()
      const [update, ...rest] = sent.events.filter(({ kind }) => kind === 'update')
      assert.equal(rest.length, 0)
      assert.match(update?.sql ?? '', /^update "user" set "email" = \? where "id" = \?$/)
      assert.deepEqual(update?.parameters.map(String), ['ada@example.org', String(ada.id)])
    })

    // session 3.21
    it('sends rows with the same changed columns by one prepared statement', async (t) => {
      const { db, session, sent } = await database.open(t, blog)
      const s = session()
      const users = ['a', 'b', 'c', 'd'].map((name) => s.add(new User({ name })))
      await s.commit()
      for (const [i, user] of users.entries()) {
        if (i % 2 === 0) user.email = `${user.name}@example.org`
        else user.name += '!'
      }
      sent.clear()
      await s.flush()
      const texts = sent.texts().filter((text) => text.startsWith('update'))
      assert.equal(texts.length, 4)
      assert.equal(new Set(texts).size, 2)
      assert.deepEqual(
        texts.map((text) => texts.indexOf(text)),
        [0, 0, 2, 2],
      )
      assert.equal(db.engine.key, 'default')
    })

    // session 3.22
    it('rejects with STALE_DATA when a row is gone, and names the object', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const [tag, other] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      const rival = session()
      await rival.deleteFrom(Tag).where({ id: other.id })
      await rival.commit()
      tag.name = 'first'
      other.name = 'second'
      const error = await failure(
        'STALE_DATA',
        [`Tag#${other.id}`, '"tag" has 0 rows', 'deleted it meanwhile'],
        () => s.commit(),
      )
      assert.ok(error instanceof StaleDataError)
      assert.deepEqual(error.objects, [other])
      await s.rollback()
      assert.equal(await session().select(Tag.c.name).one(), 'a')
    })

    // session 3.22
    it('counts matched rows, not changed ones', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      const rival = session()
      await rival.update(Tag).where({ id: tag.id }).set({ name: 'b' })
      await rival.commit()
      tag.name = 'b'
      await s.commit()
      assert.equal(await session().select(Tag.c.name).one(), 'b')
    })

    // session 3.23
    it('writes nothing where an equal value of another spelling is assigned', async (t) => {
      const { session, sent } = await database.open(t, { Sample })
      const s = session()
      const stored = s.add(sample())
      await s.commit()
      sent.clear()
      stored.at = new Date(1_000)
      stored.price = '1.5'
      stored.hash = Buffer.from([1, 2])
      stored.tree = { list: [1], a: 1 }
      stored.key = KEY.toLowerCase()
      assert.deepEqual(inspect(stored).modified, [])
      await s.commit()
      assert.equal(sent.count(), 0)
    })

    // session 3.24
    it('finds changes inside a value', async (t) => {
      const { session, sent } = await database.open(t, { Sample })
      const first = session()
      first.add(sample())
      await first.commit()
      const s = session()
      const stored = await s.select(Sample).one()
      stored.at.setTime(2_000)
      stored.hash.set([9], 0)
      stored.tree.list.push(2)
      assert.deepEqual(inspect(stored).modified, ['at', 'hash', 'tree'])
      await s.commit()
      sent.clear()
      const again = await session().select(Sample).one()
      assert.deepEqual(
        [again.at.getTime(), [...again.hash], again.tree],
        [2_000, [9, 2], { a: 1, list: [1, 2] }],
      )
    })

    // session 3.24
    it('finds changes inside a value that was just written, without a read', async (t) => {
      const { session, sent } = await database.open(t, { Sample })
      const s = session()
      const stored = s.add(sample())
      await s.flush()
      stored.tree.list.push(2)
      sent.clear()
      await s.flush()
      stored.tree.list.push(3)
      await s.flush()
      assert.deepEqual(targets(sent), ['update sample', 'update sample'])
      await s.commit()
      assert.deepEqual((await session().select(Sample).one()).tree.list, [1, 2, 3])
    })

    // session 3.25
    it('calls onUpdate when the row is written for another reason, and only then', async (t) => {
      const { session, sent } = await database.open(t, { Note })
      clock = 0
      const s = session()
      const note = s.add(new Note({ text: 'a' }))
      await s.commit()
      await s.commit()
      assert.deepEqual([note.editedAt, clock], [0, 0])
      note.text = 'b'
      await s.commit()
      assert.deepEqual([note.editedAt, clock], [1, 1])
      sent.clear()
      note.text = 'c'
      note.editedAt = 50
      await s.commit()
      assert.deepEqual([note.editedAt, clock], [50, 1])
      assert.equal(await session().select(Note.c.editedAt).one(), 50)
    })

    // settled H18
    it('refuses to change a primary key, and loses nothing', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      sent.clear()
      const { id: key } = tag
      tag.id = 99
      tag.name = 'b'
      await failure('ARGUMENT', ['Tag.id', `Tag#${key}`, 'primary key'], () => s.commit())
      assert.equal(sent.count(), 0)
      tag.id = key
      await s.commit()
      assert.equal((await session().getOne(Tag, key)).name, 'b')
    })

    // settled H18
    it('refuses `undefined` on a loaded column', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      sent.clear()
      Object.assign(post, { title: undefined })
      await failure('ARGUMENT', ['undefined', 'Post.title', 'string'], () => s.flush())
      assert.equal(sent.count(), 0)
    })

    it('updates the foreign key when a relation is assigned, and never writes an unchanged one', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [ada, bob] = [new User({ name: 'ada' }), new User({ name: 'bob' })]
      const post = s.add(new Post({ title: 'one', author: ada, editor: bob }))
      await s.commit()
      sent.clear()
      post.author = ada
      await s.flush()
      assert.deepEqual(targets(sent), [])
      post.author = bob
      post.editor = null
      await s.flush()
      assert.deepEqual(targets(sent), ['update post'])
      assert.deepEqual([post.authorId, post.editorId], [bob.id, null])
    })
  })
}
