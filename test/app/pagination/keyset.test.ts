import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  belongsTo,
  count,
  decimal,
  float,
  hasMany,
  id,
  int,
  Model,
  oneOf,
  timestamp,
  varchar,
  type KeysetPage,
  type RowQuery,
  type SelectEntity,
} from 'athanor'
import { paginateKeyset } from '../../../src/app/pagination/index.ts'
import { databases, type DatabaseKind } from '../../support/databases.ts'

class Author extends Model({
  id: id(),
  name: varchar(20),
  notes: () => hasMany(Note, 'author'),
}) {}

class Note extends Model({
  id: id(),
  rank: int().nullable(),
  mood: oneOf('calm', 'wild').nullable(),
  price: decimal(8, 2),
  writtenAt: timestamp().nullable(),
  weight: float().default(0),
  authorId: int().nullable(),
  author: () => belongsTo(Author),
}) {}

/** A key of two columns. */
class Entry extends Model({
  book: varchar(10).primaryKey(),
  line: int().primaryKey(),
  text: varchar(20),
}) {}

const models = { Author, Note, Entry }
/** What stands in a cursor, and a cursor of that. */
const listOf = (cursor: unknown): unknown[] =>
  JSON.parse(Buffer.from(String(cursor), 'base64url').toString()) as unknown[]
const cursorOf = (list: unknown): string => Buffer.from(JSON.stringify(list)).toString('base64url')

const badCursor = { name: 'NotFoundError', code: 'BAD_CURSOR', statusCode: 404 }

/** Fourteen notes whose columns have equal values and NULL in different rows. */
async function open(t: TestContext, database: DatabaseKind, options?: Record<string, unknown>) {
  const opened = await database.open(t, models, { diagnostics: false, ...options })
  const s = opened.session()
  const authors = ['ada', 'bob'].map((name) => s.add(new Author({ name })))
  await s.flush() // the numbers of the authors do not depend on what follows
  for (let n = 1; n <= 14; n += 1)
    s.add(
      new Note({
        id: n,
        rank: n % 4 === 0 ? null : n % 3,
        mood: n % 5 === 0 ? null : n % 2 === 0 ? 'calm' : 'wild',
        price: `${n % 3 === 0 ? 10 : n % 7}.50`,
        writtenAt: n % 6 === 0 ? null : new Date(Date.UTC(2026, 0, 1 + (n % 4), 12, 0, 0, n % 2)),
        ...(n % 3 === 0 ? {} : { author: authors[n % 2] }),
      }),
    )
  await s.commit()
  return { ...opened, s }
}

/** All rows of a query by its pages, forwards by cursors from the beginning, then backwards from the end; says whether each page knew its neighbours. */
async function walk<Row>(query: RowQuery<Row>, size: number): Promise<[Row[], Row[]]> {
  let page = await query.paginateKeyset({ size })
  const forwards = [...page]
  assert.equal(page.hasPrev, false)
  while (page.hasNext) {
    page = await query.paginateKeyset({ size, after: page.endCursor })
    assert.equal(page.hasPrev, true)
    assert.ok(page.items.length > 0, 'hasNext promised a row')
    forwards.push(...page)
  }
  const backwards = [...page]
  while (page.hasPrev) {
    page = await query.paginateKeyset({ size, before: page.startCursor })
    assert.equal(page.hasNext, true)
    assert.ok(page.items.length > 0, 'hasPrev promised a row')
    backwards.unshift(...page)
  }
  return [forwards, backwards]
}

const idsOf = (notes: Iterable<Note>): number[] => [...notes].map((note) => note.id)

