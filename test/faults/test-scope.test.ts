import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AthanorError, CancelledError, id, Model, varchar } from 'athanor'
import { testScope } from 'athanor/testing'
import { openProxied, serverDatabases } from './support.ts'

class Note extends Model({ id: id(), text: varchar(40).unique() }) {}
const models = { Note }
const LOST = {
  code: 'TEST_SCOPE_LOST',
  message: /engine "default" has ended before it.*end its scope/,
}

for (const database of serverDatabases()) {
  describe(`a testScope on ${database.name}`, () => {
    it('is lost with its connection: everything says so until its end, and nothing is stored', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      const add = (text: string): Promise<unknown> =>
        db.run(() => db.transaction((session) => session.add(new Note({ text })), { retry: 2 }))
      const scope = await testScope(db)
      await add('a')
      proxy.cut()
      await assert.rejects(add('b'), LOST)
      await assert.rejects(
        db.run(() => Note.query().count()),
        LOST,
      )
      await scope.end()
      const next = await testScope(db)
      assert.equal(await db.run(() => Note.query().count()), 0)
      await add('a')
      await next.end()
      assert.equal(await db.run(() => Note.query().count()), 0)
    })

    it('is lost in the middle of a transaction, whose rollback does not fail', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        session.add(new Note({ text: 'a' }))
        await session.flush()
        proxy.cut()
        session.add(new Note({ text: 'b' }))
        await assert.rejects(session.flush(), LOST)
        await session.rollback()
      })
    })

    it('begins on another connection when the one in the pool has died meanwhile', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await db.run(() => Note.query().count())
      proxy.cut()
      await using _ = await testScope(db)
      assert.equal(await db.run(() => Note.query().count()), 0)
    })

    it('does not begin while the server is away, and begins when it is back', async (t) => {
      const engineOptions = { reconnectWindowMs: 0, connectTimeoutMs: 1_000 }
      const { db, proxy } = await openProxied(t, database, { models, engineOptions })
      await db.engine.dispose()
      await proxy.admit('close')
      await using _ = await testScope(db)
      await assert.rejects(
        db.run(() => Note.query().count()),
        AthanorError,
      )
      await proxy.admit('forward')
      assert.equal(await db.run(() => Note.query().count()), 0)
    })

    it('has the server end a statement whose scope is aborted, and goes on', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await using _ = await testScope(db)
      assert.equal(await db.run(() => Note.query().count()), 0)
      const isMysql = db.engine.dialect.kyselyFlavour === 'mysql'
      const abort = new AbortController()
      const { clientChunks } = proxy.traffic
      const slow = db.run(
        ({ session }) =>
          (isMysql ? session.sql`select sleep(60)` : session.sql`select pg_sleep(60)`).all(),
        { signal: abort.signal },
      )
      const refused = assert.rejects(slow, CancelledError)
      while (proxy.traffic.clientChunks < clientChunks + 2) await sleep(5) // savepoint, select
      abort.abort()
      await refused
      assert.equal(await db.run(() => Note.query().count()), 0)
    })
  })
}
