import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { IllegalStateError, LockTimeoutError } from '../../src/errors/index.ts'
import { DRIVERS, holder, openEngine, privateFolder, run } from '../engine/support.ts'
import { beginWrite, insert, lockFromOutside, openTable } from './support.ts'

for (const driver of DRIVERS) {
  describe(`writers of a SQLite file on ${driver}`, () => {
    // session 6.71
    it('write in the order of asking', async (t) => {
      const engine = await openTable(t, { driver })
      const first = await beginWrite(engine, 'first')
      const order: string[] = []
      const others = ['second', 'third', 'fourth'].map(async (name) => {
        const connection = await beginWrite(engine, name)
        order.push(name)
        await connection.commit()
        engine.release(connection)
      })
      await sleep(5)
      assert.deepEqual(order, [], 'they wait')
      await first.commit()
      engine.release(first)
      await Promise.all(others)
      assert.deepEqual(order, ['second', 'third', 'fourth'])
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[4]])
    })

    // settled H26
    it('wait for their turn to write at most lockTimeoutMs, and then name who has it and since when', async (t) => {
      const engine = await openTable(t, { driver, lockTimeoutMs: 60 })
      const held = await beginWrite(engine, 'POST /import')
      const start = performance.now()
      await assert.rejects(
        async () => engine.acquire('write', holder('POST /posts')),
        (error: LockTimeoutError) => {
          assert.ok(error instanceof LockTimeoutError)
          assert.match(
            error.message,
            /Cannot begin to write to ".*test\.db" for "POST \/posts": its turn did not come within 0\.1 s \(1 waiting\)\. Held longest: "POST \/import" for 0\.\d s\. SQLite has one writer: commit before slow work/,
          )
          assert.deepEqual(
            (error.info['holders'] as { name: string }[]).map(({ name }) => name),
            ['POST /import'],
          )
          return true
        },
      )
      assert.ok(performance.now() - start >= 59)
      await held.commit()
      engine.release(held)
      assert.deepEqual(
        await run(engine, 'select count(*) from t'),
        [[1]],
        'the one who was writing has lost nothing',
      )
    })

    it('share the turn to write with all engines on the file, also through a symbolic link', async (t) => {
      const folder = privateFolder(t)
      const [path, link] = [join(folder, 'app.db'), join(folder, 'link.db')]
      const first = openEngine(t, { url: `sqlite+${driver}:${path}` })
      await run(first, 'create table t (x integer)')
      symlinkSync(path, link)
      const second = openEngine(t, { url: `sqlite+${driver}:${link}`, lockTimeoutMs: 20 })
      const held = await beginWrite(first, 'first engine')
      await assert.rejects(
        async () => second.acquire('write', holder('second engine')),
        /"first engine"/,
      )
      const waiting = beginWrite(second, 'again')
      await held.commit()
      first.release(held)
      second.release(await waiting)
    })

    it('tell who held the turn to write for a second or more', async (t) => {
      const engine = await openTable(t, { driver })
      const heard: unknown[] = []
      engine.events.on('longHold', ({ holder: who, heldMs, engineKey }) =>
        heard.push([engineKey, who.name, heldMs]),
      )
      const clock = t.mock.method(performance, 'now', () => 10_000)
      const short = await beginWrite(engine, 'short')
      clock.mock.mockImplementation(() => 10_900)
      engine.release(short)
      const long = await beginWrite(engine, 'long')
      clock.mock.mockImplementation(() => 12_100)
      engine.release(long)
      assert.deepEqual(heard, [['default', 'long', 1200]])
    })

    // web 34
    it('tell a scope at once that only a scope around it has the turn to write', async (t) => {
      const engine = await openTable(t, { driver })
      const outer = holder('GET /posts/:id')
      const held = await engine.acquire('write', outer)
      assert.throws(
        () => engine.acquire('write', holder('db.run at app.ts:7:3', outer)),
        (error: IllegalStateError) => {
          assert.deepEqual([error.code, error.constructor], ['SELF_DEADLOCK', IllegalStateError])
          assert.match(
            error.message,
            /for "db\.run at app\.ts:7:3".*held by "GET \/posts\/:id".*do the work in the session of the outer scope, or commit there first/,
          )
          return true
        },
      )
      const reader = await engine.acquire('read', holder('db.run at app.ts:8:3', outer))
      engine.release(reader)
      engine.release(held)
    })

    // settled A15
    // session 6.73
    it('wait for another process without stopping this one', { timeout: 30_000 }, async (t) => {
      const engine = await openTable(t, { driver, lockTimeoutMs: 5000 })
      const path = String((await run(engine, 'pragma database_list'))[0]?.[2])
      const release = await lockFromOutside(t, path)
      let ticks = 0
      const ticking = setInterval(() => (ticks += 1), 5)
      const writing = beginWrite(engine, 'writer')
      await sleep(250)
      clearInterval(ticking)
      assert.ok(ticks >= 10, `the event loop went on: ${ticks} ticks`)
      release()
      const writer = await writing
      await writer.commit()
      engine.release(writer)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[1]])
    })

    it(
      'wait for another process that has locked the whole file while they open it',
      { timeout: 30_000 },
      async (t) => {
        const path = join(privateFolder(t), 'app.db')
        const stop = await lockFromOutside(t, path, 'create table t (x); begin exclusive')
        const impatient = openEngine(t, { url: `sqlite+${driver}:${path}`, lockTimeoutMs: 50 })
        await assert.rejects(impatient.ping(), { code: 'LOCK_TIMEOUT' })
        const patient = openEngine(t, { url: `sqlite+${driver}:${path}`, lockTimeoutMs: 5000 })
        const reading = run(patient, 'select count(*) from t')
        stop()
        assert.deepEqual(await reading, [[0]])
      },
    )

    // settled A15
    it('give up on another process after lockTimeoutMs', { timeout: 30_000 }, async (t) => {
      const engine = await openTable(t, { driver, lockTimeoutMs: 100 })
      const path = String((await run(engine, 'pragma database_list'))[0]?.[2])
      await lockFromOutside(t, path)
      await assert.rejects(run(engine, insert.sql), (error: LockTimeoutError) => {
        assert.ok(error instanceof LockTimeoutError)
        assert.match(
          error.message,
          /another process, or another connection to the file, kept it locked for 0\.1 s/,
        )
        assert.deepEqual([error.sqlState, error.engineKey], ['SQLITE_BUSY', 'default'])
        return true
      })
      assert.equal(engine.status.inUse, 0)
    })
  })
}
