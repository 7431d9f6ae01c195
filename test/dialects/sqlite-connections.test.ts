import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { PoolTimeoutError, ReadOnlyError } from '../../src/errors/index.ts'
import { ENGINE_DEFAULTS, Engine } from '../../src/engine/index.ts'
import type {
  SqliteHandle,
  SqliteLibrary,
  SqliteStatement,
} from '../../src/dialects/sqlite/library.ts'
import { openConnection } from '../../src/dialects/sqlite/open-connection.ts'
import {
  DRIVERS,
  dialects,
  holder,
  openEngine,
  privateFolder,
  record,
  run,
} from '../engine/support.ts'
import { beginWrite, insert, openTable, rowCount } from './support.ts'

for (const driver of DRIVERS) {
  describe(`connections to a SQLite file on ${driver}`, () => {
    // session 6.70
    // settled M25
    it('are in WAL mode, enforce foreign keys, and have the durability and cache that were asked for', async (t) => {
      for (const [durability, synchronous] of [
        ['off', 0],
        ['normal', 1],
        ['full', 2],
      ] as const) {
        const engine = openEngine(t, { driver, durability, cacheSizeKib: 2048 })
        for (const intent of ['write', 'snapshot'] as const) {
          const connection = await engine.acquire(intent, holder('test'))
          const pragma = async (name: string): Promise<unknown> =>
            (await connection.execute({ sql: `pragma ${name}`, parameters: [] })).rows[0]?.[0]
          assert.deepEqual(
            [
              await pragma('journal_mode'),
              await pragma('foreign_keys'),
              await pragma('synchronous'),
              await pragma('cache_size'),
            ],
            ['wal', 1, synchronous, -2048],
          )
          assert.ok(
            Number(await pragma('busy_timeout')) <= 50,
            'waiting inside the driver stops the whole process',
          )
          engine.release(connection)
        }
      }
    })

    it('are handed out at once when they are free', async (t) => {
      const engine = await openTable(t, { driver })
      for (const intent of ['read', 'guardedRead', 'snapshot', 'write'] as const) {
        engine.release(await engine.acquire(intent, holder('warm up')))
        const connection = engine.acquire(intent, holder('test'))
        assert.ok(!(connection instanceof Promise), intent)
        engine.release(connection)
      }
    })

    // settled H8
    it('read on the one that writes while nobody has it, and on others meanwhile', async (t) => {
      const engine = await openTable(t, { driver })
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
      const engine = await openTable(t, { driver })
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
      const engine = await openTable(t, { driver })
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

    it('refuse to write when the statement is only expected to read, before it has any effect', async (t) => {
      const engine = await openTable(t, { driver })
      const connection = await engine.acquire('guardedRead', holder('raw sql'))
      for (const sql of [
        'insert into t values (1)',
        'create table u (x)',
        'create temp table v (x)',
        'drop table t',
        'with n as (select 1) insert into t select * from n returning x',
      ]) {
        await assert.rejects(
          async () => connection.execute({ sql, parameters: [] }),
          ReadOnlyError,
          sql,
        )
      }
      assert.equal(await rowCount(connection), 0)
      engine.release(connection)
      const writer = await engine.acquire('write', holder('raw sql, again'))
      await writer.execute(insert)
      assert.equal(await rowCount(writer), 1)
      engine.release(writer)
    })

    it('that only read are kept as they are for the next holder', async (t) => {
      const engine = await openTable(t, { driver })
      const connection = await engine.acquire('guardedRead', holder('raw sql'))
      for (const sql of [
        'pragma query_only = 0',
        'pragma query_only(0)',
        'PRAGMA main.cache_size=1',
        "attach ':memory:' as other",
        'detach other',
      ]) {
        for (let time = 0; time < 2; time += 1)
          await assert.rejects(
            async () => connection.execute({ sql, parameters: [] }),
            ReadOnlyError,
            sql,
          )
      }
      assert.deepEqual(
        (await connection.execute({ sql: 'pragma table_info(t)', parameters: [] })).rows,
        [[0, 'x', 'INTEGER', 0, null, 0]],
      )
      engine.release(connection)
    })

    it('read one state of the database for a whole snapshot', async (t) => {
      const engine = await openTable(t, { driver })
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
      const engine = await openTable(t, { driver, pool: { size: 2, timeoutMs: 0 } })
      const held = [
        await engine.acquire('snapshot', holder('one')),
        await engine.acquire('snapshot', holder('two')),
      ]
      await assert.rejects(
        async () => engine.acquire('snapshot', holder('three')),
        PoolTimeoutError,
      )
      for (const connection of held) engine.release(connection)
      assert.equal(engine.status.opened, 3)
    })

    // session 2.45
    // session 6.75
    it('know when the database itself has ended a transaction', async (t) => {
      const engine = await openTable(t, { driver })
      await run(engine, 'create unique index i on t (x)')
      const connection = await beginWrite(engine, 'test')
      assert.equal(connection.inTransaction, true)
      await assert.rejects(
        async () =>
          connection.execute({ sql: 'insert or rollback into t (x) values (1)', parameters: [] }),
        { code: 'UNIQUE_VIOLATION' },
      )
      assert.equal(connection.inTransaction, false)
      engine.release(connection)
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
    })

    it('never carry a transaction to the next holder', async (t) => {
      const engine = await openTable(t, { driver })
      engine.release(await beginWrite(engine, 'forgetful'))
      assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
    })

    // session 6.16
    it('are new ones after dispose, and none after close', async (t) => {
      const engine = await openTable(t, { driver })
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
      assert.deepEqual(
        [existsSync(path), existsSync(`${path}-wal`), existsSync(`${path}-shm`)],
        [true, false, false],
      )
    })
  })
}

/** A library that gives the same answers to all pragmas: what no SQLite of today does can only be played. */
function playLibrary(
  answers: Readonly<Record<string, unknown>>,
): SqliteLibrary & { isClosed: boolean } {
  const statement = (sql: string): Partial<SqliteStatement> => ({
    all: () => [[answers[sql] ?? 1]],
  })
  const library = {
    name: 'played',
    isClosed: false,
    open: (): SqliteHandle => ({
      inTransaction: false,
      exec: () => {},
      prepare: (sql) => statement(sql) as SqliteStatement,
      close: () => void (library.isClosed = true),
    }),
  }
  return library
}

describe('SQLite files and libraries', () => {
  const plan = {
    engineKey: 'default',
    path: '/srv/app.db',
    options: ENGINE_DEFAULTS,
    onlyReads: false,
  }

  // session 6.70
  it('are refused where foreign keys stay off whatever is asked for', () => {
    const library = playLibrary({ 'pragma foreign_keys': 0, 'pragma journal_mode = wal': 'wal' })
    assert.throws(() => openConnection({ ...plan, library }), {
      code: 'OPERATIONAL',
      message: /Cannot use played on engine "default": it does not enforce foreign keys/,
    })
    assert.ok(library.isClosed)
  })

  it('are used without WAL where the file system has none, with a warning', async (t) => {
    const emitWarning = t.mock.method(process, 'emitWarning', () => {})
    const library = playLibrary({ 'pragma journal_mode = wal': 'delete' })
    for (const onlyReads of [false, true]) await openConnection({ ...plan, onlyReads, library })
    assert.deepEqual(
      emitWarning.mock.calls.map((call) => call.arguments[1]),
      [{ type: 'AthanorWarning', code: 'ATHANOR_NO_WAL' }],
    )
  })

  it('refuse a second library on a file that the first has open, and allow it afterwards', async (t) => {
    const path = join(privateFolder(t), 'app.db')
    const first = openEngine(t, { url: `sqlite+node-sqlite:${path}` })
    const second = openEngine(t, { url: `sqlite+better-sqlite3:${path}` })
    await run(first, 'create table t (x)')
    await assert.rejects(second.ping(), {
      code: 'CONFIGURATION',
      message:
        /Cannot open ".*app\.db" with better-sqlite3: node-sqlite has it open in this process, and two SQLite libraries in one process damage a file/,
    })
    await first.close()
    assert.deepEqual(await run(second, 'select count(*) from t'), [[0]])
  })

  it('begin a transaction as the intent says', async (t) => {
    const engine = openEngine(t)
    const sent = record(engine)
    await engine.begin(() => {})
    await engine.begin(() => {}, { readOnly: true })
    await engine.begin(() => {}, { isolation: 'serializable' })
    assert.deepEqual(
      sent.map(({ sql }) => sql).filter((sql) => sql !== 'commit'),
      ['begin immediate', 'begin', 'begin immediate'],
    )
  })

  // settled A23
  it('refuse levels of isolation that SQLite lacks, instead of taking another', async (t) => {
    const engine = openEngine(t)
    const connection = await engine.acquire('write', holder('test'))
    for (const isolation of [
      'read uncommitted',
      'read committed',
      'repeatable read',
      'autocommit',
    ] as const)
      assert.throws(() => connection.begin({ isolation }), {
        code: 'ARGUMENT',
        message: new RegExp(isolation),
      })
    assert.equal(connection.inTransaction, false)
    engine.release(connection)
  })

  it('refuse what is no URL of a SQLite database when the engine is made', () => {
    assert.throws(
      () => Engine.create('default', { url: 'sqlite://user:s3cret@host/app.db' }, dialects),
      (error: Error) =>
        /SQLite has no hosts/.test(error.message) && !error.message.includes('s3cret'),
    )
  })
})
