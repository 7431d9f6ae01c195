import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as settled } from 'node:timers/promises'
import { Connector } from '../../src/engine/connector.ts'
import type { ConnectFault, Engine } from '../../src/engine/index.ts'
import {
  CancelledError,
  ConfigurationError,
  OperationalError,
  PoolTimeoutError,
} from '../../src/errors/index.ts'
import { FakeServer, diagnose, refused, type FakeConnection } from './fake-server.ts'
import { holder } from './support.ts'

/** A connector whose pauses pass at once, and are remembered. */
function connectorOf(
  server: { connect(): Promise<FakeConnection> },
  random = 0.5,
  answers: ReadonlyMap<unknown, ConnectFault> = new Map(),
) {
  const clock = { now: 0 }
  const pauses: number[] = []
  const connector = new Connector(
    { ...server, diagnose: (error) => answers.get(error) ?? diagnose(error) },
    { engineKey: 'default', server: 'db:5432/shop', user: 'app', database: 'shop' },
    {
      reconnectWindowMs: 5_000,
      now: () => clock.now,
      random: () => random,
      sleep: async (ms) => {
        pauses.push(ms)
        clock.now += ms
      },
    },
  )
  return { connector, pauses, clock }
}

const lease = async (engine: Engine, name = 'GET /'): Promise<void> => {
  engine.release(await engine.acquire('read', holder(name)))
}

describe('Connecting to a server', () => {
  // session 6.40
  it('is tried again while the server is away, after pauses that grow from 10 to 160 ms and differ by chance', async () => {
    for (const [random, expected] of [
      [0, [10, 10, 10, 10, 10, 10]],
      [0.5, [15, 25, 45, 85, 85, 85]],
      [1, [20, 40, 80, 160, 160, 160]],
    ] as const) {
      let failures = 6
      const server = new FakeServer()
      const { connector, pauses } = connectorOf(
        {
          connect: async () => {
            failures -= 1
            if (failures >= 0) throw refused()
            return server.newConnection()
          },
        },
        random,
      )
      await connector.connect(() => true)
      assert.deepEqual(pauses, expected)
    }
  })

  // session 6.35
  it('fails when the window has passed, with where and since when it was tried, and what the driver said', async () => {
    const { connector, clock } = connectorOf({ connect: () => Promise.reject(refused()) }, 1)
    await assert.rejects(
      connector.connect(() => true),
      (error: OperationalError) => {
        assert.ok(error instanceof OperationalError)
        assert.deepEqual([error.code, error.retryable], ['CANNOT_OPEN', true])
        assert.match(
          error.message,
          /^Cannot connect engine "default" to db:5432\/shop: connect ECONNREFUSED 127\.0\.0\.1:5432\. It was tried 34 times since \d{4}-\d\d-\d\dT[\d:.]+Z \(4\.9 s\)\. See that the server runs/,
        )
        assert.equal(error.info['server'], 'db:5432/shop')
        assert.equal(error.info['tries'], 34)
        return true
      },
    )
    assert.ok(clock.now <= 5_000, 'never longer than the window')
  })

  it('fails at once where waiting changes nothing, and says which server', async () => {
    const cause = new Error('the certificate is not for this host')
    const { connector, pauses } = connectorOf({ connect: () => Promise.reject(cause) })
    await assert.rejects(
      connector.connect(() => true),
      (error: OperationalError) => {
        assert.deepEqual([error.code, error.retryable], ['CANNOT_OPEN', false])
        assert.equal(error.sqlState, 'XX000')
        assert.equal(error.cause, cause)
        assert.equal(
          error.message,
          'Cannot connect engine "default" to db:5432/shop: the certificate is not for this host. Correct the URL of the engine, or what the server allows.',
        )
        return true
      },
    )
    assert.deepEqual(pauses, [])
  })

  it('is a matter of the configuration where the server refuses the login, or has no such database: at once, with who, where and what to do', async () => {
    const cause = new Error('(conn:5) it is not let in')
    for (const [kind, code, advice] of [
      ['login', 'LOGIN_REFUSED', 'Correct user and password'],
      ['database', 'DATABASE_NOT_FOUND', 'create "shop"'],
    ] as const) {
      const fault = { kind, words: 'It is not let in.', sqlState: '28P01' }
      const server = { connect: () => Promise.reject(cause) }
      const { connector, pauses } = connectorOf(server, 0.5, new Map([[cause, fault]]))
      await assert.rejects(
        connector.connect(() => true),
        (error: ConfigurationError) => {
          assert.ok(error instanceof ConfigurationError)
          assert.deepEqual([error.code, error.cause], [code, cause])
          const start =
            'Cannot connect engine "default" to db:5432/shop as "app": It is not let in. '
          assert.ok(error.message.startsWith(start), error.message)
          assert.ok(error.message.includes(advice), error.message)
          assert.deepEqual(error.info, {
            engineKey: 'default',
            server: 'db:5432/shop',
            user: 'app',
            database: 'shop',
            sqlState: '28P01',
          })
          return true
        },
      )
      assert.deepEqual(pauses, [])
    }
  })

  it('passes on what is not the server’s fault', async () => {
    const missing = new ConfigurationError('Cannot load the driver.', { code: 'MISSING_DRIVER' })
    const { connector } = connectorOf({ connect: () => Promise.reject(missing) })
    await assert.rejects(
      connector.connect(() => true),
      (error) => error === missing,
    )
  })

  it('names every address that a host has, when none of them answers', async () => {
    const each = ['connect ECONNREFUSED ::1:5432', 'connect ECONNREFUSED 127.0.0.1:5432']
    const error = new AggregateError(each.map((text) => new Error(text)))
    const { connector } = connectorOf({
      connect: () => Promise.reject(error),
    })
    await assert.rejects(
      connector.connect(() => false),
      new RegExp(each.join(', ')),
    )
  })

  it('stops when nobody wants the connection any more', async () => {
    let wanted = 3
    const { connector, pauses } = connectorOf({ connect: () => Promise.reject(refused()) })
    await assert.rejects(connector.connect(() => (wanted -= 1) > 0))
    assert.equal(pauses.length, 1)
  })
})

