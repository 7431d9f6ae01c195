import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Log, models, Post } from '../../app/support.ts'
import { databases } from '../../support/databases.ts'
import { eventually } from '../../support/eventually.ts'
import type { Db } from './adapter.ts'
import { expressAdapter } from './express.ts'
import { fastifyAdapter } from './fastify.ts'
import { startOn } from './running.ts'

/** A statement that takes longer than any test, and what counts those that run. */
const SLOW = {
  postgres: {
    run: (db: Db) => db.session.sql`select pg_sleep(600)`.all(),
    count: `select count(*) as n from pg_stat_activity where datname = current_database() and state = 'active' and query = 'select pg_sleep(600)'`,
  },
  mysql: {
    run: (db: Db) => db.session.sql`select sleep(600)`.all(),
    count: `select count(*) as n from information_schema.processlist where db = database() and info = 'select sleep(600)'`,
  },
} as const

for (const database of databases().filter(({ facts }) => facts.isServer)) {
  for (const adapter of [fastifyAdapter, expressAdapter]) {
    describe(`${adapter.name} on ${database.name}: a client that goes away`, () => {
      // session 6.64
      // session 6.63
      it("has the statement that runs ended on the server with onAbort: 'cancel', and its work undone", async (t) => {
        const { dialect } = database
        const slow = dialect.kyselyFlavour === 'postgres' ? SLOW.postgres : SLOW.mysql
        const { db: anyDb, sent } = await database.open(t, models)
        const db = anyDb as unknown as Db
        const { promise: failed, resolve: fails } = Promise.withResolvers<unknown>()
        const running = await startOn(t, adapter, {
          opened: { db, sent, log: new Log() },
          spec: { options: { commit: 'onSuccess', onAbort: 'cancel' } },
          handle: () => async () => {
            db.session.add(new Post({ title: 'undone' }))
            await db.session.flush()
            fails(await slow.run(db).catch((error: unknown) => error))
            return { answer: { kind: 'json', status: 200, body: {} } }
          },
        })
        const watcher = await db.engine.connect()
        const countRunning = async (): Promise<number> => {
          const { rows } = await watcher.execute({ sql: slow.count, parameters: [], isRaw: true })
          return Number(rows[0]?.[0])
        }
        const request = running.open('cut')
        await eventually(async () => (await countRunning()) === 1)
        request.destroy()
        assert.equal(((await failed) as { readonly code?: unknown }).code, 'CANCELLED')
        const { outcome } = await running.ended()
        assert.deepEqual([outcome.aborted, outcome.committed], [true, false])
        assert.equal(await countRunning(), 0)
        watcher.close()
        const { opened } = db.engine.status
        assert.deepEqual(await running.stored(), [])
        await running.checkInvariants(1)
        assert.equal(db.engine.status.opened, opened, 'its connection is used again')
      })
    })
  }
}
