import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, id, int, now, text, timestamp, uuid, uuidv7, varchar } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

let evaluated = 0
/** A column for each way in which a value can come about. */
class Ticket extends Model({
  id: id(),
  title: varchar(80),
  number: int().default(() => (evaluated += 1)),
  state: varchar(20).serverDefault("'open'"),
  note: text().nullable().serverDefault("'none'"),
  shout: text().nullable().computed('upper(title)'),
  createdAt: timestamp().default(now),
}) {}

class Leaf extends Model({
  id: uuid().primaryKey().default(uuidv7),
  state: varchar(20).serverDefault("'open'"),
}) {}

/** A key that the database is said to make, and does not. */
class Keyless extends Model({ key: varchar(20).nullable().serverDefault('null').primaryKey() }) {}

for (const database of databases()) {
  const { insertReturning } = database.supports
  describe(`inserts on ${database.name}`, () => {
    // session 3.12
    // settled A16
    const batches = database.needs('keys of several inserted rows', insertReturning)
    it('sends rows with the same columns in batches of 50, 10 and 1', batches, async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.addAll(Array.from({ length: 111 }, (_, i) => new Tag({ name: `tag ${i}` })))
      await s.flush()
      const rows = sent.events.flatMap(({ kind, parameters }) =>
        kind === 'insert' ? [parameters.length] : [],
      )
      assert.deepEqual(rows, [50, 50, 10, 1])
    })

    // session 3.12
    it('keeps below the number of values that a statement may have', batches, async (t) => {
      const names = Array.from({ length: 700 }, (_, i) => `c${i}`)
      class Wide extends Model({
        id: id(),
        ...Object.fromEntries(names.map((name) => [name, int().default(0)])),
      }) {}
      const { session, sent } = await database.open(t, { Wide })
      const s = session()
      s.addAll(Array.from({ length: 60 }, () => new Wide({})))
      await s.flush()
      const rows = sent.events.flatMap(({ kind, parameters }) =>
        kind === 'insert' ? [parameters.length / names.length] : [],
      )
      const fits = 50 * names.length <= database.supports.maxParameters
      assert.deepEqual(rows, fits ? [50, 10] : [10, 10, 10, 10, 10, 10])
    })

    // session 3.12
    it('begins another batch where other columns are given', async (t) => {
      const { session, sent } = await database.open(t, { Ticket })
      const s = session()
      s.add(new Ticket({ title: 'a' }))
      s.add(new Ticket({ title: 'b', state: 'shut' }))
      await s.commit()
      assert.deepEqual(
        targets(sent).filter((target) => target !== 'select ticket'),
        ['insert ticket', 'insert ticket'],
      )
      assert.deepEqual(await s.select(Ticket.c.state).orderBy(Ticket.c.id).all(), ['open', 'shut'])
    })

    // session 3.13
    it('gives every object of a batch its own key', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tags = Array.from({ length: 75 }, (_, i) => s.add(new Tag({ name: `tag ${i}` })))
      await s.commit()
      const stored = new Map((await session().select(Tag).all()).map((tag) => [tag.id, tag.name]))
      assert.equal(stored.size, 75)
      for (const tag of tags) assert.equal(stored.get(tag.id), tag.name)
    })

    // session 3.13
    it('does not take a given key for one that the database made', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tags = [7, undefined, 3].map((key) =>
        s.add(new Tag({ name: `tag ${key}`, ...(key === undefined ? {} : { id: key }) })),
      )
      await s.commit()
      for (const tag of tags) assert.equal((await session().getOne(Tag, tag.id)).name, tag.name)
      assert.deepEqual([tags[0]?.id, tags[2]?.id], [7, 3])
    })

    // session 3.13
    it('matches what the database made to objects whose keys were made here', async (t) => {
      const { session } = await database.open(t, { Leaf })
      const s = session()
      const leaves = Array.from({ length: 3 }, () => s.add(new Leaf({})))
      const keys = leaves.map((leaf) => leaf.id)
      await s.commit()
      assert.deepEqual(
        leaves.map((leaf) => leaf.id),
        keys,
      )
      assert.deepEqual(
        leaves.map((leaf) => leaf.state),
        ['open', 'open', 'open'],
      )
    })

    // session 3.14
    const { swallowInserts, hasNullableKeys } = database.facts
    const swallowing = database.needs('triggers that swallow rows', swallowInserts !== undefined)
    it('notices that a row was swallowed, alone or among others', swallowing, async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      await db.engine.begin(async (connection) => {
        for (const sql of swallowInserts?.('tag') ?? [])
          await connection.execute({ sql, parameters: [] })
      })
      s.add(new Tag({ name: 'alone' }))
      await failure('FLUSH', ['Tag', 'trigger'], () => s.flush())
      await s.rollback()
      s.addAll(Array.from({ length: 10 }, (_, i) => new Tag({ name: `tag ${i}` })))
      await failure('FLUSH', ['10 rows were sent and 0 came back', 'trigger'], () => s.flush())
    })

    // session 3.15
    const keyless = database.needs('primary keys that are null', hasNullableKeys)
    it('notices that a row has no key after its INSERT', keyless, async (t) => {
      const { session } = await database.open(t, { Keyless })
      const s = session()
      s.add(new Keyless({}))
      await failure('FLUSH', ['no primary key after the INSERT', 'keyless.key'], () => s.flush())
    })

    // session 3.16
    it('takes a default where nothing is given, and NULL where null is', async (t) => {
      const { session, sent } = await database.open(t, { Ticket })
      const s = session()
      const [silent, empty] = [new Ticket({ title: 'a' }), new Ticket({ title: 'b', note: null })]
      s.addAll([silent, empty])
      await s.flush()
      assert.deepEqual([silent.note, empty.note], ['none', null])
      const given = sent.events
        .filter(({ kind }) => kind === 'insert')
        .map((event) => event.sql.split(' values ')[0]?.includes('"note"'))
      assert.deepEqual(given, [false, true])
    })

    // session 3.16
    // settled A7
    it('evaluates client defaults once an object, when it is made', async (t) => {
      const { session } = await database.open(t, { Ticket })
      evaluated = 0
      const s = session()
      const ticket = new Ticket({ title: 'a' })
      assert.equal(ticket.number, 1)
      assert.equal(new Ticket({ title: 'b', number: 7 }).number, 7)
      s.add(ticket)
      await s.commit()
      assert.deepEqual([ticket.number, evaluated], [1, 1])
    })

    // session 3.17
    // settled A8
    it('reads back what the database made, in the same statement where that can be', async (t) => {
      const { session, sent } = await database.open(t, { Ticket })
      const s = session()
      const ticket = s.add(new Ticket({ title: 'broken' }))
      assert.deepEqual(
        [ticket.id, ticket.state, ticket.shout, Object.hasOwn(ticket, 'shout')],
        [undefined, undefined, undefined, true],
      )
      await s.flush()
      assert.deepEqual([ticket.state, ticket.note, ticket.shout], ['open', 'none', 'BROKEN'])
      const readBack = database.supports.insertReturning ? [] : ['select ticket']
      assert.deepEqual(targets(sent), ['insert ticket', ...readBack])
      await s.flush()
      assert.deepEqual(targets(sent), [])
    })

    // session 3.17
    it('reads a computed column back after an UPDATE', async (t) => {
      const { session, sent } = await database.open(t, { Ticket })
      const s = session()
      const ticket = s.add(new Ticket({ title: 'broken' }))
      await s.flush()
      sent.clear()
      ticket.title = 'mended'
      await s.flush()
      const readBack = database.supports.updateReturning ? [] : ['select ticket']
      assert.deepEqual(targets(sent), ['update ticket', ...readBack])
      assert.equal(ticket.shout, 'MENDED')
      sent.clear()
      await s.flush()
      assert.equal(sent.count(), 0)
    })

    // session 3.19
    it('fills foreign keys from parents of the same flush', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = new User({ name: 'ada' })
      const post = s.add(new Post({ title: 'one', author: ada, editor: ada }))
      assert.deepEqual([post.authorId, post.editorId], [undefined, null])
      await s.flush()
      assert.deepEqual([post.authorId, post.editorId], [ada.id, ada.id])
    })

    // session 3.19
    it('lets a relation win over its foreign key, and its null as well', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const [ada, bob] = [s.add(new User({ name: 'ada' })), s.add(new User({ name: 'bob' }))]
      await s.flush()
      const post = s.add(
        new Post({ title: 'one', authorId: ada.id, author: bob, editorId: ada.id, editor: null }),
      )
      await s.flush()
      assert.deepEqual([post.authorId, post.editorId], [bob.id, null])
    })

    // settled M4
    it('lets a foreign key win that was set after its relation', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const [ada, bob] = [s.add(new User({ name: 'ada' })), s.add(new User({ name: 'bob' }))]
      await s.flush()
      const post = s.add(new Post({ title: 'one', author: ada }))
      assert.equal(post.authorId, ada.id)
      post.authorId = bob.id
      assert.equal(post.author, bob)
      await s.flush()
      assert.equal(post.authorId, bob.id)
    })

    it('names a missing foreign key and the relation that would give it', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one' }))
      await failure('FLUSH', ['Post (pending', 'Post.authorId', 'Set author, or authorId'], () =>
        s.flush(),
      )
      assert.equal(sent.count(), 0)
      post.author = new User({ name: 'ada' })
      await s.commit()
      assert.equal(await session().select(Post).count(), 1)
    })
  })
}
