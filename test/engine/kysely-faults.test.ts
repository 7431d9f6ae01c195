import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { CommitOutcomeUnknownError, DisconnectedError } from 'athanor'
import { Kysely, sql } from 'kysely'
import { openProxied, serverDatabases } from '../faults/support.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { models } from './server-support.ts'
import { addPerson, migrate, petsByOwner, type Tables } from './kysely-app.ts'

async function start(t: TestContext, database: DatabaseKind) {
  const { db, proxy } = await openProxied(t, database, { models })
  const kysely = new Kysely<Tables>({ dialect: db.engine.kyselyDialect() })
  await migrate(kysely, db.engine.dialect.kyselyFlavour)
  return { kysely, proxy }
}

const ada = { name: 'Ada', score: 1, born: null }

for (const database of serverDatabases()) {
  describe(`Kysely on an engine whose connections break, ${database.name}`, () => {
    it('sends BEGIN with the first statement, and nothing for a transaction that does nothing', async (t) => {
      const { kysely, proxy } = await start(t, database)
      proxy.latencyMs = 2
      const flights = async (work: () => Promise<unknown>): Promise<number> => {
        proxy.resetTraffic()
        await work()
        return proxy.traffic.flights
      }
      const read = (): Promise<unknown> => kysely.selectFrom('person').selectAll().execute()
      let added = 0
      const add = (): Promise<unknown> =>
        kysely.transaction().execute((trx) => {
          const values = { ...ada, name: `p${(added += 1)}` }
          return trx.insertInto('person').values(values).execute()
        })
      await read() // prepared from here on
      await add()
      assert.equal(await flights(read), 1)
      assert.equal(await flights(() => kysely.transaction().execute(async () => {})), 0)
      assert.equal(await flights(add), database.name === 'mysql2' ? 3 : 2)
    })

    it('reads again on another connection', async (t) => {
      const { kysely, proxy } = await start(t, database)
      await addPerson(kysely, 'Ada', ['Rex'])
      const cut = proxy.add({ match: 'inner join', action: 'dropBefore', times: 1 })
      assert.deepEqual(await petsByOwner(kysely), { Ada: ['Rex'] })
      assert.equal(cut.hits, 1)
      proxy.cut()
      assert.deepEqual(await petsByOwner(kysely), { Ada: ['Rex'] })
    })

    it('begins a transaction again whose first statement was lost', async (t) => {
      const { kysely, proxy } = await start(t, database)
      const cut = proxy.add({ match: /insert into .person/i, action: 'dropBefore', times: 1 })
      await addPerson(kysely, 'Ada', ['Rex'])
      assert.equal(cut.hits, 1)
      assert.deepEqual(await petsByOwner(kysely), { Ada: ['Rex'] })
    })

    it('tells when a later statement was lost, and has stored nothing', async (t) => {
      const { kysely, proxy } = await start(t, database)
      proxy.add({ match: /insert into .pet/i, action: 'dropBefore', times: 1 })
      await assert.rejects(addPerson(kysely, 'Ada', ['Rex']), DisconnectedError)
      assert.deepEqual(await kysely.selectFrom('person').selectAll().execute(), [])
    })

    // session 6.38
    it('sends neither a write outside of a transaction again nor text of the developer’s own', async (t) => {
      const { kysely, proxy } = await start(t, database)
      const insert = proxy.add({ match: /insert into .person/i, action: 'dropBefore' })
      await assert.rejects(
        kysely.insertInto('person').values(ada).execute(),
        CommitOutcomeUnknownError,
      )
      assert.equal(insert.hits, 1)
      const text = proxy.add({ match: 'as answer', action: 'dropBefore' })
      await assert.rejects(sql`select 42 as answer`.execute(kysely), DisconnectedError)
      assert.equal(text.hits, 1)
      assert.deepEqual(await kysely.selectFrom('person').selectAll().execute(), [])
    })

    it('tells when it is not known whether a transaction is stored', async (t) => {
      const { kysely, proxy } = await start(t, database)
      const work = kysely.transaction().execute(async (trx) => {
        await trx.insertInto('person').values(ada).execute()
        await trx.selectFrom('person').select('id').execute()
        proxy.add({ match: '', action: 'dropAfter', times: 1 })
      })
      await assert.rejects(work, CommitOutcomeUnknownError)
      const people = await kysely.selectFrom('person').select('name').execute()
      assert.deepEqual(people, [{ name: 'Ada' }], 'here it is')
    })
  })
}
