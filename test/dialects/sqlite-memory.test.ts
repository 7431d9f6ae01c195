import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { PoolTimeoutError, ReadOnlyError } from '../../src/errors/index.ts'
import type { Engine, EngineOptions } from '../../src/engine/index.ts'
import { DRIVERS, holder, run } from '../engine/support.ts'
import { beginWrite, insert, openTable, rowCount } from './support.ts'

for (const driver of DRIVERS) {
  describe(`the connection to a SQLite database in memory on ${driver}`, () => {
    const openMemory = async (t: TestContext, options: EngineOptions = {}): Promise<Engine> =>
      openTable(t, {
        driver,
        url: driver === 'node-sqlite' ? 'sqlite::memory:' : `sqlite+${driver}::memory:`,
        ...options,
      })

    // session 6.17
    // session 6.74
    // web 18
    it('is one: whoever finds it taken waits, and sees nothing that is not committed', async (t) => {
      const engine = await openMemory(t)
      const held = await beginWrite(engine, 'first')
      let isReading = false
      const reading = Promise.resolve(engine.acquire('read', holder('second'))).then(
        async (connection) => {
          isReading = true
          const rows = await rowCount(connection)
          engine.release(connection)
          return rows
        },
      )
      await sleep(5)
      assert.equal(isReading, false)
      await held.rollback()
      engine.release(held)
      assert.equal(await reading, 0)
      assert.equal(engine.status.opened, 1)
    })

    // session 6.26
    it('is not replaced by recycle(): another one would be another database', async (t) => {
      const engine = await openMemory(t)
      await run(engine, 'insert into t values (7)')
      engine.recycle()
      const connection = await engine.connect()
      assert.equal(await rowCount(connection), 1)
      connection.close()
      assert.equal(engine.status.opened, 1)
    })

    // settled H25
    it('is not waited for inside a scope that has it: the error says what to do instead', async (t) => {
      const engine = await openMemory(t)
      const outer = holder('GET /posts')
      const held = await engine.acquire('write', outer)
      for (const intent of ['read', 'write'] as const) {
        assert.throws(() => engine.acquire(intent, holder('db.run', outer)), {
          code: 'SELF_DEADLOCK',
          message: /A database in memory has one connection.*use a temporary file/,
        })
      }
      engine.release(held)
    })

    it('is kept through idle times, and lost with dispose', async (t) => {
      const engine = await openMemory(t, { pool: { idleMs: 0, recycleMs: 0 } })
      await run(engine, insert.sql)
      await sleep(5)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[1]])
      await engine.dispose()
      await assert.rejects(run(engine, 'select count(*) from t'), { code: 'PROGRAMMING' })
    })

    it('refuses to write for guarded reads and snapshots, and only for those', async (t) => {
      const engine = await openMemory(t)
      for (const intent of ['guardedRead', 'snapshot'] as const) {
        const connection = await engine.acquire(intent, holder(intent))
        await assert.rejects(async () => connection.execute(insert), ReadOnlyError)
        engine.release(connection)
      }
      await run(engine, insert.sql)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[1]])
    })

    it('names who has it when the pool’s time-out is over', async (t) => {
      const engine = await openMemory(t, { pool: { timeoutMs: 0 } })
      const held = await engine.acquire('write', holder('POST /slow'))
      assert.throws(
        () => engine.acquire('read', holder('GET /')),
        (error: PoolTimeoutError) =>
          error instanceof PoolTimeoutError && error.message.includes('"POST /slow"'),
      )
      engine.release(held)
    })
  })
}
