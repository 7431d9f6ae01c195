import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CancelledError, IllegalStateError, InvalidRequestError, PoolTimeoutError } from '../../src/errors/index.ts'
import type { Holder } from '../../src/pool/index.ts'
import { FakeFactory, SlowFactory, createPool, holder, settle, type Fake } from './support.ts'

const A = holder('GET /a')
const B = holder('job b')

function simple(options: Parameters<typeof createPool>[0] = {}) {
  const all = createPool(options, new FakeFactory())
  const take = (who: Holder = A): Fake => {
    const taken = all.pool.acquire(who)
    assert.ok(!(taken instanceof Promise), 'a free connection is handed out at once')
    return taken
  }
  return { ...all, take }
}

describe('Pool, handing out', () => {
  // session 6.2
  it('opens nothing before the first checkout, and then as few as are needed', () => {
    const { pool, factory, take } = simple({ size: 3 })
    assert.equal(factory.opened.length, 0)
    pool.release(take())
    pool.release(take())
    assert.equal(factory.opened.length, 1)
  })

  // session 6.3
  it('opens at most size + maxOverflow, counts those being opened, and closes overflow on return', async () => {
    const { pool, factory } = createPool({ size: 1, maxOverflow: 1 }, new SlowFactory())
    const [first, second, third] = [pool.acquire(A), pool.acquire(A), pool.acquire(B)]
    assert.equal(factory.opening, 2, 'the third waits for a place')
    await factory.succeed()
    await factory.succeed()
    pool.release(await first)
    assert.equal(await third, await first)
    pool.release(await second)
    assert.deepEqual(factory.closed, [2])
    pool.release(await third)
    assert.deepEqual(pool.status, { size: 1, idle: 1, inUse: 0, overflow: 0, waiting: 0, generation: 0, opened: 2, checkouts: 3 })
  })

  // session 6.7
  it('hands out the one that came back last, or with order "fifo" the one that waits longest', () => {
    for (const order of ['lifo', 'fifo'] as const) {
      const { pool, take } = simple({ order })
      const [one, two] = [take(), take()]
      pool.release(one)
      pool.release(two)
      assert.equal(take(), order === 'lifo' ? two : one)
    }
  })

  // session 6.15
  it('counts what is idle, in use, over, waiting and replaced', async () => {
    const { pool, take } = simple({ size: 2, maxOverflow: 1 })
    const [one, two] = [take(), take(), take()]
    const waiting = pool.acquire(B)
    assert.deepEqual(pool.status, { size: 2, idle: 0, inUse: 3, overflow: 1, waiting: 1, generation: 0, opened: 3, checkouts: 3 })
    pool.release(one)
    pool.release(two)
    pool.release(await waiting)
    pool.invalidate(take(), new Error('gone'), 'all')
    assert.deepEqual(pool.status, { size: 2, idle: 0, inUse: 1, overflow: 0, waiting: 0, generation: 1, opened: 3, checkouts: 5 })
  })

  it('tells its listeners of every connection and holder', async () => {
    const { pool, events, take, clock } = simple({ size: 1, timeoutMs: 0 })
    const heard: string[] = []
    events.on('connect', ({ connection }) => heard.push(`connect ${connection.id}`))
    events.on('checkout', ({ connection, holder: who }) => heard.push(`checkout ${connection.id} ${who.name}`))
    events.on('checkin', ({ connection, heldMs }) => heard.push(`checkin ${connection.id} ${heldMs}`))
    events.on('invalidate', ({ connection, error }) => heard.push(`invalidate ${connection.id} ${(error as Error).message}`))
    events.on('close', ({ connection }) => heard.push(`close ${connection.id}`))
    events.on('timeout', ({ holder: who }) => heard.push(`timeout ${who.name}`))
    const connection = take()
    clock.now = 20
    assert.throws(() => pool.acquire(B), PoolTimeoutError)
    pool.release(connection)
    pool.invalidate(take(B), new Error('cut'))
    await settle()
    assert.deepEqual(heard, ['connect 1', 'checkout 1 GET /a', 'timeout job b', 'checkin 1 20', 'checkout 1 job b', 'invalidate 1 cut', 'close 1'])
  })

  it('says by a warning that a connection was given back twice, and changes nothing', async (t) => {
    const { pool, take } = simple({ size: 1 })
    const emitWarning = t.mock.method(process, 'emitWarning', () => {})
    const connection = take()
    pool.release(connection)
    pool.release(connection)
    assert.equal(pool.status.idle, 1)
    const [message, options] = emitWarning.mock.calls[0]?.arguments ?? []
    assert.match(String(message), /a connection of engine "default" twice/)
    assert.deepEqual(options, { type: 'AthanorWarning', code: 'ATHANOR_DOUBLE_RELEASE' })
  })
})