describe('A pool of a server', () => {
  it('answers after a short absence of the server with latency, not with an error', async (t) => {
    const server = new FakeServer()
    server.next.push(refused(), refused())
    await lease(server.engine(t))
    assert.equal(server.attempts, 3)
  })

  // session 6.35
  it('reports why it cannot connect, and no lack of connections, when the checkout’s own time is over first', async (t) => {
    const server = new FakeServer()
    server.isDown = true
    const engine = server.engine(t, {
      reconnectWindowMs: 100,
      pool: { size: 1, timeoutMs: 60 },
    })
    const callers = ['GET /a', 'GET /b'].map((name) =>
      assert.rejects(lease(engine, name), (error: Error) => {
        assert.ok(error instanceof OperationalError && !(error instanceof PoolTimeoutError))
        assert.match(error.message, /to db\.example:5432\/shop: connect ECONNREFUSED/)
        assert.doesNotMatch(JSON.stringify(error) + error.message, /s3cret/)
        return true
      }),
    )
    await Promise.all(callers)
    const tried = server.attempts
    server.isDown = false
    await lease(engine)
    assert.ok(server.attempts <= tried + 2, 'nobody went on trying for those who had left')
    assert.deepEqual([engine.status.idle, engine.status.waiting], [1, 0])
  })

  it('says that the server does not answer, when it takes connections and is silent', async (t) => {
    const server = new FakeServer()
    server.next.push(new Promise<FakeConnection>(() => {}))
    const engine = server.engine(t, { pool: { size: 1, timeoutMs: 20 } })
    const first = assert.rejects(lease(engine), { code: 'POOL_CLOSED' })
    await assert.rejects(
      lease(engine),
      /db\.example:5432\/shop: it has not answered since .*connectTimeoutMs/,
    )
    await engine.close(0)
    await first
  })

  it('reports a lack of connections as that, while others have them', async (t) => {
    const engine = new FakeServer().engine(t, { pool: { size: 1, timeoutMs: 5 } })
    const held = await engine.acquire('write', holder('POST /slow'))
    await assert.rejects(lease(engine), PoolTimeoutError)
    engine.release(held)
  })

  it('opens a connection for a caller who may not wait for others, and tries again while the server is away', async (t) => {
    const server = new FakeServer()
    server.next.push(refused(), refused())
    await lease(server.engine(t, { pool: { timeoutMs: 0 } }))
    assert.equal(server.attempts, 3)
  })

  // session 6.6
  it('serves others while one connection hangs in opening', async (t) => {
    const server = new FakeServer()
    const { promise, resolve } = Promise.withResolvers<FakeConnection>()
    server.next.push(promise)
    const engine = server.engine(t, { pool: { size: 2 } })
    const hanging = lease(engine, 'first')
    await lease(engine, 'second')
    await hanging
    resolve(server.newConnection())
    await settled()
    assert.equal(engine.status.idle, 2)
  })

  // session 6.20
  it('hands a connection that arrives after its caller was aborted to the next one', async (t) => {
    const server = new FakeServer()
    const { promise, resolve } = Promise.withResolvers<FakeConnection>()
    server.next.push(promise)
    const engine = server.engine(t, { pool: { size: 1 } })
    const abort = new AbortController()
    const left = assert.rejects(
      Promise.resolve(engine.acquire('read', { ...holder('left'), signal: abort.signal })),
      CancelledError,
    )
    const next = lease(engine, 'next')
    abort.abort()
    await left
    resolve(server.newConnection())
    await next
    assert.deepEqual([engine.status.opened, server.attempts], [1, 1])
  })
})
