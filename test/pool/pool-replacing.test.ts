import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { InvalidRequestError } from '../../src/errors/index.ts'
import { A, B, FakeFactory, SlowFactory, createPool, settle, simple, type Fake } from './support.ts'

describe('Pool, replacing', () => {
  // session 6.8
  it('replaces a connection older than recycleMs when it is next taken, never while it is in use', () => {
    const { pool, factory, take, clock } = simple({ size: 1, recycleMs: 1000 })
    const connection = take()
    clock.now = 5000
    pool.release(connection)
    assert.deepEqual(factory.closed, [], 'coming back is no reason')
    assert.equal(take().id, 2)
    assert.deepEqual(factory.closed, [1])
  })

  // session 6.8
  it('spreads recycleMs by ±10 %', () => {
    for (const [random, age, expected] of [
      [0, 899, 1],
      [0, 901, 2],
      [1, 1099, 1],
      [1, 1101, 2],
    ] as const) {
      const { pool, clock } = createPool({ recycleMs: 1000 }, new FakeFactory(), {
        random: () => random,
      })
      pool.release(pool.acquire(A) as Fake)
      clock.now = age
      assert.equal((pool.acquire(A) as Fake).id, expected)
    }
  })

  // session 6.26
  it('replaces all that are open at their next checkout when it is told to recycle, and closes nothing before', () => {
    const { pool, factory, take } = simple({ size: 2 })
    const [idle, inUse] = [take(), take()]
    pool.release(idle)
    pool.recycle()
    assert.deepEqual([factory.closed, pool.status.idle, pool.status.generation], [[], 1, 0])
    pool.release(inUse)
    assert.deepEqual(factory.closed, [], 'coming back is no reason')
    const [third, fourth] = [take(), take()]
    assert.deepEqual([third.id, fourth.id, factory.closedInOrder], [3, 4, [1, 2]])
    pool.release(third)
    assert.equal(take(), third, 'what was opened since is not concerned')
  })

  // session 6.26
  it('replaces only the connection that it is told to recycle', () => {
    const { pool, factory, take } = simple({ size: 2, order: 'fifo' })
    const [one, two] = [take(), take()]
    pool.recycle(one)
    pool.recycle({ id: 9, isAlive: true }) // one that it does not have
    pool.release(one)
    pool.release(two)
    assert.deepEqual([take().id, factory.closed], [2, [1]])
  })

  it('closes what nobody took for idleMs, by a timer that does not keep the process alive', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, factory, take, clock } = simple({ size: 3, idleMs: 1000 })
    const [one, two] = [take(), take()]
    pool.release(one)
    pool.release(two)
    clock.now = 900
    pool.release(take()) // two, which came back last
    clock.now = 1000
    t.mock.timers.tick(1000)
    assert.deepEqual(factory.closed, [1])
    clock.now = 1900
    t.mock.timers.tick(900)
    assert.deepEqual(factory.closed, [1, 2])
  })

  it('does not hand out a connection that is known to be dead', () => {
    const { pool, factory, take } = simple()
    const connection = take()
    pool.release(connection)
    connection.isAlive = false
    assert.equal(take().id, 2)
    assert.deepEqual(factory.closed, [1])
  })

  // session 6.21
  it('closes an invalidated connection, frees its place and does not take it back', (t) => {
    const emitWarning = t.mock.method(process, 'emitWarning', () => {})
    const { pool, factory, take } = simple({ size: 1 })
    const connection = take()
    pool.invalidate(connection, new Error('broken'))
    assert.deepEqual(factory.closed, [1])
    pool.release(connection)
    assert.equal(pool.status.idle, 0)
    assert.equal(emitWarning.mock.callCount(), 0, 'its holder has made no mistake')
    assert.equal(take().id, 2)
  })

  // session 6.22
  // session 8.15
  it('replaces all connections after a disconnect; those in use finish their work first', () => {
    const { pool, factory, take } = simple({ size: 3 })
    const [one, two, three] = [take(), take(), take()]
    pool.release(three)
    pool.invalidate(one, new Error('server gone'), 'all')
    assert.deepEqual(factory.closedInOrder, [1, 3])
    assert.equal(pool.status.inUse, 1)
    pool.release(two)
    assert.deepEqual(factory.closedInOrder, [1, 2, 3])
  })

  // session 6.23
  // session 6.24
  it('counts one generation for many that die at once, and none for late deaths of old ones', () => {
    const { pool, take } = simple({ size: 3 })
    const [one, two, three] = [take(), take(), take()]
    pool.invalidate(one, new Error('gone'), 'all')
    pool.invalidate(two, new Error('gone'), 'all')
    const fresh = take()
    pool.release(fresh)
    pool.invalidate(three, new Error('gone'), 'all')
    assert.equal(pool.status.generation, 1)
    assert.equal(take(), fresh)
  })

  // session 6.25
  it('serves those who wait with new connections after an invalidation', async () => {
    const { pool, take } = simple({ size: 1 })
    const connection = take()
    const waiting = pool.acquire(B)
    pool.invalidate(connection, new Error('gone'), 'all')
    assert.equal((await waiting).id, 2)
  })

  // session 6.27
  it('can give up one connection and leave the others', () => {
    const { pool, factory, take } = simple({ size: 2 })
    const [one, two] = [take(), take()]
    pool.release(two)
    pool.invalidate(one, new Error('cancelled in the middle'))
    assert.deepEqual(factory.closed, [1])
    assert.equal(take(), two)
  })
})

