import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, id, inspect, varchar, type AnyEntity, type Session } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A model that the databases of these tests do not know. */
class Stranger extends Model({ id: id(), name: varchar(40) }) {}

/** A class that is no model, though it looks like one. */
class Invoice {
  id = 1
}

/** Stores one tag, and gives it in a session of its own. */
async function storedTag({ session }: TestDatabase): Promise<{ s: Session; tag: Tag }> {
  const s = session()
  const tag = s.add(new Tag({ name: 'a' }))
  await s.commit()
  return { s, tag }
}

for (const database of databases()) {
  describe(`objects in and out of a session on ${database.name}`, () => {
    // session 1.13
    it('leave it by expunge: persistent ones detached, pending ones transient', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      const pending = s.add(new Tag({ name: 'b' }))
      tag.name = 'changed'
      s.expunge(tag)
      s.expunge(pending)
      assert.deepEqual([inspect(tag).state, inspect(pending).state], ['detached', 'transient'])
      assert.deepEqual([tag.name, inspect(tag).modified], ['changed', ['name']])
      opened.sent.clear()
      await s.commit()
      assert.equal(opened.sent.count(), 0)
    })

    // session 1.13
    it('take along by expunge what goes with them when they are deleted', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const author = new User({ name: 'ada' })
      const comment = new Comment({ body: 'first' })
      const post = s.add(new Post({ title: 'one', author, comments: [comment] }))
      await s.commit()
      s.expunge(post)
      assert.deepEqual([s.has(post), s.has(comment), s.has(author)], [false, false, true])
    })

    // session 1.14
    it('cannot be expunged from a session that they are not in', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      const other = opened.session()
      await failure('INVALID_REQUEST', ['Tag', 'not in this session'], () =>
        s.expunge(new Tag({ name: 'b' })),
      )
      await failure('INVALID_REQUEST', [`Tag#${tag.id}`, 'session opened at'], () =>
        other.expunge(tag),
      )
      assert.equal(s.has(tag), true)
    })

    // session 1.15
    it('leave it all at once, without SQL and without the end of the transaction', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      tag.name = 'b'
      await s.flush()
      const pending = s.add(new Tag({ name: 'c' }))
      opened.sent.clear()
      s.expungeAll()
      assert.deepEqual([s.has(tag), s.has(pending), s.inTransaction], [false, false, true])
      assert.equal(opened.sent.count(), 0)
      await s.commit()
      assert.deepEqual(await opened.session().select(Tag.c.name).all(), ['b'])
    })

    // session 1.16
    it('cannot be added while another open session has them', async (t) => {
      const opened = await database.open(t, blog)
      const { tag } = await storedTag(opened)
      const other = opened.session()
      const error = await failure('INVALID_REQUEST', [`Tag#${tag.id}`, 'already belongs'], () =>
        other.add(tag),
      )
      assert.equal(error.message.match(/session opened at/g)?.length, 2, error.message)
    })

    // session 1.16
    it('can be added to another session once their own is closed', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      await s.close()
      const other = opened.session()
      other.add(tag)
      tag.name = 'b'
      await other.commit()
      assert.deepEqual(await opened.session().select(Tag.c.name).all(), ['b'])
    })

    // session 1.17
    it('cannot be added beside another object of the same row', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      s.expunge(tag)
      const own = await s.getOne(Tag, tag.id)
      await failure('INVALID_REQUEST', [`Tag#${tag.id}`, 'in this session'], () => s.add(tag))
      assert.equal(await s.get(Tag, tag.id), own)
    })

    // session 1.18
    it('bring their changes along when they are added detached', async (t) => {
      const opened = await database.open(t, blog)
      const { s, tag } = await storedTag(opened)
      s.expunge(tag)
      tag.name = 'b'
      s.add(tag)
      opened.sent.clear()
      await s.commit()
      assert.deepEqual(opened.sent.kinds(), ['begin', 'update', 'commit'])
      s.expunge(tag)
      s.add(tag)
      await s.commit()
      assert.equal(opened.sent.count(), 0)
      assert.equal(inspect(tag).state, 'persistent')
    })

    // session 1.30
    it('can stand for a row by its key alone', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const first = session()
      const ada = first.add(new User({ name: 'ada' }))
      await first.commit()
      sent.clear()
      const s = session()
      const author = s.reference(User, ada.id)
      assert.equal(inspect(author).state, 'persistent')
      const post = s.add(new Post({ title: 'one', author }))
      assert.equal(sent.count(), 0)
      await s.commit()
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'commit'])
      assert.equal(post.authorId, ada.id)
      assert.equal(await s.get(User, ada.id), author)
      assert.equal(author.name, 'ada')
    })

    // session 1.33
    it('are objects of a model that the database knows, and nothing else', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const foreign = new Invoice() as unknown as AnyEntity
      const calls = [s.add, s.delete, s.refresh, s.merge, s.expire, s.expunge]
      for (const call of calls) {
        await failure('ARGUMENT', ['an object of class Invoice'], () => call.call(s, foreign))
      }
      await failure('ARGUMENT', ['a string'], () => s.add('ada' as unknown as AnyEntity))
      await failure('ARGUMENT', ['Stranger', 'does not know it'], () =>
        s.add(new Stranger({ name: 'x' })),
      )
    })
  })
}
