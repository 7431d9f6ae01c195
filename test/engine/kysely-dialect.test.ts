import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Database } from 'athanor'
import { Kysely, sql } from 'kysely'
import type { Engine } from '../../src/engine/index.ts'
import { UniqueViolationError } from '../../src/errors/index.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { addPerson, migrate, migratorOf, petsByOwner, type Tables } from './kysely-app.ts'
import { record } from './support.ts'

interface App {
  readonly kysely: Kysely<Tables>
  readonly engine: Engine
}

/** The application on an empty database: its tables made by its own migrations. */
async function start(t: TestContext, database: DatabaseKind): Promise<App> {
  const { url, release } = await database.lend()
  const db = new Database({ url, models: {} })
  const { engine } = db
  t.after(async () => {
    await db.dispose()
    await release()
  })
  const kysely = new Kysely<Tables>({ dialect: engine.kyselyDialect() })
  await migrate(kysely, engine.dialect.kyselyFlavour)
  return { kysely, engine }
}

for (const database of databases()) {
  const flavour = database.dialect.kyselyFlavour

  describe(`Kysely on an engine, ${database.name}`, () => {
    // settled C3
    it('migrates, up and down, once however many start at the same time', async (t) => {
      const { kysely, engine } = await start(t, database)
      assert.deepEqual(await migrate(kysely, flavour), [], 'nothing is left to do')
      const { error } = await migratorOf(kysely, flavour).migrateDown()
      assert.equal(error, undefined)
      const results = await Promise.all([migrate(kysely, flavour), migrate(kysely, flavour)])
      assert.deepEqual(results.flat(), ['002_pet Success'])
      assert.equal(engine.status.inUse, 0)
    })

    it('runs queries, joins, updates and deletes, and counts what they touch', async (t) => {
      const { kysely, engine } = await start(t, database)
      await addPerson(kysely, 'Ada', ['Rex', 'Tom'])
      await addPerson(kysely, 'Bob', ['Kit'])
      assert.deepEqual(await petsByOwner(kysely), { Ada: ['Rex', 'Tom'], Bob: ['Kit'] })
      const [updated] = await kysely
        .updateTable('person')
        .set((eb) => ({ score: eb('score', '+', 1) }))
        .where('score', '>', 0)
        .execute()
      assert.equal(updated?.numUpdatedRows, 2n)
      const scores = await kysely.selectFrom('person').select('score').orderBy('id').execute()
      assert.deepEqual(scores, [{ score: 3 }, { score: 2 }])
      const { count } = await kysely
        .selectFrom('pet')
        .select((eb) => eb.fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
      assert.equal(Number(count), 3)
      const deleted = await kysely.deleteFrom('pet').where('name', '=', 'Tom').executeTakeFirst()
      assert.equal(deleted.numDeletedRows, 1n)
      assert.equal(engine.status.inUse, 0)
    })

    it('tells generated keys as the database does', async (t) => {
      const { kysely } = await start(t, database)
      const values = { name: 'Ada', score: 1, born: null }
      if (flavour === 'mysql') {
        const { insertId } = await kysely
          .insertInto('person')
          .values(values)
          .executeTakeFirstOrThrow()
        assert.equal(insertId, 1n)
      } else {
        const insert = kysely.insertInto('person').values(values).returning(['id', 'name'])
        assert.deepEqual(await insert.execute(), [{ id: 1, name: 'Ada' }])
      }
    })

    it('takes and gives the values of its own dialects', async (t) => {
      const { kysely } = await start(t, database)
      const born = new Date('1815-12-10T01:02:03.004Z')
      await kysely.insertInto('person').values({ name: 'Ada', score: 0, born }).execute()
      const { id } = await kysely.selectFrom('person').select('id').executeTakeFirstOrThrow()
      const tags = JSON.stringify(['a', { b: null }])
      await kysely.insertInto('pet').values({ owner_id: id, name: 'Rex', tags }).execute()
      const person = await kysely.selectFrom('person').selectAll().executeTakeFirstOrThrow()
      const pet = await kysely.selectFrom('pet').selectAll().executeTakeFirstOrThrow()
      assert.deepEqual(new Date(person.born ?? 0), born)
      assert.equal(person.born instanceof Date, flavour !== 'sqlite')
      assert.deepEqual(pet.tags, flavour === 'postgres' ? ['a', { b: null }] : tags)
      const found = await kysely
        .selectFrom('person')
        .select('name')
        .where('born', '=', born)
        .execute()
      assert.deepEqual(found, [{ name: 'Ada' }])
      if (flavour !== 'postgres') return
      const { rows } = await sql<{ ok: boolean }>`
        select ${['a', 'b"\\', null]}::text[] = array['a', 'b"\\', null] as ok`.execute(kysely)
      assert.deepEqual(rows, [{ ok: true }])
    })

    it('commits and rolls back, and to savepoints', async (t) => {
      const { kysely, engine } = await start(t, database)
      await addPerson(kysely, 'Ada', ['Rex'])
      await assert.rejects(addPerson(kysely, 'Ada', ['Tom']), UniqueViolationError)
      assert.deepEqual(await petsByOwner(kysely), { Ada: ['Rex'] })

      const trx = await kysely.startTransaction().execute()
      await trx.updateTable('person').set({ score: 10 }).execute()
      const inner = await trx.savepoint('inner').execute()
      await inner.updateTable('person').set({ score: 20 }).execute()
      await inner.rollbackToSavepoint('inner').execute()
      const other = await trx.savepoint('other').execute()
      await other.insertInto('person').values({ name: 'Bob', score: 1, born: null }).execute()
      await other.releaseSavepoint('other').execute()
      await trx.commit().execute()
      const people = await kysely
        .selectFrom('person')
        .select(['name', 'score'])
        .orderBy('name')
        .execute()
      assert.deepEqual(people, [
        { name: 'Ada', score: 10 },
        { name: 'Bob', score: 1 },
      ])
      assert.equal(engine.status.inUse, 0)
    })

    it('has the isolation level and access mode that a transaction asks for, and no other', async (t) => {
      const { kysely } = await start(t, database)
      await assert.rejects(
        kysely
          .transaction()
          .setAccessMode('read only')
          .execute((trx) =>
            trx.insertInto('person').values({ name: 'x', score: 1, born: null }).execute(),
          ),
      )
      await assert.rejects(
        kysely
          .transaction()
          .setIsolationLevel('snapshot')
          .execute(() => Promise.resolve()),
        { code: 'ARGUMENT' },
      )
      const count = await kysely
        .transaction()
        .setIsolationLevel('serializable')
        .execute((trx) => trx.selectFrom('person').selectAll().execute())
      assert.equal(count.length, 0)
    })

    it('streams, and may leave early', async (t) => {
      const { kysely, engine } = await start(t, database)
      await kysely
        .insertInto('person')
        .values(Array.from({ length: 25 }, (_, i) => ({ name: `p${i}`, score: i, born: null })))
        .execute()
      const query = kysely.selectFrom('person').select(['name', 'score']).orderBy('score')
      const all: number[] = []
      for await (const { score } of query.stream(10)) all.push(score)
      assert.deepEqual(
        all,
        Array.from({ length: 25 }, (_, i) => i),
      )
      for await (const row of query.stream(10)) {
        assert.deepEqual(row, { name: 'p0', score: 0 })
        break
      }
      await kysely.transaction().execute(async (trx) => {
        let seen = 0
        for await (const { name } of trx.selectFrom('person').select('name').stream(7))
          seen += name.length > 0 ? 1 : 0
        assert.equal(seen, 25)
      })
      assert.equal(engine.status.inUse, 0)
      assert.equal((await query.execute()).length, 25)
    })

    it('knows the tables that are there', async (t) => {
      const { kysely } = await start(t, database)
      const tables = await kysely.introspection.getTables()
      const person = tables.find(({ name }) => name === 'person')
      assert.deepEqual(person?.columns.map(({ name }) => name).toSorted(), [
        'born',
        'id',
        'name',
        'score',
      ])
      assert.equal(person?.columns.find(({ name }) => name === 'name')?.isNullable, false)
    })

    it('keeps one connection for what runs in connection()', async (t) => {
      const { kysely } = await start(t, database)
      await kysely.connection().execute(async (db) => {
        await sql`create temporary table scratch (x integer)`.execute(db)
        await sql`insert into scratch values (1)`.execute(db)
        const { rows } = await sql<{ x: number }>`select x from scratch`.execute(db)
        assert.deepEqual(rows, [{ x: 1 }])
        await sql`drop table scratch`.execute(db)
      })
    })

    it('takes no notice of signals that do not abort, and gives up for those that do', async (t) => {
      const { kysely, engine } = await start(t, database)
      const abort = new AbortController()
      const query = kysely.selectFrom('person').selectAll()
      assert.deepEqual(await query.execute({ signal: abort.signal }), [])
      abort.abort()
      await assert.rejects(query.execute({ signal: abort.signal }))
      assert.equal(engine.status.inUse, 0)
    })

    it(
      'cancels a statement on the server, and none after it',
      { ...cancelling(database) },
      async (t) => {
        const { kysely, engine } = await start(t, database)
        const slow = flavour === 'postgres' ? sql`select pg_sleep(30)` : sql`select sleep(30)`
        for (const inflightQueryAbortStrategy of ['cancel query', 'kill session'] as const) {
          const abort = new AbortController()
          const running = assert.rejects(
            slow.execute(kysely, { signal: abort.signal, inflightQueryAbortStrategy }),
          )
          const sent = record(engine)
          setTimeout(() => abort.abort(), 50)
          await running
          const { rows } = await sql<{ x: number }>`select 1 as x`.execute(kysely)
          assert.deepEqual(rows, [{ x: 1 }])
          while (engine.status.inUse > 0) await new Promise((resolve) => setImmediate(resolve))
          assert.ok(sent.length <= 3)
        }
      },
    )

    it('leaves the engine open when it is destroyed, unless it is to close it', async (t) => {
      const { kysely, engine } = await start(t, database)
      await kysely.destroy()
      const owner = new Kysely<Tables>({ dialect: engine.kyselyDialect({ closesEngine: true }) })
      assert.deepEqual(await owner.selectFrom('person').selectAll().execute(), [])
      await owner.destroy()
      await assert.rejects(engine.ping(), { code: 'POOL_CLOSED' })
    })
  })
}

function cancelling(database: DatabaseKind): { skip?: string } {
  return database.needs('statements that a signal can end', database.facts.isServer)
}
