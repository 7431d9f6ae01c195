import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it, type TestContext } from 'node:test'
import { FaultProxy } from 'athanor/testing'
import type { AthanorError } from '../../src/errors/index.ts'
import { needs, Postgres, sharedServer } from '../servers/index.ts'
import {
  BEGIN,
  command,
  emptyDatabase,
  fly,
  insert,
  openDriver,
  openEngine,
  rowCount,
  run,
  stateOf,
  take,
  type Driver,
} from './postgres-support.ts'
import { eventually } from '../support/eventually.ts'

/** A proxy before the server of this process, and the URL of an empty database behind it. */
async function behindProxy(t: TestContext): Promise<{ proxy: FaultProxy; url: string }> {
  const url = await emptyDatabase(t)
  const proxy = await FaultProxy.start({ port: Number(new URL(url).port) })
  t.after(() => proxy.close())
  return { proxy, url: proxy.url(url) }
}

async function backendPid(driver: Driver): Promise<number> {
  return Number((await run(driver, 'select pg_backend_pid()')).rows[0]?.[0])
}

/** Waits until the backend runs a statement that sleeps. */
async function isBusy(pid: number): Promise<void> {
  const find = `select 1 from pg_stat_activity where pid = ${pid} and query like '%pg_sleep%' and state = 'active'`
  const server = await sharedServer('postgres')
  await eventually(async () => (await server.sql(find)).length > 0)
}

async function setting(driver: Driver, name: string): Promise<unknown> {
  return (await run(driver, `select current_setting($1)`, name)).rows[0]?.[0]
}

/** What a lost connection's error is to the engine. */
async function translated(t: TestContext, error: unknown): Promise<AthanorError> {
  const engine = await openEngine(t)
  return engine.dialect.translateError(error, { engineKey: 'default' })
}

