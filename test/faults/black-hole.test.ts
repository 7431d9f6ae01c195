import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  CommitOutcomeUnknownError,
  DisconnectedError,
  id,
  Model,
  OperationalError,
  PoolTimeoutError,
  varchar,
} from 'athanor'
import type { DatabaseKind } from '../support/databases.ts'
import { openProxied, serverDatabases, type ProxiedDatabase } from './support.ts'

class Note extends Model({ id: id(), text: varchar(80) }) {}
const models = { Note }

/** Short, so that a black hole ends soon: nothing here takes so long otherwise. */
const LIMITS = { statementTimeoutMs: 100, connectTimeoutMs: 150, reconnectWindowMs: 200 }

/** A pool of one connection, open and idle. */
async function open(t: TestContext, database: DatabaseKind): Promise<ProxiedDatabase> {
  const opened = await openProxied(t, database, {
    models,
    engineOptions: { ...LIMITS, pool: { size: 1, timeoutMs: 3_000 } },
  })
  await opened.db.run(({ session }) => session.select(Note).all())
  return opened
}

for (const database of serverDatabases()) {
  describe(`a black hole before ${database.name}`, () => {
    // session 6.61
    it('ends a statement in a transaction: the connection is given up, and the next one works', async (t) => {
      const { db, proxy } = await open(t, database)
      await db.run(async ({ session }) => {
        session.add(new Note({ text: 'lost' }))
        await session.flush()
        proxy.blackHole()
        session.add(new Note({ text: 'lost too' }))
        await assert.rejects(session.flush(), DisconnectedError)
        proxy.heal()
        await session.rollback()
      })
      assert.equal(await db.run(({ session }) => session.select(Note).count()), 0)
    })

    it('ends a read, which is tried again, and a request for a connection', async (t) => {
      const { db, proxy } = await open(t, database)
      proxy.blackHole()
      await assert.rejects(
        db.run(({ session }) => session.select(Note).all()),
        (error) => error instanceof OperationalError || error instanceof PoolTimeoutError,
      )
      proxy.heal()
      assert.equal(await db.run(({ session }) => session.select(Note).count()), 0)
    })

    // session 6.50
    it('leaves a COMMIT in doubt, and says so', async (t) => {
      const { db, proxy } = await open(t, database)
      await db.run(async ({ session }) => {
        session.add(new Note({ text: 'in doubt' }))
        await session.flush()
        proxy.blackHole()
        await assert.rejects(session.commit(), CommitOutcomeUnknownError)
        proxy.heal()
      })
    })

    it('delays a request no longer than the black hole lasts', async (t) => {
      const { db, proxy } = await open(t, database)
      proxy.blackHole()
      const reading = db.run(({ session }) => session.select(Note).count())
      setTimeout(() => proxy.heal(), 50)
      assert.equal(await reading, 0)
    })

    it('ends dispose() too', async (t) => {
      const { db, proxy } = await open(t, database)
      proxy.blackHole()
      await db.dispose({ deadlineMs: 100 })
    })
  })
}
