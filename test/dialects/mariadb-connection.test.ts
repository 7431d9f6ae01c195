import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once, type EventEmitter } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import tls, { TLSSocket } from 'node:tls'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CancelledError, DisconnectedError, ReadOnlyError } from '../../src/errors/index.ts'
import type { EngineOptions } from '../../src/engine/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { MariaDb, needs, sharedServer } from '../servers/index.ts'
import { holder, privateFolder } from '../engine/support.ts'
import {
  SCHEMES,
  asRoot,
  command,
  driverOf,
  emptyDatabase,
  fly,
  makeTable,
  openDriver,
  openEngine,
  run,
  transaction,
  type Driver,
  type Scheme,
} from './mariadb-support.ts'
import { eventually } from '../support/eventually.ts'

/** 60 MB: far more than the buffers of all the sockets between take in. */
const MANY_NUMBERS = "select seq, repeat('x', 1000) from seq_1_to_60000"
const NUMBERS = "select seq, repeat('x', 1000) from seq_1_to_20000"

async function idOf(driver: Driver): Promise<number> {
  return Number((await run(driver, 'select connection_id()')).rows[0]?.[0])
}

async function setting(driver: Driver, name: string): Promise<unknown> {
  return (await run(driver, `select @@session.${name}`)).rows[0]?.[0]
}

/** Waits until the connection sleeps in a statement. */
async function isBusy(id: number): Promise<void> {
  const find = `select 1 from information_schema.processlist where id = ${id} and info like 'select sleep%'`
  await eventually(async () => (await asRoot(find)).length > 0)
}