describe('A connection to a PostgreSQL server', needs(Postgres), () => {
  it('sends a flight as one packet, and waits for one answer', async (t) => {
    const { proxy, url } = await behindProxy(t)
    const driver = await openDriver(t, { url })
    const commands = Array.from({ length: 50 }, (_, i) => insert(i))
    for (let round = 0; round < 2; round += 1) {
      proxy.resetTraffic()
      const outcome = await fly(driver, commands, { prelude: [BEGIN], commit: true })
      assert.equal(outcome.error, undefined)
      assert.equal(proxy.traffic.flights, 1)
      assert.equal(proxy.traffic.clientChunks, 1)
      await run(driver, 'truncate t')
    }
  })

  it('is set up in one round trip: limits of the server, UTC, and dates that are understood', async (t) => {
    const driver = await openDriver(t, {
      statementTimeoutMs: 1_234.5,
      lockTimeoutMs: 567,
      idleInTransactionTimeoutMs: 89_000,
    })
    const settings = [
      ['statement_timeout', '1235ms'],
      ['lock_timeout', '567ms'],
      ['idle_in_transaction_session_timeout', '89s'],
      ['TimeZone', 'UTC'],
      ['DateStyle', 'ISO, YMD'],
      ['client_encoding', 'UTF8'],
      ['application_name', 'athanor'],
    ] as const
    for (const [name, value] of settings) assert.equal(await setting(driver, name), value, name)
    await run(driver, 'reset all')
    assert.equal(await setting(driver, 'TimeZone'), 'UTC')
  })

  it('has the limits of the server where none are set, but for one on idle transactions', async (t) => {
    const driver = await openDriver(t)
    assert.equal(await setting(driver, 'statement_timeout'), '0')
    assert.equal(await setting(driver, 'idle_in_transaction_session_timeout'), '1min')
  })

  it('goes through the socket in a folder', async (t) => {
    const server = await sharedServer('postgres')
    const { pathname } = new URL(await emptyDatabase(t))
    for (const url of [
      `postgres://postgres@localhost:${server.port}${pathname}?host=${encodeURIComponent(server.folder)}`,
      `postgres://postgres@${encodeURIComponent(server.folder)}:${server.port}${pathname}`,
    ]) {
      const driver = await openDriver(t, { url })
      assert.deepEqual((await run(driver, 'select inet_client_addr()')).rows, [[null]])
      await driver.cancel()
    }
  })

  it('tells why it cannot be opened', async (t) => {
    const url = new URL(await emptyDatabase(t))
    const reasons = [
      [`postgres://postgres@127.0.0.1:${url.port}/missing`, 'DATABASE_NOT_FOUND'],
      [`postgres://nobody@127.0.0.1:${url.port}/postgres`, 'LOGIN_REFUSED'],
      [`postgres://postgres@127.0.0.1:${url.port}/postgres?sslmode=require`, 'CANNOT_OPEN'],
    ] as const
    for (const [location, code] of reasons) {
      const engine = await openEngine(t, { url: location, reconnectWindowMs: 60_000 })
      await assert.rejects(take(t, engine), { code }) // at once
    }
    const closed = await openEngine(t, { url: 'postgres://x@127.0.0.1:1/x', reconnectWindowMs: 0 })
    await assert.rejects(take(t, closed), { code: 'CANNOT_OPEN', retryable: true })
  })

  it('gives up a server that accepts and says nothing, at connectTimeoutMs', async (t) => {
    const { proxy, url } = await behindProxy(t)
    await proxy.admit('silent')
    const engine = await openEngine(t, { url, connectTimeoutMs: 50, reconnectWindowMs: 0 })
    await assert.rejects(take(t, engine), { code: 'CANNOT_OPEN', retryable: true })
    await proxy.admit('close')
    await assert.rejects(take(t, engine), { code: 'CANNOT_OPEN', retryable: true })
  })

  it('refuses URLs that it cannot use, without the password', async (t) => {
    for (const part of ['?sslmode=prefer', '?sslmode=toString', '?options=-c%20x=y', '?hots=/tmp'])
      await assert.rejects(
        openEngine(t, { url: `postgres://a:geheim@127.0.0.1/x${part}` }),
        (error: AthanorError) => {
          assert.equal(error.code, 'CONFIGURATION')
          assert.ok(!error.message.includes('geheim'), error.message)
          return true
        },
      )
  })

  // session 6.29
  it('knows at once when the server ends it while it is idle', async (t) => {
    const driver = await openDriver(t)
    const server = await sharedServer('postgres')
    const lost: unknown[] = []
    const told = new Promise<void>((resolve) => {
      driver.onLost = (error) => {
        lost.push(error)
        resolve()
      }
    })
    await server.sql(`select pg_terminate_backend(${await backendPid(driver)})`)
    await told
    assert.equal(driver.isOpen, false)
    assert.equal(driver.inTransaction, false)
    const outcome = await fly(driver, [insert(1)], { prelude: [BEGIN], commit: true })
    assert.equal(outcome.commitSent, false)
    const error = await translated(t, outcome.error)
    assert.deepEqual(
      [error.code, (error as { sqlState?: string }).sqlState],
      ['DISCONNECTED', '57P01'],
    )
    await sleep(20)
    assert.equal(lost.length, 1)
  })

  it('fails what runs when the server ends it', async (t) => {
    const driver = await openDriver(t)
    const server = await sharedServer('postgres')
    const pid = await backendPid(driver)
    const outcome = fly(driver, [insert(1), command('select pg_sleep(10)')], {
      prelude: [BEGIN],
      commit: true,
    })
    await isBusy(pid)
    await server.sql(`select pg_terminate_backend(${pid})`)
    const { error, results, commitSent } = await outcome
    assert.equal(results.length, 1)
    assert.equal(commitSent, false) // the server said no before it came to COMMIT
    assert.deepEqual([(await translated(t, error)).code, driver.isOpen], ['DISCONNECTED', false])
  })

  it('says that COMMIT was sent when its answer does not come', async (t) => {
    const { proxy, url } = await behindProxy(t)
    const driver = await openDriver(t, { url })
    await fly(driver, [insert(1)], { prelude: [BEGIN], commit: true })
    proxy.add({ match: /athanor_commit/, action: 'dropAfter' })
    const outcome = await fly(driver, [insert(2)], { prelude: [BEGIN], commit: true })
    assert.equal(outcome.commitSent, true)
    assert.equal((await translated(t, outcome.error)).code, 'DISCONNECTED')
    assert.equal(driver.isOpen, false)
  })

  // session 6.65
  it('says how a transaction was left open for too long', async (t) => {
    const driver = await openDriver(t, { idleInTransactionTimeoutMs: 30 })
    const lost = new Promise((resolve) => (driver.onLost = resolve))
    await fly(driver, [insert(1)], { prelude: [BEGIN] })
    const error = await translated(t, (await fly(driver, [await lost.then(() => insert(2))])).error)
    assert.equal((error as { sqlState?: string }).sqlState, '25P03')
    assert.match(error.message, /idleInTransactionTimeoutMs/)
  })

  it('fails what waits on it with the cause when it is destroyed', async (t) => {
    const driver = await openDriver(t)
    const outcomes = [fly(driver, [command('select pg_sleep(10)')]), fly(driver, [insert(1)])]
    let isTold = false
    driver.onLost = () => (isTold = true)
    await sleep(20)
    const cause = new Error('enough')
    driver.destroy(cause)
    for (const { error } of await Promise.all(outcomes)) assert.equal((error as Error).cause, cause)
    assert.deepEqual([driver.isOpen, isTold], [false, false])
  })

  // session 6.62
  it('cancels what runs, and not what comes after it', async (t) => {
    const driver = await openDriver(t)
    const pid = await backendPid(driver)
    const { rows } = await run(driver, 'select 1')
    for (let i = 0; i < 10; i += 1) {
      const running = fly(driver, [command('select pg_sleep(10)')])
      await isBusy(pid)
      await driver.cancel()
      assert.equal(stateOf(await running), '57014')
      assert.deepEqual((await run(driver, 'select 1')).rows, rows)
    }
    await driver.cancel() // nothing runs
    assert.deepEqual((await run(driver, 'select pg_sleep(0.02), 1')).rows.length, 1)
    assert.equal(driver.isOpen, true)
  })

  it('cannot cancel where the server is away, and says so', async (t) => {
    const { proxy, url } = await behindProxy(t)
    const driver = await openDriver(t, { url, connectTimeoutMs: 50 })
    await proxy.admit('silent')
    await assert.rejects(driver.cancel(), /timeout expired/)
    await proxy.admit('close')
    await driver.cancel() // nobody can tell
    await proxy.admit('refuse')
    await assert.rejects(driver.cancel(), { code: 'ECONNREFUSED' })
  })

  // session 6.60
  it('stays open when a statement takes too long, or a lock does not come free', async (t) => {
    const url = await emptyDatabase(t)
    const driver = await openDriver(t, { url, statementTimeoutMs: 50, lockTimeoutMs: 20 })
    assert.equal(stateOf(await fly(driver, [command('select pg_sleep(1)')])), '57014')
    const other = await openDriver(t, { url })
    await fly(other, [command('lock table t')], { prelude: [BEGIN] })
    assert.equal(stateOf(await fly(driver, [insert(1)])), '55P03')
    await run(other, 'rollback')
    assert.equal((await fly(driver, [insert(1)])).error, undefined)
    assert.equal(await rowCount(driver), 1)
  })

  it('leaves no socket behind when it is closed', async (t) => {
    const { proxy, url } = await behindProxy(t)
    const driver = await openDriver(t, { url })
    await Promise.all([driver.close(), driver.close()])
    await eventually(() => proxy.openConnections === 0)
    assert.equal(driver.isOpen, false)
    const silent = await openDriver(t, { url })
    proxy.blackHole()
    const start = performance.now()
    await silent.close()
    assert.ok(performance.now() - start < 3_000)
    proxy.heal()
  })

  it('tells when it has last heard of the server', async (t) => {
    const driver = await openDriver(t)
    const before = performance.now()
    assert.ok(driver.lastHeardAt < before)
    await run(driver, 'select 1')
    assert.ok(driver.lastHeardAt >= before)
  })

  // settled A26
  it('reads rows in chunks, in a transaction of its own or in the open one', async (t) => {
    const driver = await openDriver(t)
    await run(driver, 'insert into t select n, n from generate_series(1, 10) n')
    const query = command('select id from t where id > $1 order by id', 2)
    for (const isOpen of [false, true]) {
      if (isOpen) await run(driver, 'begin')
      const sizes: number[] = []
      for await (const rows of driver.stream(query, 3)) {
        sizes.push(rows.length)
        assert.equal(driver.inTransaction, isOpen || rows.length === 3) // ended before the last rows are given
        assert.deepEqual((await run(driver, 'select 1')).rows, [[1]]) // between the chunks
      }
      assert.deepEqual(sizes, [3, 3, 2])
      for await (const rows of driver.stream(query, 4)) {
        assert.equal(rows.length, 4)
        break
      }
      assert.equal(driver.inTransaction, isOpen)
      const cursors = await run(driver, 'select name, statement from pg_cursors where name <> $$$$')
      assert.deepEqual(cursors.rows, [])
      if (isOpen) await run(driver, 'rollback')
    }
  })

  it('ends its own transaction when a stream fails or throws', async (t) => {
    const driver = await openDriver(t)
    await driver.execute(insert(1))
    const read = async (sql: string): Promise<void> => {
      for await (const _ of driver.stream(command(sql), 1)) throw new RangeError('of the reader')
    }
    await assert.rejects(read('select * from t'), RangeError)
    assert.equal(driver.inTransaction, false)
    await assert.rejects(read('select 1 / (id - 1) from t'), { code: '22012' })
    assert.equal(driver.inTransaction, false)
    await assert.rejects(read('update t set x = 1 returning x'), { code: '42601' })
    assert.equal(driver.inTransaction, false)
  })
})