describe('Pool, waiting', () => {
  // session 6.4
  it('serves those who wait in the order of their calls', async () => {
    const { pool, take } = simple({ size: 1 })
    const served: string[] = []
    const connection = take()
    const waiting = ['one', 'two', 'three'].map(async (name) => {
      const own = await pool.acquire(holder(name))
      served.push(name)
      pool.release(own)
    })
    pool.release(connection)
    await Promise.all(waiting)
    assert.deepEqual(served, ['one', 'two', 'three'])
  })

  // session 6.4
  it('rejects after timeoutMs with the limit, the counts and the longest holders, and forgets the waiter', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, take, clock } = simple({ size: 2, maxOverflow: 0, timeoutMs: 30_000 })
    const old = take(holder('POST /slow'))
    clock.now = 11_000
    take(B)
    const waiting = assert.rejects(Promise.resolve(pool.acquire(A)), (error: PoolTimeoutError) => {
      assert.ok(error instanceof PoolTimeoutError)
      assert.equal(error.code, 'POOL_TIMEOUT')
      assert.equal(
        error.message,
        'Cannot get a connection of engine "default" for "GET /a": the pool\'s limit of 2 (+0 overflow) is reached and none came back within 30.0 s (2 in use, 0 being opened, 1 waiting). Held longest: "POST /slow" for 41.0 s, "job b" for 30.0 s. Do slow work outside of transactions, or raise pool.size.',
      )
      assert.deepEqual([error.info['size'], error.info['inUse'], error.info['waiting']], [2, 2, 1])
      assert.deepEqual(error.info['holders'], [
        { name: 'POST /slow', heldMs: 41_000 },
        { name: 'job b', heldMs: 30_000 },
      ])
      return true
    })
    clock.now = 41_000
    t.mock.timers.tick(30_000)
    await waiting
    assert.equal(pool.status.waiting, 0)
    pool.release(old)
    assert.equal(pool.status.idle, 1, 'a connection that comes back later is not given to the one who has left')
  })

  // session 6.4
  it('loses no connection that comes back at the moment somebody gives up', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, take } = simple({ size: 1, timeoutMs: 5 })
    const connection = take()
    const late = Promise.resolve(pool.acquire(A))
    const rejected = assert.rejects(late, PoolTimeoutError)
    const next = pool.acquire(holder('next'), { timeoutMs: 1000 })
    t.mock.timers.tick(5)
    pool.release(connection)
    await rejected
    assert.equal(await next, connection)
  })

  it('does not wait at all with timeoutMs 0', () => {
    const { pool, take } = simple({ size: 1, timeoutMs: 0 })
    take()
    assert.throws(() => pool.acquire(B), /it does not wait/)
  })

  it('waits as long as the caller says', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, take } = simple({ size: 1, timeoutMs: 60_000 })
    take()
    const waiting = assert.rejects(Promise.resolve(pool.acquire(B, { timeoutMs: 100 })), /within 0\.1 s/)
    t.mock.timers.tick(100)
    await waiting
  })

  // session 6.20
  it('stops waiting when its signal aborts, and takes nothing for a signal that has aborted', async () => {
    const { pool, take } = simple({ size: 1 })
    const connection = take()
    const abort = new AbortController()
    const waiting = assert.rejects(Promise.resolve(pool.acquire(B, { signal: abort.signal })), (error: Error) => {
      assert.ok(error instanceof CancelledError)
      assert.equal(error.name, 'AbortError')
      assert.equal(error.cause, 'client left')
      return true
    })
    abort.abort('client left')
    await waiting
    pool.release(connection)
    assert.equal(pool.status.idle, 1)
    assert.throws(() => pool.acquire(B, { signal: abort.signal }), CancelledError)
    assert.equal(pool.status.idle, 1)
  })

  // session 6.20
  it('hands a connection whose caller left while it was opened to the next one', async () => {
    const { pool, factory } = createPool({ size: 1 }, new SlowFactory())
    const abort = new AbortController()
    const first = Promise.resolve(pool.acquire(A, { signal: abort.signal }))
    const second = pool.acquire(B)
    const rejected = assert.rejects(first, CancelledError)
    abort.abort()
    await rejected
    await factory.succeed()
    assert.equal((await second).id, 1)
  })
})

