import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { IllegalStateError, LockTimeoutError, PoolTimeoutError, ReadOnlyError } from '../../src/errors/index.ts'
import { Engine, type Connection, type EngineOptions } from '../../src/engine/index.ts'
import { DRIVERS, dialects, holder, openEngine, privateFolder, record, run } from '../engine/support.ts'

const count = { sql: 'select count(*) from t', parameters: [] }
const insert = { sql: 'insert into t (x) values (1)', parameters: [] }

async function rowCount(connection: Connection): Promise<unknown> {
  return (await connection.execute(count)).rows[0]?.[0]
}

/** A write transaction that has inserted a row and waits. */
async function beginWrite(engine: Engine, name: string): Promise<Connection> {
  const connection = await engine.acquire('write', holder(name))
  await connection.begin({ write: true })
  await connection.execute(insert)
  return connection
}

for (const driver of DRIVERS) {
  const openTable = async (t: TestContext, options: EngineOptions = {}): Promise<Engine> => {
    const engine = openEngine(t, { driver, ...options })
    await run(engine, 'create table t (x integer)')
    return engine
  }

  describe(`connections to a SQLite file on ${driver}`, () => {
    // session 6.70
    // settled M25
    it('are in WAL mode, enforce foreign keys, and have the durability and cache that were asked for', async (t) => {
      for (const [durability, synchronous] of [['off', 0], ['normal', 1], ['full', 2]] as const) {
        const engine = openEngine(t, { driver, durability, cacheSizeKib: 2048 })
        for (const intent of ['write', 'snapshot'] as const) {
          const connection = await engine.acquire(intent, holder('test'))
          const pragma = async (name: string): Promise<unknown> => (await connection.execute({ sql: `pragma ${name}`, parameters: [] })).rows[0]?.[0]
          assert.deepEqual([await pragma('journal_mode'), await pragma('foreign_keys'), await pragma('synchronous'), await pragma('cache_size')], ['wal', 1, synchronous, -2048])
          assert.ok(Number(await pragma('busy_timeout')) <= 50, 'waiting inside the driver stops the whole process')
          engine.release(connection)
        }
      }
    })

    it('are handed out at once when they are free', async (t) => {
      const engine = await openTable(t)
      for (const intent of ['read', 'guardedRead', 'snapshot', 'write'] as const) {
        engine.release(await engine.acquire(intent, holder('warm up')))
        const connection = engine.acquire(intent, holder('test'))
        assert.ok(!(connection instanceof Promise), intent)
        engine.release(connection)
      }
    })

    // settled H8
    it('read on the one that writes while nobody has it, and on others meanwhile', async (t) => {
      const engine = await openTable(t)
      const writer = await engine.acquire('write', holder('test'))
      engine.release(writer)
      const lease = await engine.acquire('read', holder('reader'))
      assert.equal(lease, writer)
      const other = await engine.acquire('read', holder('second reader'))
      assert.notEqual(other, writer)
      engine.release(lease)
      engine.release(other)
    })

    // settled H8
    // session 6.71
    it('never show a reader what another transaction has not committed', async (t) => {
      const engine = await openTable(t)
      const writer = await beginWrite(engine, 'writer')
      const reader = await engine.acquire('read', holder('reader'))
      assert.equal(await rowCount(reader), 0)
      engine.release(reader)
      await writer.commit()
      engine.release(writer)
      const later = await engine.acquire('read', holder('later'))
      assert.equal(await rowCount(later), 1)
      engine.release(later)
    })

    it('let a read that has the writing connection end before a transaction begins on it', async (t) => {
      const engine = await openTable(t)
      const lease = await engine.acquire('read', holder('reader'))
      const writing = beginWrite(engine, 'writer')
      const next = await engine.acquire('read', holder('third'))
      assert.notEqual(next, lease, 'new reads do not keep the writer waiting')
      engine.release(next)
      assert.equal(await rowCount(lease), 0)
      engine.release(lease)
      const writer = await writing
      assert.equal(writer, lease)
      engine.release(writer)
    })

    // session 6.71
    it('write in the order of asking', async (t) => {
      const engine = await openTable(t)
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
      const engine = await openTable(t, { lockTimeoutMs: 60 })
      const held = await beginWrite(engine, 'POST /import')
      const start = performance.now()
      await assert.rejects(async () => engine.acquire('write', holder('POST /posts')), (error: LockTimeoutError) => {
        assert.ok(error instanceof LockTimeoutError)
        assert.match(error.message, /Cannot begin to write to ".*test\.db" for "POST \/posts": its turn did not come within 0\.1 s \(1 waiting\)\. Held longest: "POST \/import" for 0\.\d s\. SQLite has one writer: commit before slow work/)
        assert.deepEqual((error.info['holders'] as { name: string }[]).map(({ name }) => name), ['POST /import'])
        return true
      })
      assert.ok(performance.now() - start >= 59)
      await held.commit()
      engine.release(held)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[1]], 'the one who was writing has lost nothing')
    })

    it('share the turn to write with all engines on the file, also through a symbolic link', async (t) => {
      const folder = privateFolder(t)
      const [path, link] = [join(folder, 'app.db'), join(folder, 'link.db')]
      const first = openEngine(t, { url: `sqlite+${driver}:${path}` })
      await run(first, 'create table t (x integer)')
      symlinkSync(path, link)
      const second = openEngine(t, { url: `sqlite+${driver}:${link}`, lockTimeoutMs: 20 })
      const held = await beginWrite(first, 'first engine')
      await assert.rejects(async () => second.acquire('write', holder('second engine')), /"first engine"/)
      const waiting = beginWrite(second, 'again')
      await held.commit()
      first.release(held)
      second.release(await waiting)
    })

    it('tell who held the turn to write for a second or more', async (t) => {
      const engine = await openTable(t)
      const heard: unknown[] = []
      engine.events.on('longHold', ({ holder: who, heldMs, engineKey }) => heard.push([engineKey, who.name, heldMs]))
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
      const engine = await openTable(t)
      const outer = holder('GET /posts/:id')
      const held = await engine.acquire('write', outer)
      assert.throws(() => engine.acquire('write', holder('db.run at app.ts:7:3', outer)), (error: IllegalStateError) => {
        assert.deepEqual([error.code, error.constructor], ['SELF_DEADLOCK', IllegalStateError])
        assert.match(error.message, /for "db\.run at app\.ts:7:3".*held by "GET \/posts\/:id".*do the work in the session of the outer scope, or commit there first/)
        return true
      })
      const reader = await engine.acquire('read', holder('db.run at app.ts:8:3', outer))
      engine.release(reader)
      engine.release(held)
    })

    it('refuse to write when the statement is only expected to read, before it has any effect', async (t) => {
      const engine = await openTable(t)
      const connection = await engine.acquire('guardedRead', holder('raw sql'))
      for (const sql of ['insert into t values (1)', 'create table u (x)', 'create temp table v (x)', 'drop table t', 'with n as (select 1) insert into t select * from n returning x']) {
        await assert.rejects(async () => connection.execute({ sql, parameters: [] }), ReadOnlyError, sql)
      }
      assert.equal(await rowCount(connection), 0)
      engine.release(connection)
      const writer = await engine.acquire('write', holder('raw sql, again'))
      await writer.execute(insert)
      assert.equal(await rowCount(writer), 1)
      engine.release(writer)
    })

    it('read one state of the database for a whole snapshot', async (t) => {
      const engine = await openTable(t)
      const snapshot = await engine.acquire('snapshot', holder('report'))
      await snapshot.begin({ readOnly: true })
      assert.equal(await rowCount(snapshot), 0)
      await run(engine, insert.sql)
      assert.equal(await rowCount(snapshot), 0)
      await snapshot.commit()
      assert.equal(await rowCount(snapshot), 1)
      engine.release(snapshot)
    })

    it('that read are limited by the pool', async (t) => {
      const engine = await openTable(t, { pool: { size: 2, timeoutMs: 0 } })
      const held = [await engine.acquire('snapshot', holder('one')), await engine.acquire('snapshot', holder('two'))]
      await assert.rejects(async () => engine.acquire('snapshot', holder('three')), PoolTimeoutError)
      for (const connection of held) engine.release(connection)
      assert.equal(engine.status.opened, 3)
    })

    // settled A15
    // session 6.73
    it('wait for another process without stopping this one', { timeout: 30_000 }, async (t) => {
      const engine = await openTable(t, { lockTimeoutMs: 5000 })
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

    // settled A15
    it('give up on another process after lockTimeoutMs', { timeout: 30_000 }, async (t) => {
      const engine = await openTable(t, { lockTimeoutMs: 100 })
      const path = String((await run(engine, 'pragma database_list'))[0]?.[2])
      await lockFromOutside(t, path)
      await assert.rejects(run(engine, insert.sql), (error: LockTimeoutError) => {
        assert.ok(error instanceof LockTimeoutError)
        assert.match(error.message, /another process, or another connection to the file, kept it locked for 0\.1 s/)
        assert.deepEqual([error.sqlState, error.engineKey], ['SQLITE_BUSY', 'default'])
        return true
      })
      assert.equal(engine.status.inUse, 0)
    })

    // session 2.45
    // session 6.75
    it('know when the database itself has ended a transaction', async (t) => {
      const engine = await openTable(t)
      await run(engine, 'create unique index i on t (x)')
      const connection = await beginWrite(engine, 'test')
      assert.equal(connection.inTransaction, true)
      await assert.rejects(async () => connection.execute({ sql: 'insert or rollback into t (x) values (1)', parameters: [] }), { code: 'UNIQUE_VIOLATION' })
      assert.equal(connection.inTransaction, false)
      engine.release(connection)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
    })

    it('never carry a transaction to the next holder', async (t) => {
      const engine = await openTable(t)
      engine.release(await beginWrite(engine, 'forgetful'))
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
    })

    // session 6.16
    it('are new ones after dispose, and none after close', async (t) => {
      const engine = await openTable(t)
      const held = await beginWrite(engine, 'busy')
      await engine.dispose()
      await held.commit()
      engine.release(held)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[1]])
      await engine.close()
      assert.throws(() => engine.acquire('write', holder('late')), { code: 'POOL_CLOSED' })
      assert.throws(() => engine.acquire('read', holder('late')), { code: 'POOL_CLOSED' })
    })

    it('leave no files behind but the database once all are closed', async (t) => {
      const path = join(privateFolder(t), 'app.db')
      const engine = openEngine(t, { url: `sqlite+${driver}:${path}` })
      await run(engine, 'create table t (x)')
      engine.release(await engine.acquire('snapshot', holder('reader')))
      assert.ok(existsSync(`${path}-wal`))
      await engine.close()
      assert.deepEqual([existsSync(path), existsSync(`${path}-wal`), existsSync(`${path}-shm`)], [true, false, false])
    })
  })

  describe(`the connection to a SQLite database in memory on ${driver}`, () => {
    const openMemory = async (t: TestContext, options: EngineOptions = {}): Promise<Engine> => openTable(t, { url: driver === 'node-sqlite' ? 'sqlite::memory:' : `sqlite+${driver}::memory:`, ...options })

    // session 6.74
    // web 18
    it('is one: whoever finds it taken waits, and sees nothing that is not committed', async (t) => {
      const engine = await openMemory(t)
      const held = await beginWrite(engine, 'first')
      let isReading = false
      const reading = Promise.resolve(engine.acquire('read', holder('second'))).then(async (connection) => {
        isReading = true
        const rows = await rowCount(connection)
        engine.release(connection)
        return rows
      })
      await sleep(5)
      assert.equal(isReading, false)
      await held.rollback()
      engine.release(held)
      assert.equal(await reading, 0)
      assert.equal(engine.status.opened, 1)
    })

    // settled H25
    it('is not waited for inside a scope that has it: the error says what to do instead', async (t) => {
      const engine = await openMemory(t)
      const outer = holder('GET /posts')
      const held = await engine.acquire('write', outer)
      for (const intent of ['read', 'write'] as const) {
        assert.throws(() => engine.acquire(intent, holder('db.run', outer)), { code: 'SELF_DEADLOCK', message: /A database in memory has one connection.*use a temporary file/ })
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
      assert.throws(() => engine.acquire('read', holder('GET /')), (error: PoolTimeoutError) => error instanceof PoolTimeoutError && error.message.includes('"POST /slow"'))
      engine.release(held)
    })
  })
}

