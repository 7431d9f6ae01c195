import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Engine } from '../../src/engine/index.ts'
import { DisconnectedError } from '../../src/errors/index.ts'
import { FakeServer, type FakeConnection } from './fake-server.ts'
import { holder, record } from './support.ts'

async function take(engine: Engine, count: number) {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => engine.acquire('read', holder(`GET /${i}`))),
  )
}

/** An engine whose pool holds so many idle connections. */
async function idle(server: FakeServer, t: TestContext, count: number, options = {}) {
  const engine = server.engine(t, { pool: { size: count, ...options } })
  for (const connection of await take(engine, count)) engine.release(connection)
  return engine
}

const isGone = ({ isClosed }: FakeConnection): boolean => isClosed

describe('A pooled source', () => {
  // session 6.29
  it('lets a connection that dies while it is idle go at once, and all of its time with it, once', async (t) => {
    const server = new FakeServer()
    const engine = await idle(server, t, 3)
    for (const connection of server.connections) connection.die()
    assert.deepEqual([engine.status.idle, engine.status.generation], [0, 1])
    assert.ok(server.connections.every(isGone))
    const [fresh] = await take(engine, 1)
    server.at(0).die()
    assert.equal(engine.status.generation, 1, 'a late death changes nothing')
    assert.ok(fresh !== undefined)
    engine.release(fresh)
    assert.equal(engine.status.idle, 1)
  })

  it('lets others finish their work when one of them dies', async (t) => {
    const server = new FakeServer()
    const engine = server.engine(t, { pool: { size: 2 } })
    const [busy, other] = await take(engine, 2)
    assert.ok(busy !== undefined && other !== undefined)
    engine.release(other)
    server.at(1).die()
    assert.equal(busy.isOpen, true)
    engine.release(busy)
    assert.deepEqual([engine.status.idle, engine.status.generation], [0, 1])
  })

  it('keeps the others when the server let one go because it was silent for too long', async (t) => {
    const server = new FakeServer()
    server.idleLimitMs = 60_000
    const engine = await idle(server, t, 2)
    const old = server.at(0)
    old.lastHeardAt = performance.now() - 60_000
    old.die()
    assert.deepEqual([engine.status.idle, engine.status.generation], [1, 0])
  })

  // session 6.19
  it('hands out none that is not open, though nobody said that it is lost', async (t) => {
    const server = new FakeServer()
    const engine = await idle(server, t, 1)
    server.at(0).isOpen = false
    const [connection] = await take(engine, 1)
    assert.equal(connection?.driver, server.at(1))
  })

  // settled B13
  it('pings with one statement at each checkout where that is asked for, and never where it is not', async (t) => {
    for (const [prePing, pings] of [
      ['always', 2],
      ['auto', 0],
      [false, 0],
    ] as const) {
      const server = new FakeServer()
      const engine = server.engine(t, { prePing, pool: { size: 1 } })
      const sent = record(engine)
      for (let i = 0; i < 3; i += 1) for (const each of await take(engine, 1)) engine.release(each)
      const expected = Array.from({ length: pings }, () => 'select 1')
      assert.deepEqual(server.at(0).sent, expected)
      assert.deepEqual(
        sent.map(({ sql }) => sql),
        expected,
      )
    }
  })

  // session 6.34
  it('does not ping a connection that was opened for this checkout', async (t) => {
    const server = new FakeServer()
    await idle(server, t, 3)
    assert.deepEqual(
      server.connections.flatMap(({ sent }) => sent),
      [],
    )
  })

  // session 6.35
  it('replaces all connections when a ping fails, and gives a new one', async (t) => {
    const server = new FakeServer()
    const engine = server.engine(t, { prePing: 'always', pool: { size: 3 } })
    for (const each of await take(engine, 3)) engine.release(each)
    for (const connection of server.connections) connection.isOpen = false
    server.at(2).isOpen = true
    server.at(2).flight = async () => {
      server.at(2).isOpen = false
      return { results: [], error: new DisconnectedError('gone'), commitSent: false }
    }
    const [connection] = await take(engine, 1)
    assert.equal(connection?.driver, server.at(3))
    assert.deepEqual([engine.status.generation, engine.status.opened], [1, 4])
  })

  it('gives up on a ping that is not answered', async (t) => {
    const server = new FakeServer()
    const engine = server.engine(t, { prePing: 'always', connectTimeoutMs: 5, pool: { size: 1 } })
    for (const each of await take(engine, 1)) engine.release(each)
    server.at(0).isSilent = true
    const [connection] = await take(engine, 1)
    assert.equal(connection?.driver, server.at(1))
  })

  // web 21
  // seed 22
  it('replaces connections at 90 % of the age at which the server closes them, and says where that comes from', async (t) => {
    const server = new FakeServer()
    server.idleLimitMs = 300_000
    const engine = server.engine(t)
    assert.equal(engine.options.pool.recycleMs, Infinity)
    for (const each of await take(engine, 1)) engine.release(each)
    assert.equal(engine.options.pool.recycleMs, 270_000)
    assert.equal(engine.optionOrigins.get('pool.recycleMs'), 'server')
    assert.ok(Object.isFrozen(engine.options) && Object.isFrozen(engine.options.pool))

    const impatient = new FakeServer()
    impatient.idleLimitMs = 0
    const restless = impatient.engine(t)
    for (let i = 0; i < 2; i += 1)
      for (const each of await take(restless, 1)) restless.release(each)
    assert.equal(restless.status.opened, 2, 'an older one is not handed out again')
  })

  // web 21
  it('leaves a shorter recycleMs alone', async (t) => {
    const server = new FakeServer()
    server.idleLimitMs = 300_000
    const engine = server.engine(t, { pool: { recycleMs: 100_000 } })
    for (const each of await take(engine, 1)) engine.release(each)
    assert.equal(engine.options.pool.recycleMs, 100_000)
    assert.equal(engine.optionOrigins.get('pool.recycleMs'), 'config')
  })

  // seed 22
  it('warns once, with both numbers, of a recycleMs above the server’s own limit', async (t) => {
    const emitWarning = t.mock.method(process, 'emitWarning', () => {})
    const server = new FakeServer()
    server.idleLimitMs = 300_000
    await idle(server, t, 3, { recycleMs: 7_200_000 })
    assert.equal(emitWarning.mock.callCount(), 1)
    const [message, options] = emitWarning.mock.calls[0]?.arguments ?? []
    assert.match(String(message), /is 7200000, but .* silent for 300000 ms/)
    assert.deepEqual(options, { type: 'AthanorWarning', code: 'ATHANOR_RECYCLE_LIMIT' })
  })

  // session 6.18
  it('starts with an empty pool in a process that was copied, and leaves the sockets to the other', async (t) => {
    const server = new FakeServer()
    const engine = await idle(server, t, 2)
    const { pid } = process
    const setPid = (value: number): unknown => Object.defineProperty(process, 'pid', { value })
    t.after(() => setPid(pid))
    setPid(pid + 1)
    const [connection] = await take(engine, 1)
    assert.equal(connection?.driver, server.at(2))
    assert.equal(server.openNow, 3, 'nobody has said goodbye in the name of the other process')
  })
})