describe('Pool, ending', () => {
  // session 6.16
  it('goes on after dispose: idle connections are closed, others when they come back, whoever waits gets new ones', async () => {
    const { pool, factory, take } = simple({ size: 2 })
    const [one, two] = [take(), take()]
    pool.release(two)
    const blocked = take()
    const waiting = pool.acquire(B)
    await pool.dispose()
    assert.equal((await waiting).id, 3)
    assert.equal(blocked, two)
    pool.release(one)
    pool.release(two)
    assert.deepEqual(factory.closedInOrder, [1, 2])
    pool.release(await waiting)
    assert.deepEqual([pool.status.idle, pool.status.inUse, pool.status.overflow], [1, 0, 0])
  })

  // session 6.16
  it('refuses everything after close, also those who wait', async () => {
    const { pool, factory, take } = simple({ size: 1 })
    const connection = take()
    const isClosed = (error: InvalidRequestError): boolean => error.code === 'POOL_CLOSED'
    const waiting = assert.rejects(Promise.resolve(pool.acquire(B)), isClosed)
    const closing = pool.close(60_000)
    await waiting
    assert.throws(() => pool.acquire(A), isClosed)
    pool.release(connection)
    await closing
    assert.deepEqual(factory.closed, [1])
  })

  it('closes connections in use after the deadline', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, factory, take } = simple({ size: 1 })
    take()
    const closing = pool.close(500)
    await settle()
    assert.deepEqual(factory.closed, [])
    t.mock.timers.tick(500)
    await closing
    assert.deepEqual(factory.closed, [1])
  })

  it('closes a connection that arrives after the close', async () => {
    const { pool, factory } = createPool({ size: 1 }, new SlowFactory())
    const waiting = assert.rejects(Promise.resolve(pool.acquire(A)), InvalidRequestError)
    await pool.close(0)
    await factory.succeed()
    await waiting
    assert.deepEqual(factory.closed, [1])
  })

  it('tells what a close threw, and goes on', async () => {
    const { pool, factory, events, take } = simple({ size: 1 })
    const errors: unknown[] = []
    events.on('close', ({ error }) => errors.push((error as Error).message))
    factory.close = () => {
      throw new Error('socket stuck')
    }
    pool.invalidate(take(), new Error('x'))
    await settle()
    assert.deepEqual(errors, ['socket stuck'])
    assert.equal(take().id, 2)
  })
})