describe('SQLite files and libraries', () => {
  it('refuse a second library on a file that the first has open, and allow it afterwards', async (t) => {
    const path = join(privateFolder(t), 'app.db')
    const first = openEngine(t, { url: `sqlite+node-sqlite:${path}` })
    const second = openEngine(t, { url: `sqlite+better-sqlite3:${path}` })
    await run(first, 'create table t (x)')
    await assert.rejects(second.ping(), { code: 'CONFIGURATION', message: /Cannot open ".*app\.db" with better-sqlite3: node-sqlite has it open in this process, and two SQLite libraries in one process damage a file/ })
    await first.close()
    assert.deepEqual(await run(second, 'select count(*) from t'), [[0]])
  })

  it('begin a transaction as the intent says', async (t) => {
    const engine = openEngine(t)
    const sent = record(engine)
    await engine.begin(() => {})
    await engine.begin(() => {}, { readOnly: true })
    await engine.begin(() => {}, { isolation: 'serializable' })
    assert.deepEqual(sent.map(({ sql }) => sql).filter((sql) => sql !== 'commit'), ['begin immediate', 'begin', 'begin immediate'])
  })

  // settled A23
  it('refuse levels of isolation that SQLite lacks, instead of taking another', async (t) => {
    const engine = openEngine(t)
    const connection = await engine.acquire('write', holder('test'))
    for (const isolation of ['read uncommitted', 'read committed', 'repeatable read', 'autocommit'] as const) assert.throws(() => connection.begin({ isolation }), { code: 'ARGUMENT', message: new RegExp(isolation) })
    assert.equal(connection.inTransaction, false)
    engine.release(connection)
  })

  it('refuse what is no URL of a SQLite database when the engine is made', () => {
    assert.throws(() => Engine.create('default', { url: 'sqlite://user:s3cret@host/app.db' }, dialects), (error: Error) => /SQLite has no hosts/.test(error.message) && !error.message.includes('s3cret'))
  })
})

/** Another process takes the write lock of the file and keeps it until told to stop. */
async function lockFromOutside(t: TestContext, path: string): Promise<() => void> {
  const program = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(${JSON.stringify(path)}, { timeout: 5000 })
    database.exec('begin immediate')
    process.stdout.write('locked')
    process.stdin.once('data', () => { database.exec('rollback'); process.exit(0) })`
  const child = spawn(process.execPath, ['--no-warnings', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  return () => child.stdin.write('stop')
}
