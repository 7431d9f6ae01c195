import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Fastify from 'fastify'
import { id, int, Model, text, uuid, varchar } from 'athanor'
import { databases } from '../support/databases.ts'
import { Author, open, Post, Tag } from './support.ts'

class Page extends Model({
  id: uuid()
    .primaryKey()
    .default(() => crypto.randomUUID()),
  title: text(),
}) {}
class Line extends Model({
  orderId: int().primaryKey(),
  number: int().primaryKey(),
  what: text().nullable(),
}) {}
class Word extends Model({ word: varchar(5).primaryKey(), meaning: text().nullable() }) {}
class Count extends Model({ id: id(), value: int(), label: text() }) {}

const missing = {
  name: 'NotFoundError',
  code: 'NOT_FOUND',
  status: 404,
  statusCode: 404,
  expose: true,
}

describe('the 404 helpers', () => {
  // web 61
  it('getOr404 gives the session’s own object, from memory without SQL, with its relations in one load', async (t) => {
    const { db, sent } = await open(t)
    await db.run(
      () => db.session.add(new Post({ title: 'a', author: new Author({ name: 'ada' }) })),
      { commit: 'onSuccess' },
    )
    await db.run(async () => {
      const post = await db.getOr404(Post, 1)
      sent.clear()
      assert.equal(await db.getOr404(Post, 1), post)
      assert.equal(sent.count(), 0)
      const full = await db.getOr404(Post, '1', { with: ['author'] })
      assert.equal(full, post)
      assert.equal(full.author?.name, 'ada')
      assert.equal(sent.count(), 1)
    })
  })

  // web 61
  // settled M9
  it('getOr404 asks nothing for what cannot be a key', async (t) => {
    const { db, sent } = await open(t, { models: { Page, Line, Word, Count } })
    await db.run(async () => {
      sent.clear()
      for (const key of [
        null,
        undefined,
        'abc',
        '',
        '1.5',
        '1e3',
        ' 1',
        '+1',
        '007',
        Number.NaN,
        1.5,
        2 ** 60,
        '99999999999999999999',
      ]) {
        await assert.rejects(db.getOr404(Count, key), missing, String(key))
      }
      for (const key of ['x', '123e4567-e89b-12d3-a456-42661417400', null])
        await assert.rejects(db.getOr404(Page, key), missing)
      await assert.rejects(db.getOr404(Word, 'longer than five'), missing)
      await assert.rejects(db.getOr404(Line, { orderId: '1', number: 'x' }), missing)
      await assert.rejects(db.getOr404(Line, null), missing)
      for (const several of [[], ['1'], ['1', '2']]) {
        await assert.rejects(db.getOr404(Count, several), missing)
        await assert.rejects(db.getOr404(Word, several), missing)
        await assert.rejects(db.getOr404(Line, several), missing)
        await assert.rejects(db.getOr404(Line, { orderId: several, number: '1' }), missing)
      }
      assert.equal(sent.count(), 0)
      for (const key of [1, '1', '0', '-1']) await assert.rejects(db.getOr404(Count, key), missing)
      await assert.rejects(db.getOr404(Line, { orderId: '1', number: '2' }), missing)
      assert.equal(sent.count(), 5)
    })
  })

  it('getOr404 reads keys from URLs as the numbers that they are', async (t) => {
    const { db } = await open(t, { models: { Line } })
    await db.run(() => db.session.add(new Line({ orderId: 7, number: 2, what: 'tea' })), {
      commit: 'onSuccess',
    })
    const line = await db.run(() => db.getOr404(Line, { orderId: '7', number: '2' }))
    assert.equal(line.what, 'tea')
  })

  // web 62
  it('firstOr404 takes the first row, with LIMIT 1, and NULL for a value', async (t) => {
    const { db, sent } = await open(t, { models: { Word } })
    await db.run(
      () =>
        db.session.addAll([
          new Word({ word: 'b', meaning: null }),
          new Word({ word: 'a', meaning: 'first' }),
        ]),
      { commit: 'onSuccess' },
    )
    await db.run(async () => {
      sent.clear()
      assert.equal((await db.firstOr404(db.select(Word))).word, 'a')
      assert.match(sent.texts().join(), /limit/i)
      assert.equal(await db.firstOr404(db.select(Word.c.meaning).where(Word.c.word.eq('b'))), null)
      sent.clear()
      await assert.rejects(
        db.firstOr404(db.select(Word.c.meaning).where(Word.c.word.eq('z'))),
        missing,
      )
      await assert.rejects(db.firstOr404(Word.query().where({ word: 'z' })), missing)
      await assert.rejects(db.firstOr404(db.session.sql`select 1 where 1 = 0`), missing)
      assert.equal(sent.count(), 3, 'one statement each')
    })
  })

  // web 63
  it('oneOr404 takes the only row, with LIMIT 2, and several for none unless that is a bug', async (t) => {
    const { db, sent } = await open(t, { models: { Word } })
    await db.run(
      () =>
        db.session.addAll([
          new Word({ word: 'b', meaning: null }),
          new Word({ word: 'a', meaning: 'first' }),
        ]),
      { commit: 'onSuccess' },
    )
    await db.run(async () => {
      sent.clear()
      assert.equal((await db.oneOr404(Word.query().where({ word: 'a' }))).meaning, 'first')
      assert.match(sent.texts().join(), /limit/i)
      assert.equal(await db.oneOr404(db.select(Word.c.meaning).where(Word.c.word.eq('b'))), null)
      await assert.rejects(db.oneOr404(Word.query().where({ word: 'z' })), missing)
      await assert.rejects(db.oneOr404(db.select(Word)), missing)
      await assert.rejects(db.oneOr404(db.select(Word), { onMultiple: 'throw' }), {
        code: 'MULTIPLE_RESULTS_FOUND',
      })
    })
  })

  // web 64
  it('take 0, the empty text and false for values', async (t) => {
    const { db } = await open(t, { models: { Count } })
    await db.run(() => db.session.add(new Count({ value: 0, label: '' })), { commit: 'onSuccess' })
    await db.run(async () => {
      assert.equal(await db.firstOr404(db.select(Count.c.value)), 0)
      assert.equal(await db.oneOr404(db.select(Count.c.label)), '')
      assert.equal((await db.oneOr404(db.select(Count.c.value.gt(0)))) ? 'yes' : 'no', 'no')
    })
  })

  // web 65
  it('bring their description to the client, and may answer otherwise', async (t) => {
    const { db } = await open(t)
    await db.run(async () => {
      await assert.rejects(db.getOr404(Post, 1, { description: 'No such post.' }), {
        ...missing,
        message: 'No such post.',
      })
      await assert.rejects(db.firstOr404(db.select(Tag), { description: 'No tags yet.' }), {
        ...missing,
        message: 'No tags yet.',
      })
      await assert.rejects(db.oneOr404(db.select(Tag), { description: 'No tags yet.' }), {
        ...missing,
        message: 'No tags yet.',
      })
      await assert.rejects(db.getOr(Post, 1, 403, { description: 'Not yours.' }), {
        status: 403,
        statusCode: 403,
        message: 'Not yours.',
      })
      await assert.rejects(
        db.getOr(Post, 1, () => new RangeError('of my own')),
        RangeError,
      )
      const error = await db
        .getOr404(Post, 1)
        .catch((thrown: { getResponse(): Response }) => thrown)
      assert.equal((error as { getResponse(): Response }).getResponse().status, 404)
      const bare = Fastify()
      bare.get('/', async () => {
        throw error
      })
      const reply = await bare.inject('/')
      assert.deepEqual(
        [reply.statusCode, reply.json<{ message: string }>().message],
        [404, 'Not found.'],
      )
    })
  })

  // web 66
  it('have inferred types without null', async (t) => {
    const { db } = await open(t)
    await db.run(
      () => db.session.add(new Post({ title: 'a', author: new Author({ name: 'ada' }) })),
      { commit: 'onSuccess' },
    )
    await db.run(async () => {
      const post: Post = await db.getOr404(Post, 1)
      const title: string = await db.firstOr404(db.select(Post.c.title))
      const row: { title: string; name: string | null } = await db.oneOr404(
        db.select({ title: Post.c.title, name: Post.c.author.c.name }),
      )
      assert.deepEqual([post.title, title, row], ['a', 'a', { title: 'a', name: 'ada' }])
    })
  })

  // web 60
  // seed 27
  it('have Post.query() beside them, which finds the open scope of the Database that knows the class', async (t) => {
    const { db } = await open(t)
    const { db: other } = await open(t)
    await db.run(() => db.session.add(new Post({ title: 'here' })), { commit: 'onSuccess' })
    await db.run(async () => {
      const post = await Post.query().where({ title: 'here' }).first()
      assert.equal(post, await db.session.get(Post, 1))
      await other.run(async () => {
        await assert.rejects(
          async () => Post.query().all(),
          (error: Error & { code?: string }) =>
            error.code === 'NO_SCOPE' &&
            /two databases have an open scope here \(<Database sqlite:.*>, <Database sqlite:.*>\)/.test(
              error.message,
            ),
        )
      })
    })
    const fetching: readonly (() => Promise<unknown>)[] = [
      () => Post.query().all(),
      () => Post.query().first(),
      () => Post.query().count(),
      () => Post.query().paginate(),
      () => Post.query().paginateKeyset(),
      () => Post.query().stream()[Symbol.asyncIterator]().next(),
      () => db.select(Post).exists(),
    ]
    for (const fetch of fetching) await assert.rejects(fetch(), { code: 'NO_SCOPE' })
  })
})

