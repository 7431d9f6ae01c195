import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { IllegalStateError, UniqueViolationError } from '../../src/errors/index.ts'
import { Engine, kindOf } from '../../src/engine/index.ts'
import { importPeer } from '../../src/dialects/peer/index.ts'
import { dialects, holder, openEngine, privateFolder, record, run } from './support.ts'

describe('the kind of a statement', () => {
  it('tells the rollback to a savepoint from that of the transaction, in each spelling', () => {
    for (const words of ['', ' transaction', ' work', ' WORK'])
      assert.equal(kindOf(`rollback${words} to savepoint a`), 'rollback to', words)
    assert.equal(kindOf('rollback work'), 'rollback')
  })
})

describe('Engine', () => {
  it('connects at the first use; ping connects now and says what is wrong', async (t) => {
    const engine = openEngine(t)
    assert.equal(engine.status.opened, 0)
    await engine.ping()
    assert.deepEqual([engine.status.opened, engine.status.inUse], [1, 0])
    const broken = openEngine(t, { url: `sqlite:${join(privateFolder(t), 'missing', 'app.db')}` })
    await assert.rejects(broken.ping(), { code: 'CANNOT_OPEN' })
  })

  // seed 5
  it('takes a closed connection back, replaces all with dispose and goes on, and ends with close so that the process can end', async (t) => {
    const engine = openEngine(t)
    const connection = await engine.connect()
    assert.deepEqual([engine.status.idle, engine.status.inUse], [0, 1])
    connection.close()
    assert.deepEqual([engine.status.idle, engine.status.inUse, engine.status.opened], [1, 0, 1])
    await engine.dispose()
    assert.equal(engine.status.idle, 0)
    await run(engine, 'create table t (x)')
    assert.equal(engine.status.opened, 2)
    await engine.close()
    await assert.rejects(engine.connect(), { code: 'POOL_CLOSED' })

    const folder = privateFolder(t)
    const program = `
      import { Engine } from '${new URL('../../src/engine/index.ts', import.meta.url).href}'
      import { sqliteDialect } from '${new URL('../../src/dialects/sqlite/index.ts', import.meta.url).href}'
      const engine = Engine.create('default', { url: 'sqlite:${folder}/app.db' }, new Map([['sqlite', sqliteDialect]]))
      engine.release(await engine.acquire('snapshot', { name: 'x', parent: undefined }))
      await engine.begin(async (connection) => { await connection.execute({ sql: 'create table t (x)', parameters: [] }) })
      await engine.close()
      process.on('exit', () => console.log('ended'))`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    assert.equal(output.trim(), 'ended')
  })

  // session 7.9
  it('runs a function in a transaction: committed when it returns, rolled back when it throws', async (t) => {
    const engine = openEngine(t)
    await run(engine, 'create table t (x unique)')
    const sent = record(engine)
    const insert = { sql: 'insert into t values (1)', parameters: [] }
    assert.equal(
      await engine.begin(async (connection) => {
        await connection.execute(insert)
        return 'done'
      }),
      'done',
    )
    await assert.rejects(
      engine.begin(async (connection) => {
        await connection.execute({ sql: 'insert into t values (2)', parameters: [] })
        await connection.execute(insert)
      }),
      UniqueViolationError,
    )
    assert.deepEqual(await run(engine, 'select x from t'), [[1]])
    assert.deepEqual(sent.map(({ kind }) => kind).slice(0, 7), [
      'begin',
      'insert',
      'commit',
      'begin',
      'insert',
      'insert',
      'rollback',
    ])
    assert.equal(engine.status.inUse, 0)
  })

  it('refuses the use of a connection that was given back', async (t) => {
    const engine = openEngine(t)
    const kept = await engine.connect()
    kept.close()
    assert.throws(() => kept.execute({ sql: 'select 1', parameters: [] }), IllegalStateError)
    await assert.rejects(async () => {
      for await (const _ of kept.stream({ sql: 'select 1', parameters: [] }, 1))
        assert.fail('a row')
    }, IllegalStateError)
  })

  it('names a connection without a session by the place where it was taken', async (t) => {
    const engine = openEngine(t, { lockTimeoutMs: 0 })
    const connection = await engine.connect()
    await assert.rejects(engine.connect(), (error: Error) =>
      /for "engine\.connect at .*engine\.test\.ts:\d+:\d+".*"engine\.connect at .*engine\.test\.ts:\d+:\d+" for/.test(
        error.message,
      ),
    )
    connection.close()
  })

  // session 6.21
  it('replaces a connection that cannot be trusted', async (t) => {
    const engine = openEngine(t)
    const first = await engine.connect()
    engine.invalidate(first, new Error('strange'))
    assert.throws(() => first.execute({ sql: 'select 1', parameters: [] }), IllegalStateError)
    const second = await engine.connect()
    assert.notEqual(second, first)
    second.close()
    assert.deepEqual([engine.status.opened, engine.status.idle], [2, 1])
  })

  // session 6.9
  // session 6.10
  it('rolls back on return only what is open, and closes a connection on which that fails', async (t) => {
    const engine = openEngine(t)
    await run(engine, 'create table t (x)')
    const sent = record(engine)
    const idle = await engine.acquire('write', holder('reads only'))
    await idle.execute({ sql: 'select 1', parameters: [] })
    engine.release(idle)
    assert.deepEqual(
      sent.map(({ kind }) => kind),
      ['select'],
      'no ROLLBACK without a transaction',
    )
    const open = await engine.acquire('write', holder('forgetful'))
    await open.begin({ write: true })
    t.mock.method(open, 'rollback', () => {
      throw new Error('disk gone')
    })
    engine.release(open)
    assert.deepEqual([engine.status.inUse, engine.status.idle], [0, 0])
    assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
    assert.equal(engine.status.opened, 2)
  })

  it('has one object for each connection, whoever uses it', async (t) => {
    const engine = openEngine(t)
    const first = await engine.acquire('write', holder('a'))
    engine.release(first)
    const again = await engine.acquire('read', holder('b'))
    assert.equal(again, first)
    assert.equal(again.holder?.name, 'b')
    engine.release(again)
  })

  it('goes on when a listener throws, and warns of it', async (t) => {
    const warnings = t.mock.method(process, 'emitWarning', () => {})
    const engine = openEngine(t)
    engine.events.on('statement', () => {
      throw new Error('bad recorder')
    })
    await engine.ping()
    assert.deepEqual(
      warnings.mock.calls.map(({ arguments: [message, options] }) => [
        message,
        (options as { code: string }).code,
      ]),
      [
        [
          'A listener of the engine\'s event "statement" threw. What it heard of has happened all the same.',
          'ATHANOR_LISTENER',
        ],
      ],
    )
    const told: unknown[] = []
    const other = Engine.create('other', { url: 'sqlite::memory:' }, dialects, (error, event) =>
      told.push([event, (error as Error).message]),
    )
    t.after(() => other.close())
    other.events.on('checkout', () => {
      throw new Error('worse')
    })
    await other.ping()
    assert.deepEqual(told, [['checkout', 'worse']])
  })

  it('runs the commands of a flight in order, and stops at the first that fails', async (t) => {
    const engine = openEngine(t)
    await run(engine, 'create table t (x unique)')
    const insert = (x: number) => ({ sql: 'insert into t values (?)', parameters: [x] })
    const connection = await engine.connect()
    t.after(() => connection.close())
    const { results, error } = await connection.flight([insert(1), insert(2)])
    assert.deepEqual([results.map(({ affectedRows }) => affectedRows), error], [[1, 1], undefined])
    const failed = await connection.flight([insert(3), insert(1), insert(4)])
    assert.equal(failed.results.length, 1)
    assert.ok(failed.error instanceof UniqueViolationError)
    assert.deepEqual((await connection.execute({ sql: 'select x from t', parameters: [] })).rows, [
      [1],
      [2],
      [3],
    ])
  })

  // settled M19
  it('says what to install when an optional driver is missing', async () => {
    await assert.rejects(importPeer('no-such-sqlite-driver', { from: 12, below: 14 }), {
      code: 'MISSING_DRIVER',
      message: /Install it with "npm i no-such-sqlite-driver@13"/,
    })
    await assert.rejects(importPeer('better-sqlite3', { from: 2, below: 3 }), {
      code: 'CONFIGURATION',
      message: /"better-sqlite3" \d+\.\d+\.\d+: athanor needs a version from 2 and below 3/,
    })
  })

  it('lets others run while it waits for nobody: a write that was given up leaves the next one its turn', async (t) => {
    const engine = openEngine(t, { lockTimeoutMs: 10 })
    const held = await engine.acquire('write', holder('first'))
    await assert.rejects(async () => engine.acquire('write', holder('second')), {
      code: 'LOCK_TIMEOUT',
    })
    engine.release(held)
    await sleep(1)
    const third = engine.acquire('write', holder('third'))
    assert.ok(!(third instanceof Promise))
    engine.release(third)
  })
})