/** A server with a certificate that is its own authority; undefined, and the test is skipped, where none can be made. */
async function encryptedServer(
  t: TestContext,
): Promise<{ ca: Buffer; url: (database: string, scheme: string) => string } | undefined> {
  const folder = privateFolder(t)
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const request = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout ${key} -out ${certificate}`
  if (spawnSync('openssl', request.split(' ')).status !== 0) {
    t.skip('openssl is not installed')
    return undefined
  }
  for (const path of [folder, key, certificate]) chmodSync(path, 0o755) // the server has an account of its own
  const server = await MariaDb.start({ settings: { 'ssl-cert': certificate, 'ssl-key': key } })
  t.after(() => server.dispose())
  return {
    ca: readFileSync(certificate),
    url: (database, scheme) => server.url(database, server.port, scheme),
  }
}

/** A connection through a proxy. */
async function openProxied(
  t: TestContext,
  scheme: Scheme,
  options: EngineOptions = {},
): Promise<{ driver: Driver; proxy: FaultProxy }> {
  const url = await emptyDatabase(t, scheme)
  const proxy = await FaultProxy.start({ port: (await sharedServer('mariadb')).port })
  t.after(() => proxy.close())
  const engine = await openEngine(t, {
    ...options,
    url: proxy.url(url.replace(/^[\w+]+:/, 'http:')).replace(/^http:/, `${scheme}:`),
  })
  return { driver: await driverOf(t, engine), proxy }
}

for (const scheme of SCHEMES) {
  describe(`connections of ${scheme}`, needs(MariaDb), () => {
    // settled A13
    it('begin with a strict session in UTC, whatever the server is set to', async (t) => {
      const driver = await openDriver(t, { scheme })
      assert.equal(await setting(driver, 'time_zone'), '+00:00')
      assert.match(String(await setting(driver, 'sql_mode')), /STRICT_ALL_TABLES/)
      assert.equal(await setting(driver, 'character_set_client'), 'utf8mb4')
      assert.equal(await setting(driver, 'collation_connection'), 'utf8mb4_nopad_bin')
      assert.equal(await setting(driver, 'autocommit'), 1)
    })

    // seed 22
    it('tell after how long the server would close them', async (t) => {
      const driver = await openDriver(t, { scheme })
      assert.equal(driver.serverIdleLimitMs, 28_800_000)
    })

    // session 6.60
    it('set the time-outs that the options name, in the units of the server', async (t) => {
      const driver = await openDriver(t, {
        scheme,
        statementTimeoutMs: 1_500,
        lockTimeoutMs: 2_500,
        ...(scheme === 'mysql' ? {} : { idleInTransactionTimeoutMs: 400 }),
      })
      assert.equal(Number(await setting(driver, 'max_statement_time')), 1.5)
      assert.equal(await setting(driver, 'innodb_lock_wait_timeout'), 3)
      assert.equal(await setting(driver, 'lock_wait_timeout'), 3)
      const other = await openDriver(t, { scheme })
      assert.deepEqual(
        [
          await setting(driver, 'idle_transaction_timeout'),
          await setting(other, 'idle_transaction_timeout'),
        ],
        scheme === 'mysql' ? [0, 0] : [1, 60],
        'the one that was asked for, and the default',
      )
    })

    it('notice that the server let them go while they were idle, and throw nothing', async (t) => {
      const driver = await openDriver(t, { scheme })
      const errors: unknown[] = []
      driver.onLost = (error) => errors.push(error)
      await asRoot(`kill connection ${await idOf(driver)}`)
      await eventually(() => !driver.isOpen)
      assert.equal(errors.length, 1)
      assert.equal(driver.inTransaction, false)
      const { error } = await fly(driver, { commands: [command('select 1')] })
      assert.ok(error instanceof DisconnectedError)
      await driver.close()
    })

    it('fail what runs when they are lost, COMMIT included', async (t) => {
      const driver = await openDriver(t, { scheme })
      const id = await idOf(driver)
      const running = fly(driver, { commands: [command('select sleep(5) from t')] })
      await isBusy(id)
      await asRoot(`kill connection ${id}`)
      const { error, commitSent } = await running
      assert.ok(error !== undefined)
      assert.deepEqual([commitSent, driver.isOpen], [false, false])
    })

    // session 6.50
    it('tell that COMMIT may have arrived when its answer is lost', async (t) => {
      const { driver, proxy } = await openProxied(t, scheme)
      await makeTable(driver)
      await fly(driver, transaction([command('update t set x = 1 where id = 1')], true))
      proxy.add({ match: /commit/i, action: 'dropAfter', times: 1 })
      const { error, commitSent } = await fly(
        driver,
        transaction([command('update t set x = 2 where id = 1')], true),
      )
      assert.ok(error !== undefined)
      assert.equal(commitSent, true)
    })

    // session 6.61
    it('give up a server that says nothing, when they are told so', async (t) => {
      const { driver, proxy } = await openProxied(t, scheme)
      proxy.blackHole()
      const waiting = fly(driver, { commands: [command('select 1')], commit: true })
      const cause = new DisconnectedError('nothing was heard')
      await sleep(20)
      driver.destroy(cause)
      const { error } = await waiting
      assert.equal(error, cause)
      assert.equal(driver.isOpen, false)
      proxy.heal()
    })

    it('fail to open in time where the server accepts and says nothing', async (t) => {
      const silent = createServer((socket) => {
        t.after(() => socket.destroy())
      })
      silent.listen(0, '127.0.0.1')
      await once(silent, 'listening')
      t.after(() => silent.close())
      const { port } = silent.address() as { port: number }
      const engine = await openEngine(t, {
        url: `${scheme}://root@127.0.0.1:${port}/none`,
        connectTimeoutMs: 100,
        reconnectWindowMs: 50,
      })
      await assert.rejects(engine.ping(), { code: 'CANNOT_OPEN' })
    })

    // session 6.62
    it('end a statement that is cancelled, and go on with the next', async (t) => {
      const driver = await openDriver(t, { scheme })
      await fly(driver, transaction([command('update t set x = 11 where id = 1')], false))
      const id = await idOf(driver)
      const running = fly(driver, { commands: [command('select sleep(5) from t')] })
      await isBusy(id)
      await driver.cancel()
      const { error } = await running
      assert.equal((error as { errno?: number }).errno, 1317)
      assert.deepEqual([driver.isOpen, driver.inTransaction], [true, true])
      assert.deepEqual((await run(driver, 'select x from t where id = 1')).rows, [[11]])
    })

    // a call that comes late would meet the next statement
    it('leave the next statement alone when what was cancelled had ended before', async (t) => {
      const driver = await openDriver(t, { scheme })
      for (let i = 0; i < 20; i += 1) {
        const running = run(driver, 'select 1')
        const cancelled = driver.cancel()
        await running.catch(() => {})
        await cancelled
        assert.deepEqual((await run(driver, 'select sleep(0), 2')).rows, [[0, 2]])
      }
    })

    it('end statements of a scope whose signal aborts', async (t) => {
      const engine = await openEngine(t, { scheme })
      const abort = new AbortController()
      const connection = await engine.acquire('write', {
        ...holder('aborted'),
        signal: abort.signal,
      })
      setTimeout(() => abort.abort(), 50)
      await assert.rejects(
        Promise.resolve(
          connection.execute({ sql: 'select sleep(5) from seq_1_to_2', parameters: [] }),
        ),
        CancelledError,
      )
      engine.release(connection)
    })

    it('stream rows in chunks, with exact values', async (t) => {
      const driver = await openDriver(t, { scheme })
      for (const prepare of [true, false]) {
        const chunks: unknown[][] = []
        for await (const chunk of driver.stream(
          { ...command('select id, 9007199254740993 from t order by id'), prepare },
          2,
        ))
          chunks.push(chunk as unknown[])
        assert.deepEqual(chunks, [
          [
            [1, 9007199254740993n],
            [2, 9007199254740993n],
          ],
          [
            [3, 9007199254740993n],
            [4, 9007199254740993n],
          ],
          [[5, 9007199254740993n]],
        ])
      }
    })

    it('stream no faster than the rows are taken, and go on after a stream that was left early', async (t) => {
      const { driver, proxy } = await openProxied(t, scheme)
      proxy.resetTraffic()
      let seen = 0
      for await (const chunk of driver.stream(command(MANY_NUMBERS), 10)) {
        seen += chunk.length
        await sleep(2) // more time lets no more arrive: what is full stays full
        if (seen === 100) {
          await sleep(20)
          assert.ok(proxy.traffic.serverBytes < 50_000_000, 'the rest waits')
          break
        }
      }
      assert.equal(seen, 100)
      assert.deepEqual((await run(driver, 'select 1')).rows, [[1]])
      assert.equal(driver.isOpen, true)
    })

    it('fail a stream that the server ends, and go on', async (t) => {
      const driver = await openDriver(t, { scheme })
      for (const sql of [
        'select * from nowhere',
        'select 1 from t where id = (select id from t)',
      ]) {
        await assert.rejects(async () => {
          for await (const _ of driver.stream(command(sql), 10)) assert.fail('no rows')
        })
        assert.deepEqual((await run(driver, 'select 1')).rows, [[1]])
      }
    })

    it('fail a stream whose connection is given up', async (t) => {
      const driver = await openDriver(t, { scheme })
      await assert.rejects(async () => {
        for await (const _ of driver.stream(command(NUMBERS), 10)) driver.destroy(new Error('gone'))
      })
      assert.equal(driver.isOpen, false)
    })

    it('fail a stream whose connection is lost', async (t) => {
      const driver = await openDriver(t, { scheme })
      const id = await idOf(driver)
      await assert.rejects(async () => {
        for await (const _ of driver.stream(command(NUMBERS), 10)) {
          await asRoot(`kill connection ${id}`).catch(() => {})
          await sleep(10)
        }
      })
      await eventually(() => !driver.isOpen)
    })

    it('refuse what would write when they are taken for a guarded read', async (t) => {
      const engine = await openEngine(t, { scheme, pool: { size: 1 } })
      const use = async (intent: 'guardedRead' | 'write', sql: string): Promise<unknown> => {
        const connection = await engine.acquire(intent, holder(intent))
        try {
          return (await connection.execute({ sql, parameters: [] })).rows
        } finally {
          engine.release(connection)
        }
      }
      await use('write', 'create table t (id int) engine=InnoDB')
      for (const sql of ['insert into t values (1)', 'drop table t', 'delete from t'])
        await assert.rejects(use('guardedRead', sql), ReadOnlyError)
      assert.deepEqual(await use('guardedRead', 'select count(*) from t'), [[0]])
      await use('write', 'insert into t values (2)')
      await assert.rejects(use('guardedRead', 'insert into t values (1)'), ReadOnlyError)
      assert.deepEqual(await use('guardedRead', 'select id from t'), [[2]])
    })

    it('refuse a URL parameter that they do not know, without showing the password', async (t) => {
      await assert.rejects(
        async () => openEngine(t, { url: `${scheme}://root:secret@127.0.0.1/x?compress=1` }),
        (error: Error) => error.message.includes('"compress"') && !error.message.includes('secret'),
      )
    })
  })
}