describe('db.paginate', () => {
  it('answers a page that does not exist by a 404, and the query’s own paginate by an empty page', async (t) => {
    const { db, sent } = await open(t)
    await db.run(
      () =>
        db.session.addAll(Array.from({ length: 45 }, (_, i) => new Post({ title: `post ${i}` }))),
      { commit: 'onSuccess' },
    )
    await db.run(async () => {
      sent.clear()
      const page = await db.paginate(db.select(Post).orderBy(Post.c.id.desc()), { page: 2 })
      assert.deepEqual(
        [page.total, page.pages, page.items[0]?.id, page.items.length],
        [45, 3, 25, 20],
      )
      assert.equal(sent.count(), 2)
      const last = await page.next()
      assert.deepEqual([last.items.length, last.total, sent.count()], [5, 45, 1])
      await assert.rejects(db.paginate(db.select(Post), { page: 4 }), missing)
      assert.deepEqual((await db.select(Post).paginate({ page: 4 })).items, [])
      assert.deepEqual((await db.paginate(db.select(Post), { page: 4, errorOut: false })).items, [])
    })
  })
})

for (const database of databases()) {
  describe(`keys from clients on ${database.name}`, () => {
    // settled M9
    it('are of no row where the database would refuse to look for them', async (t) => {
      const { db } = await database.open(t, { Word })
      await db.run(async () => {
        for (const key of ['a\0', '\uD800'])
          await assert.rejects(db.getOr404(Word, key), missing, JSON.stringify(key))
      })
    })
  })
}