for (const database of databases()) {
  describe(`paginateKeyset on ${database.name}`, () => {
    const orders: Readonly<
      Record<string, (query: SelectEntity<Note, Note>) => SelectEntity<Note, Note>>
    > = {
      'no order': (query) => query,
      'a column that may be NULL': (query) => query.orderBy(Note.c.rank),
      'the same downwards': (query) => query.orderBy(Note.c.rank.desc()),
      'NULL first': (query) => query.orderBy(Note.c.rank.asc().nullsFirst()),
      'NULL last, downwards': (query) => query.orderBy(Note.c.rank.desc().nullsLast()),
      'two columns in mixed directions': (query) =>
        query.orderBy(Note.c.rank.desc().nullsFirst(), Note.c.mood),
      'three columns': (query) =>
        query.orderBy(Note.c.mood.desc(), Note.c.rank, Note.c.price.desc()),
      'a decimal number': (query) => query.orderBy(Note.c.price),
      'a time': (query) => query.orderBy(Note.c.writtenAt.desc()),
      'an expression': (query) => query.orderBy(Note.c.rank.plus(Note.c.id).desc()),
      'a relation that may be missing': (query) => query.orderBy(Note.c.author.c.name.desc()),
      'its own key': (query) => query.orderBy(Note.c.rank, Note.c.id.desc()),
    }

    // web 81
    it('gives every row once, forwards and backwards, by whatever it is sorted', async (t) => {
      const { s } = await open(t, database)
      for (const [name, ordered] of Object.entries(orders)) {
        const query = ordered(s.select(Note))
        for (const size of [1, 4, 7]) {
          const [forwards, backwards] = await walk(query, size)
          assert.equal(new Set(forwards).size, 14, `${name}: every row once`)
          assert.deepEqual(idsOf(backwards), idsOf(forwards), `${name}: backwards`)
        }
      }
    })

    // web 81
    it('sorts as all() does, and by the primary key in the last direction where that leaves it open', async (t) => {
      const { s } = await open(t, database)
      for (const order of [
        [Note.c.rank.desc(), Note.c.mood.asc(), Note.c.id.asc()],
        [Note.c.mood.desc(), Note.c.price.desc(), Note.c.id.desc()],
        [Note.c.author.c.name.desc(), Note.c.id.desc()],
        [Note.c.writtenAt.asc().nullsLast(), Note.c.id.asc()],
      ]) {
        const plain = await s
          .select(Note)
          .orderBy(...order)
          .all()
        const [forwards] = await walk(s.select(Note).orderBy(...order.slice(0, -1)), 3)
        assert.deepEqual(idsOf(forwards), idsOf(plain))
      }
    })

    // web 81
    it('is not moved by rows that come and go in front of it, and sends one statement a page without a count', async (t) => {
      const { s, sent } = await open(t, database)
      const query = s.select(Note).orderBy(Note.c.price.desc(), Note.c.id)
      const all = await query.all()
      const first = await query.paginateKeyset({ size: 5 })
      s.add(new Note({ id: 100, price: '99.00' }))
      const third = all[2]
      assert.ok(third)
      s.delete(third)
      await s.commit()
      sent.clear()
      const second = await first.next()
      assert.deepEqual(idsOf(second), idsOf(all.slice(5, 10)))
      assert.deepEqual(sent.kinds(), ['select'])
      const back = await second.prev()
      assert.deepEqual(
        sent.texts().filter((text) => text.includes('count(')),
        [],
      )
      assert.deepEqual(
        idsOf(back),
        [100, ...idsOf(all.slice(0, 5))].filter((n) => n !== third.id),
      )
    })

    // web 81
    it('knows its neighbours where the row of the cursor has gone, by one more statement', async (t) => {
      const { s, sent } = await open(t, database)
      const query = s.select(Note).orderBy(Note.c.id)
      const first = await query.paginateKeyset({ size: 1 })
      const after = await query.paginateKeyset({ size: 2, after: first.endCursor })
      assert.deepEqual([idsOf(after), after.hasPrev, after.hasNext], [[2, 3], true, true])
      await s.deleteFrom(Note).where(Note.c.id.lte(1))
      await s.commit()
      sent.clear()
      const again = await query.paginateKeyset({ size: 2, after: first.endCursor })
      assert.deepEqual([idsOf(again), again.hasPrev, again.hasNext], [[2, 3], false, true])
      assert.equal(sent.count(), 2)
      const third = await query.paginateKeyset({ size: 2, after: after.endCursor })
      await s.deleteFrom(Note).where({ id: 3 })
      await s.commit()
      const back = await third.prev()
      assert.deepEqual([idsOf(back), back.hasPrev, back.hasNext], [[2], false, true])
    })

    it('gives empty pages cursors that lead back, and on to what is not there yet', async (t) => {
      const { s } = await open(t, database)
      const query = s.select(Note).orderBy(Note.c.id)
      const last = await query.where(Note.c.id.gte(13)).paginateKeyset({ size: 5 })
      const past = await last.next()
      assert.deepEqual([past.items, past.hasPrev, past.hasNext], [[], true, false])
      assert.equal(past.endCursor, last.endCursor)
      assert.deepEqual(idsOf(await past.prev()), [13, 14])
      const back = await query.paginateKeyset({ size: 1, before: past.startCursor })
      assert.deepEqual([idsOf(back), back.hasNext, back.hasPrev], [[14], false, true])
      s.add(new Note({ id: 15, price: '1.00' }))
      assert.deepEqual(idsOf(await query.paginateKeyset({ after: past.endCursor })), [15])
      const before = await (await query.paginateKeyset({ size: 3 })).prev()
      assert.deepEqual([before.items, before.hasPrev, before.hasNext], [[], false, true])
      assert.deepEqual(idsOf(await before.next()), [1, 2, 3])
      const none = await s.select(Note).where({ id: 99 }).paginateKeyset()
      assert.deepEqual(none.toJSON(), {
        items: [],
        size: 20,
        hasPrev: false,
        hasNext: false,
        startCursor: null,
        endCursor: null,
      })
    })

    it('pages over records, values, joined rows and keys of several columns', async (t) => {
      const { s } = await open(t, database)
      for (const book of ['a', 'b'])
        for (const line of [2, 1, 3]) s.add(new Entry({ book, line, text: `${book}${line}` }))
      await s.commit()
      const [texts] = await walk(s.select(Entry.c.text).orderBy(Entry.c.book.desc()), 2)
      assert.deepEqual(texts, ['b3', 'b2', 'b1', 'a3', 'a2', 'a1'])
      const [ranks] = await walk(
        s.select(Note.c.rank).where(Note.c.id.lte(6)).orderBy(Note.c.rank),
        2,
      )
      assert.deepEqual(
        ranks,
        await s.select(Note.c.rank).where(Note.c.id.lte(6)).orderBy(Note.c.rank).all(),
      )
      const joined = s
        .select({ author: Author.c.name, note: Note.c.id })
        .from(Author)
        .join(Author.c.notes)
        .orderBy(Author.c.name)
      const [rows, backwards] = await walk(joined, 3)
      assert.deepEqual(rows, await joined.orderBy(Author.c.id, Note.c.id).all())
      assert.deepEqual(backwards, rows)
      const [withAuthor] = await walk(s.select(Note).with('author').orderBy(Note.c.rank), 4)
      assert.ok(withAuthor.every((note) => note.author === null || note.author.name.length === 3))
      const distinct = s.select(Author).join(Author.c.notes).where(Note.c.id.lte(9)).distinct()
      const [authors] = await walk(distinct.orderBy(Author.c.name.desc()), 1)
      assert.deepEqual(
        authors.map(({ name }) => name),
        ['bob', 'ada'],
      )
    })

    // settled M21
    it('answers a cursor that is none, or of another order, by BAD_CURSOR, and sends nothing', async (t) => {
      const { s, sent } = await open(t, database)
      const query = s.select(Note).orderBy(Note.c.rank)
      const { endCursor } = await query.paginateKeyset({ size: 2 })
      const other = await s.select(Note).orderBy(Note.c.rank.desc()).paginateKeyset({ size: 2 })
      const entries = await s.select(Entry).paginateKeyset()
      assert.equal(entries.endCursor, null)
      sent.clear()
      const remade = (change: (list: unknown[]) => unknown): string =>
        cursorOf(change(listOf(endCursor)))
      const bad: unknown[] = [
        '',
        'x',
        '%',
        'bnVsbA',
        'a'.repeat(10_000),
        other.endCursor,
        `${String(endCursor)}.`,
        remade((list) => list.slice(0, 3)),
        remade((list) => [...list, 1]),
        remade(([digest, , ...rest]) => [digest, 2, ...rest]),
        remade(([digest, mode]) => [digest, mode, 'x', 1]),
        remade(([digest, mode]) => [digest, mode, 1, null]),
        remade(([digest, mode]) => [digest, mode, { d: 'never' }, 1]),
        remade(([digest, mode]) => [digest, mode, { n: '1; drop table note' }, 1]),
        remade(([digest, mode]) => [digest, mode, [1], 1]),
        remade(([, ...rest]) => ['AAAAAAAA', ...rest]),
        remade(() => ({})),
        7,
        ['a'],
      ]
      for (const cursor of bad)
        for (const side of ['after', 'before'])
          await assert.rejects(
            query.paginateKeyset({ [side]: cursor as string }),
            badCursor,
            String(cursor),
          )
      await assert.rejects(query.paginateKeyset({ after: endCursor, before: endCursor }), badCursor)
      assert.equal(sent.count(), 0)
      const made = remade(([digest, mode]) => [digest, mode, 1, 3])
      const ids = idsOf(await query.paginateKeyset({ after: made, size: 2 }))
      assert.equal(ids.length, 2, 'an unsigned place may be made up: it is only a place')
      assert.match(sent.texts().join(), /"rank" >= \?/)
    })

    it('finds its place behind a zero that has a sign', async (t) => {
      const { s } = await open(t, database)
      const query = s.select(Note).where(Note.c.id.lte(2)).orderBy(Note.c.weight)
      await s.update(Note).set({ weight: -0 }).everyRow()
      const first = await query.paginateKeyset({ size: 1 })
      const second = await query.paginateKeyset({ size: 1, after: first.endCursor })
      assert.deepEqual([idsOf(first), idsOf(second)], [[1], [2]])
    })

    // settled M21
    it('signs cursors with cursorSecret, so that nobody else can make one', async (t) => {
      const { db, s, sent } = await open(t, database, { cursorSecret: 'a secret of the test' })
      const query = s.select(Note).orderBy(Note.c.rank)
      const first = await query.paginateKeyset({ size: 3 })
      const [forwards] = await walk(query, 3)
      assert.equal(forwards.length, 14)
      const [payload = '', signature = ''] = String(first.endCursor).split('.')
      assert.equal(Buffer.from(signature, 'base64url').length, 16)
      sent.clear()
      const [elsewhere = ''] = String(first.startCursor).split('.')
      for (const cursor of [
        payload,
        `${payload}.`,
        `${payload}.${signature.slice(0, -3)}`,
        `${payload}.${signature}.${signature}`,
        `${payload}.${Buffer.alloc(16).toString('base64url')}`,
        `${elsewhere === payload ? 'x' : elsewhere}.${signature}`,
      ])
        await assert.rejects(query.paginateKeyset({ after: cursor }), badCursor, cursor)
      assert.equal(sent.count(), 0)
      assert.doesNotMatch(JSON.stringify(db), /a secret/)
    })

    it('refuses queries whose rows have no keys, and bounds beside its own', async (t) => {
      const { s } = await open(t, database)
      const refused: readonly [RegExp, RowQuery<unknown>][] = [
        [
          /no key tells them apart/,
          s.select({ rank: Note.c.rank, n: count() }).groupBy(Note.c.rank),
        ],
        [/`size` says/, s.select(Note).limit(5)],
        [/`size` says/, s.select(Note).offset(5)],
        [/distinct\(\)/, s.select(Note.c.rank).distinct()],
        [/distinct\(\)/, s.select(Note).distinct().orderBy(Note.c.author.c.name)],
        [/no SELECT/, s.sql`select 1 as one`],
      ]
      for (const [message, query] of refused)
        await assert.rejects(query.paginateKeyset(), { code: 'ARGUMENT', message })
    })
  })
}

