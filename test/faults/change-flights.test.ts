import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { id, Model, varchar, type Database } from 'athanor'
import { openProxied, serverDatabases } from './support.ts'

class Note extends Model({ id: id(), text: varchar(80) }) {}

type Listens = (db: Database) => unknown

for (const database of serverDatabases()) {
  describe(`flights of a commit on ${database.name}`, () => {
    /** Flights of a unit of work that was done before: statements are known to both sides then. */
    const flights = async (t: TestContext, listens: Listens, options = {}): Promise<number> => {
      const { db, proxy } = await openProxied(t, database, {
        models: { Note },
        proxy: { latencyMs: 5 },
        engineOptions: { pool: { size: 1 }, provenAliveMs: 60_000 },
        ...options,
      })
      listens(db)
      const add = () =>
        db.run(({ session }) => void session.add(new Note({ text: 'a' })), { commit: 'onSuccess' })
      for (let i = 0; i < 2; i += 1) await add()
      proxy.resetTraffic()
      await add()
      return proxy.traffic.flights
    }

    it('are no more for those who hear of it afterwards, and two at least for those who hear before', async (t) => {
      const tracks = { trackModifications: true }
      let calls = 0
      const count = (): void => {
        calls += 1
      }
      const plain = await flights(t, () => {})
      const after = await flights(t, (db) => db.on('afterCommit', count), tracks)
      const before = await flights(t, (db) => db.on('beforeCommit', count), tracks)
      assert.equal(calls, 6)
      assert.equal(after, plain)
      assert.equal(before, Math.max(plain, 2)) // the statements, then COMMIT
    })
  })
}
