import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Engine } from '../../src/engine/index.ts'
import { holder, privateFolder } from '../engine/support.ts'
import { command, dialects, openEither } from './postgres-support.ts'

describe('PGlite', () => {
  it('keeps what was committed in its folder', async (t) => {
    const folder = join(privateFolder(t), 'data')
    for (const round of [1, 2]) {
      const engine = Engine.create('default', { url: `pglite:${folder}` }, dialects)
      try {
        const rows = await engine.begin(async (connection) => {
          await connection.execute(command('create table if not exists t (x int)'))
          await connection.execute(command('insert into t values ($1)', round))
          return (await connection.execute(command('select count(*) from t'))).rows
        })
        assert.deepEqual(rows, [[round]])
      } finally {
        await engine.close(0)
      }
    }
  })

  it('has one connection, for which others wait in turn', async (t) => {
    const engine = await openEither(t, 'pglite')
    const first = await engine.acquire('write', holder('first'))
    let isThere = false
    const second = Promise.resolve(engine.acquire('read', holder('second'))).then((connection) => {
      isThere = true
      return connection
    })
    await sleep(5)
    assert.equal(isThere, false)
    engine.release(first)
    const connection = await second
    assert.equal(connection.driver, first.driver)
    engine.release(connection)
    assert.equal(engine.status.size, 1)
  })

  it('tells of a deadlock that waits for itself', async (t) => {
    const engine = await openEither(t, 'pglite')
    const outer = holder('outer')
    const first = await engine.acquire('write', outer)
    await assert.rejects(async () => engine.acquire('write', holder('inner', outer)), {
      code: 'SELF_DEADLOCK',
      message: /PGlite has one connection/,
    })
    engine.release(first)
  })

  it('commits, rolls back, and knows a transaction that failed', async (t) => {
    const engine = await openEither(t, 'pglite')
    const connection = await engine.acquire('write', holder('test'))
    await connection.execute(command('create table t (x int primary key)'))
    await connection.begin({ isolation: 'serializable' })
    await connection.execute(command('insert into t values (1)'))
    await connection.savepoint('a')
    await assert.rejects(async () => connection.execute(command('insert into t values (1)')), {
      code: 'UNIQUE_VIOLATION',
    })
    assert.deepEqual([connection.inTransaction, connection.hasFailed], [true, true])
    await connection.rollbackTo('a')
    assert.equal(connection.hasFailed, false)
    await connection.commit()
    await connection.begin()
    await assert.rejects(async () => connection.execute(command('selec')), { code: 'PROGRAMMING' })
    await assert.rejects(async () => connection.commit(), { code: 'TRANSACTION_ABORTED' })
    assert.equal(connection.inTransaction, false)
    const chunks: number[] = []
    for await (const rows of connection.stream(command('select generate_series(1, 5)'), 2))
      chunks.push(rows.length)
    assert.deepEqual(chunks, [2, 2, 1])
    assert.deepEqual((await connection.execute(command('select * from t'))).rows, [[1]])
    engine.release(connection)
  })

  it('refuses URLs that name no folder, and options that mean nothing to it', () => {
    for (const url of ['pglite:', 'pglite://host/x', 'pglite:data?mode=memory'])
      assert.throws(() => Engine.create('default', { url }, dialects), { code: 'CONFIGURATION' })
    assert.throws(
      () => Engine.create('default', { url: 'pglite:memory', statementTimeoutMs: 5 }, dialects),
      { code: 'CONFIGURATION' },
    )
  })

  it('says that it cannot be opened, and where', async (t) => {
    const url = `pglite:${join(privateFolder(t), 'missing', 'deep')}`
    const engine = Engine.create('default', { url }, dialects)
    t.after(() => engine.close(0))
    await assert.rejects(async () => engine.acquire('write', holder('test')), {
      code: 'CANNOT_OPEN',
      message: /missing\/deep/,
    })
  })
})
