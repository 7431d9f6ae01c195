import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperationalError } from 'athanor'
import { openProxied, serverDatabases } from '../faults/support.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { Account, models } from './server-support.ts'

async function start(t: TestContext, database: DatabaseKind, engineOptions: object) {
  const { db, proxy } = await openProxied(t, database, { models, engineOptions })
  const count = (): Promise<number> => db.run(() => db.select(Account).count())
  assert.equal(await count(), 0)
  return { engine: db.engine, proxy, count }
}

for (const database of serverDatabases()) {
  describe(`a server that is away, ${database.name}`, () => {
    // session 6.40
    it('costs time and no error while it comes back within the window', async (t) => {
      const { engine, proxy, count } = await start(t, database, {})
      const { opened } = engine.status
      await proxy.admit('refuse')
      proxy.cut()
      const answers = Promise.all([count(), count(), count()])
      await sleep(100)
      await proxy.admit('forward')
      assert.deepEqual(await answers, [0, 0, 0])
      assert.ok(engine.status.opened <= opened + 3)
      assert.equal(
        engine.status.generation,
        1,
        'one death, though several connections may tell of it',
      )
    })

    // session 6.35
    it('is an error of connecting when it stays away, and no lack of connections', async (t) => {
      const { proxy, count } = await start(t, database, {
        reconnectWindowMs: 400,
        pool: { size: 1, timeoutMs: 200 },
      })
      await proxy.admit('refuse')
      proxy.cut()
      for (const answer of await Promise.allSettled([count(), count()])) {
        assert.ok(answer.status === 'rejected')
        const error: unknown = answer.reason
        assert.ok(error instanceof OperationalError)
        assert.equal(error.code, 'CANNOT_OPEN')
        assert.match(
          error.message,
          /to 127\.0\.0\.1:\d+\/.*(?:ECONNREFUSED.*tried \d+ times|has not answered) since/,
        )
      }
      await proxy.admit('forward')
      assert.equal(await count(), 0)
    })

    it('is not needed for an error: who may not wait for others has a connection opened all the same', async (t) => {
      const { engine, count } = await start(t, database, { pool: { size: 1, timeoutMs: 0 } })
      await engine.dispose()
      const { opened } = engine.status
      assert.equal(await count(), 0)
      assert.equal(engine.status.opened, opened + 1)
      const held = await engine.connect()
      await assert.rejects(count(), { code: 'POOL_TIMEOUT' })
      held.close()
    })

    // session 6.6
    it('keeps nobody waiting who can have another connection', async (t) => {
      const { engine, proxy, count } = await start(t, database, { pool: { size: 2 } })
      await engine.dispose()
      await proxy.admit('silent')
      const first = count()
      await sleep(20)
      await proxy.admit('forward')
      assert.equal(await count(), 0)
      assert.equal(await first, 0, 'it has the connection that came back first')
    })

    it('does not hold up a program that only wants to know', async (t) => {
      const { engine, proxy } = await start(t, database, {
        connectTimeoutMs: 1_000,
        reconnectWindowMs: 0,
      })
      await engine.dispose()
      await proxy.admit('silent')
      await assert.rejects(engine.ping(), { code: 'CANNOT_OPEN' })
    })
  })
}