describe('connections to a MariaDB server of their own', needs(MariaDb), () => {
  it('are noticed to be gone when the server closes them for silence', async (t) => {
    const server = await MariaDb.start({ settings: { 'wait-timeout': '1' } })
    t.after(() => server.dispose())
    for (const scheme of SCHEMES) {
      const engine = await openEngine(t, { url: server.url('mysql', server.port, scheme) })
      const driver = await driverOf(t, engine)
      assert.equal(driver.serverIdleLimitMs, 1_000)
      assert.equal(driver.isOpen, true)
      await eventually(() => !driver.isOpen)
    }
  })

  it('end when a transaction sends nothing for too long', async (t) => {
    for (const scheme of ['mariadb', 'mariadb+mysql2'] as const) {
      const driver = await openDriver(t, { scheme, idleInTransactionTimeoutMs: 1_000 })
      await fly(driver, transaction([command('select 1')], false))
      assert.equal(driver.inTransaction, true)
      await eventually(() => !driver.isOpen)
    }
  })

  it('travel encrypted, and only to a server whose certificate is trusted', async (t) => {
    const server = await encryptedServer(t)
    if (server === undefined) return
    const { ca } = server
    for (const scheme of SCHEMES) {
      const url = server.url('mysql', scheme)
      const engine = await openEngine(t, {
        url: url.replace('127.0.0.1', 'localhost'),
        ssl: { ca },
      })
      const driver = await driverOf(t, engine)
      const [[, cipher] = []] = (await run(driver, "show status like 'Ssl_cipher'")).rows
      assert.match(String(cipher), /^TLS_/)
      assert.equal((await fly(driver, transaction([command('select 1')], true))).error, undefined)
      const waiting = fly(driver, { commands: [command('select sleep(5) from seq_1_to_2')] })
      setTimeout(() => driver.destroy(new Error('given up')), 20)
      assert.match(String((await waiting).error), /given up/)
      await assert.rejects((await openEngine(t, { url, ssl: true })).ping(), {
        code: 'CANNOT_OPEN',
      })
    }
  })

  it('are lost, and do not end the process, when the driver fails while it reads: with and without TLS', async (t) => {
    const sockets: EventEmitter[] = []
    const capture = <S extends EventEmitter>(socket: S): S => {
      sockets.push(socket)
      return socket
    }
    const { connect } = Socket.prototype
    t.mock.method(Socket.prototype, 'connect', function (this: Socket, ...args: [never]) {
      return connect.apply(capture(this), args)
    })
    const { connect: encrypt } = tls
    t.mock.method(tls, 'connect', (...args: [never]) => capture(encrypt(...args)))
    const server = await encryptedServer(t)
    if (server === undefined) return
    for (const scheme of SCHEMES)
      for (const ssl of [undefined, { ca: server.ca }]) {
        const url = server.url('mysql', scheme).replace('127.0.0.1', 'localhost')
        const driver = await driverOf(t, await openEngine(t, { url, ssl }))
        const socket = sockets.at(-1)
        assert.equal(socket instanceof TLSSocket, ssl !== undefined)
        const waiting = fly(driver, { commands: [command('select sleep(20)')] })
        assert.doesNotThrow(() => socket?.emit('data', null))
        const { error } = await waiting
        assert.ok(error instanceof DisconnectedError, String(error))
        assert.ok(error.cause instanceof TypeError, 'by what the driver threw')
        await eventually(() => !driver.isOpen)
      }
  })

  it('go through a socket in the file system', async (t) => {
    const server = await sharedServer('mariadb')
    const path = encodeURIComponent(`${server.folder}/socket`)
    for (const scheme of SCHEMES) {
      const engine = await openEngine(t, {
        url: `${scheme}://root@localhost/mysql?socketPath=${path}`,
      })
      await engine.ping()
    }
  })
})
