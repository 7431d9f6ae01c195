import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  belongsTo,
  discriminator,
  hasMany,
  id,
  int,
  Model,
  uuid,
  uuidv7,
  varchar,
  type Session,
} from 'athanor'
import { openProxied, serverDatabases, type ProxiedDatabase } from './support.ts'

class Author extends Model({
  id: uuid().primaryKey().default(uuidv7),
  name: varchar(80),
  books: () => hasMany(Book, 'author'),
}) {}
class Book extends Model({
  id: uuid().primaryKey().default(uuidv7),
  title: varchar(80),
  authorId: uuid(),
  author: () => belongsTo(Author),
}) {}
class Shelf extends Model({
  id: id(),
  name: varchar(80),
  boxes: () => hasMany(Box, 'shelf'),
}) {}
class Box extends Model({
  id: id(),
  size: int(),
  shelfId: int(),
  shelf: () => belongsTo(Shelf),
}) {}
class Animal extends Model(
  { id: uuid().primaryKey().default(uuidv7), kind: discriminator() },
  { discriminator: 'animal' },
) {}
class Dog extends Animal.extend({ age: int() }, { inherit: 'joined', discriminator: 'dog' }) {}
const models = { Author, Book, Shelf, Box, Animal, Dog }

/** Flights of each unit of work. mysql2 waits for each answer, and MySQL has no RETURNING that would tell the keys of several rows. */
const FLIGHTS: Readonly<Record<string, Flights>> = {
  postgres: { read: 1, change: 2, write: 1, doubtful: 2, family: 1, parts: 1, chain: 2 },
  mariadb: { read: 1, change: 2, write: 1, doubtful: 2, family: 1, parts: 1, chain: 2 },
  mysql2: { read: 1, change: 4, write: 3, doubtful: 3, family: 5, parts: 6, chain: 103 },
}

interface Flights {
  /** A get. */
  readonly read: number
  /** Get, modify, commit. */
  readonly change: number
  /** One row with a key made here. */
  readonly write: number
  /** The same, where COMMIT must wait for a sign of life. */
  readonly doubtful: number
  /** A parent and 100 children, keys made here. */
  readonly family: number
  /** 100 rows that have a part in each of two tables, keys made here. */
  readonly parts: number
  /** A parent and 100 children, keys made by the server. */
  readonly chain: number
}

async function writeOne(session: Session): Promise<void> {
  session.add(new Author({ name: 'dan' }))
  await session.commit()
}

/** As long as it takes until chunks that were sent without waiting cannot be taken for an answer's. */
const LATENCY_MS = 4

for (const database of serverDatabases()) {
  const expected = FLIGHTS[database.name] ?? assert.fail(`no numbers for ${database.name}`)

  /** Flights of `work` when it was done before: statements are known to both sides then. */
  const flightsOf = async (
    { db, proxy }: ProxiedDatabase,
    work: (session: Session) => Promise<unknown>,
  ): Promise<number> => {
    for (let i = 0; i < 2; i += 1) await db.run(({ session }) => work(session))
    proxy.resetTraffic()
    await db.run(({ session }) => work(session))
    return proxy.traffic.flights
  }
  const open = (t: TestContext, options: object = {}): Promise<ProxiedDatabase> =>
    openProxied(t, database, {
      models,
      proxy: { latencyMs: LATENCY_MS },
      engineOptions: { pool: { size: 1 }, provenAliveMs: 60_000, ...options },
    })

  describe(`flights on ${database.name}`, () => {
    it(`takes ${expected.read} to read`, async (t) => {
      const flights = await flightsOf(await open(t), (session) => session.select(Author).all())
      assert.equal(flights, expected.read)
    })

    it(`takes ${expected.change} to get, modify and commit`, async (t) => {
      const flights = await flightsOf(await open(t), async (session) => {
        const author = (await session.select(Author).first()) ?? new Author({ name: 'new' })
        session.add(author)
        author.name = `${author.name}!`
        await session.commit()
      })
      assert.equal(flights, expected.change)
    })

    it(`takes ${expected.write} to write a row with a key that was made here`, async (t) => {
      assert.equal(await flightsOf(await open(t), writeOne), expected.write)
    })

    // settled A12
    it(`takes ${expected.family} to write a row and 100 that depend on it, with keys that were made here`, async (t) => {
      const flights = await flightsOf(await open(t), async (session) => {
        const books = Array.from({ length: 100 }, (_, i) => new Book({ title: `book ${i}` }))
        session.add(new Author({ name: 'eve', books }))
        await session.commit()
      })
      assert.equal(flights, expected.family)
    })

    it(`takes ${expected.parts} to write 100 rows of two tables, with keys that were made here`, async (t) => {
      const flights = await flightsOf(await open(t), async (session) => {
        session.addAll(Array.from({ length: 100 }, (_, age) => new Dog({ age })))
        await session.commit()
      })
      assert.equal(flights, expected.parts)
    })

    it(`takes ${expected.chain} to write a row and 100 that depend on it, with keys of the server`, async (t) => {
      const flights = await flightsOf(await open(t), async (session) => {
        const boxes = Array.from({ length: 100 }, (_, i) => new Box({ size: i }))
        session.add(new Shelf({ name: 'top', boxes }))
        await session.commit()
      })
      assert.equal(flights, expected.chain)
    })

    // settled H1
    // session 8.23
    it(`takes ${expected.doubtful} to write on a connection that has not proven that it lives`, async (t) => {
      const opened = await open(t, { provenAliveMs: 0 })
      assert.equal(await flightsOf(opened, writeOne), expected.doubtful)
    })

    // session 2.8
    it(
      'takes no more for a level and a mode of the transaction, which go with its first statement',
      database.needs('driver that sends without waiting', expected.write === 1),
      async (t) => {
        const opened = await open(t)
        const isolation = 'serializable'
        const written = await flightsOf(opened, (session) =>
          session.transaction(() => void session.add(new Author({ name: 'hal' })), { isolation }),
        )
        assert.equal(written, expected.write)
        opened.sent.clear()
        const read = await flightsOf(opened, (session) =>
          session.transaction(() => session.select(Author).all(), { isolation, readOnly: true }),
        )
        assert.deepEqual(opened.sent.kinds().slice(-3), ['begin', 'select', 'commit'])
        assert.equal(read, 2) // what is read is given to the program before COMMIT
      },
    )

    it('takes none to begin, to close and to roll back what sent nothing', async (t) => {
      const { proxy, db } = await open(t)
      await db.run(async ({ session }) => {
        await session.begin()
        await session.rollback()
        session.add(new Author({ name: 'gus' }))
        await session.rollback()
      })
      assert.equal(proxy.traffic.flights, 0)
    })

    // session 6.33
    // seed 23
    it('sends no ping: what it sends is what it was asked for', async (t) => {
      const { sent, db } = await open(t)
      sent.clear()
      for (let i = 0; i < 3; i += 1) await db.run(({ session }) => session.select(Author).all())
      assert.deepEqual(sent.kinds(), ['select', 'select', 'select'])
    })
  })
}