describe('the size of a page by keys', () => {
  const [database] = databases()
  it('is what the program says, else the client, else 20, and never more than maxSize', async (t) => {
    assert.ok(database)
    const { s } = await open(t, database)
    const sizeOf = async (options: object): Promise<number> =>
      (await s.select(Note).paginateKeyset(options)).size
    assert.deepEqual(
      [
        await sizeOf({}),
        await sizeOf({ size: 7 }),
        await sizeOf({ size: 1_000 }),
        await sizeOf({ size: 1_000, maxSize: null }),
        await sizeOf({ size: 30, maxSize: 25 }),
        await sizeOf({ size: -3 }),
      ],
      [20, 7, 100, 1_000, 25, 20],
    )
    const none = { order: '', accepts: () => true, rows: async () => [] }
    const asked = await paginateKeyset(none, {}, { query: { page: '9', perPage: '7' } })
    assert.equal(asked.size, 7, 'a client asks by perPage')
    await assert.rejects(sizeOf({ size: '7' }), { code: 'ARGUMENT' })
    await assert.rejects(sizeOf({ maxSize: 0 }), { code: 'ARGUMENT', message: /maxSize 0/ })
    const page: KeysetPage<Note> = await s.select(Note).paginateKeyset({ size: 2 })
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(page)) as object), [
      'items',
      'size',
      'hasPrev',
      'hasNext',
      'startCursor',
      'endCursor',
    ])
  })
})