describe('Pool, opening', () => {
  // session 6.5
  it('frees the place of a failed open, tells only its own caller, and lets the next one try', async () => {
    const { pool, factory } = createPool({ size: 1 }, new SlowFactory())
    const first = assert.rejects(Promise.resolve(pool.acquire(A)), /refused/)
    const second = pool.acquire(B)
    await factory.fail(new Error('refused'))
    await first
    assert.equal(factory.opening, 1)
    await factory.succeed()
    assert.equal((await second).id, 1)
    assert.equal(pool.status.inUse, 1)
  })

  // session 6.5
  it('does the same where opening fails at once', () => {
    const { pool, factory } = createPool({ size: 1 }, new FakeFactory())
    factory.open = () => {
      throw new Error('no such file')
    }
    assert.throws(() => pool.acquire(A), /no such file/)
    assert.throws(() => pool.acquire(A), /no such file/, 'and not a time-out: the place is free')
  })

  // session 6.6
  it('lets others have connections while one open hangs', async () => {
    const { pool, factory } = createPool({ size: 2 }, new SlowFactory())
    const hanging = pool.acquire(A)
    const other = pool.acquire(B)
    await factory.succeed(1)
    pool.release(await other)
    const again = pool.acquire(B)
    assert.equal((await again).id, 1)
    await factory.succeed()
    assert.equal((await hanging).id, 2)
  })

  it('limits the wait for an open too, and keeps what arrives late', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, factory } = createPool({ size: 1, timeoutMs: 100 }, new SlowFactory())
    const waiting = assert.rejects(Promise.resolve(pool.acquire(A)), /1 being opened/)
    t.mock.timers.tick(100)
    await waiting
    await factory.succeed()
    assert.equal(pool.status.idle, 1)
  })
})

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
      const { pool, clock } = createPool({ recycleMs: 1000 }, new FakeFactory(), { random: () => random })
      pool.release(pool.acquire(A) as Fake)
      clock.now = age
      assert.equal((pool.acquire(A) as Fake).id, expected)
    }
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
  it('replaces all connections after a disconnect; those in use finish their work first', () => {
    const { pool, factory, take } = simple({ size: 3 })
    const [one, two, three] = [take(), take(), take()]
    pool.release(three)
    pool.invalidate(one, new Error('server gone'), 'all')
    assert.deepEqual(factory.closed.toSorted(), [1, 3])
    assert.equal(pool.status.inUse, 1)
    pool.release(two)
    assert.deepEqual(factory.closed.toSorted(), [1, 2, 3])
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
    assert.deepEqual(factory.closed.toSorted(), [1, 2])
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

describe('Pool, self-deadlock', () => {
  const outer = holder('GET /posts/:id')
  const inner = holder('db.run at app.ts:7:3', outer)

  // web 34
  it('is told at once, with both names, when all connections are held by scopes that wait for the asker', () => {
    const { pool, take } = simple({ size: 1 })
    take(outer)
    assert.throws(
      () => pool.acquire(holder('deeper', inner)),
      (error: IllegalStateError) => {
        assert.equal(error.code, 'SELF_DEADLOCK')
        assert.match(error.message, /for "deeper".*held by "GET \/posts\/:id"/)
        return true
      },
    )
    assert.equal(pool.status.waiting, 0)
  })

  it('is told when several scopes around the asker hold all there are', () => {
    const { pool, take } = simple({ size: 2 })
    take(outer)
    take(inner)
    assert.throws(() => pool.acquire(holder('deeper', inner)), /all 2 are held by scopes around it, the nearest by "db\.run/)
  })

  it('is no reason to give up while a stranger, a sibling, a lease or an open may help', async () => {
    const stranger = simple({ size: 2 })
    stranger.take(outer)
    const other = stranger.take(B)
    const first = stranger.pool.acquire(inner)
    stranger.pool.release(other)
    assert.equal(await first, other)

    const sibling = simple({ size: 1 })
    const own = sibling.take(inner)
    const second = sibling.pool.acquire(holder('sibling', outer))
    sibling.pool.release(own)
    assert.equal(await second, own)

    const leased = simple({ size: 1 })
    const lease = leased.pool.acquire(outer, { isBrief: true }) as Fake
    const third = leased.pool.acquire(inner)
    leased.pool.release(lease)
    assert.equal(await third, lease)

    const slow = createPool({ size: 2 }, new SlowFactory())
    const held = slow.pool.acquire(outer)
    await slow.factory.succeed()
    const opening = slow.pool.acquire(B)
    const fourth = slow.pool.acquire(inner)
    await slow.factory.succeed()
    slow.pool.release(await opening)
    assert.equal(await fourth, await opening)
    slow.pool.release(await held)
  })
})
