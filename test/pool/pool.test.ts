import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CancelledError, PoolTimeoutError } from '../../src/errors/index.ts'
import { A, B, FakeFactory, SlowFactory, createPool, holder, settle, simple } from './support.ts'

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
    assert.deepEqual(pool.status, {
      size: 1,
      idle: 1,
      inUse: 0,
      overflow: 0,
      waiting: 0,
      generation: 0,
      opened: 2,
      checkouts: 3,
    })
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
    assert.deepEqual(pool.status, {
      size: 2,
      idle: 0,
      inUse: 3,
      overflow: 1,
      waiting: 1,
      generation: 0,
      opened: 3,
      checkouts: 3,
    })
    pool.release(one)
    pool.release(two)
    pool.release(await waiting)
    pool.invalidate(take(), new Error('gone'), 'all')
    assert.deepEqual(pool.status, {
      size: 2,
      idle: 0,
      inUse: 1,
      overflow: 0,
      waiting: 0,
      generation: 1,
      opened: 3,
      checkouts: 5,
    })
  })

  // session 6.14
  it('tells its listeners of every connection and holder', async () => {
    const { pool, events, take, clock } = simple({ size: 1, timeoutMs: 0 })
    const heard: string[] = []
    events.on('connect', ({ connection }) => heard.push(`connect ${connection.id}`))
    events.on('checkout', ({ connection, holder: who }) =>
      heard.push(`checkout ${connection.id} ${who.name}`),
    )
    events.on('checkin', ({ connection, heldMs }) =>
      heard.push(`checkin ${connection.id} ${heldMs}`),
    )
    events.on('invalidate', ({ connection, error }) =>
      heard.push(`invalidate ${connection.id} ${(error as Error).message}`),
    )
    events.on('close', ({ connection }) => heard.push(`close ${connection.id}`))
    events.on('timeout', ({ holder: who }) => heard.push(`timeout ${who.name}`))
    const connection = take()
    clock.now = 20
    assert.throws(() => pool.acquire(B), PoolTimeoutError)
    pool.release(connection)
    pool.invalidate(take(B), new Error('cut'))
    await settle()
    assert.deepEqual(heard, [
      'connect 1',
      'checkout 1 GET /a',
      'timeout job b',
      'checkin 1 20',
      'checkout 1 job b',
      'invalidate 1 cut',
      'close 1',
    ])
  })

  // session 6.12
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
  // session 8.15
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
    assert.equal(
      pool.status.idle,
      1,
      'a connection that comes back later is not given to the one who has left',
    )
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

  // session 6.17
  it('keeps nothing with size 0: each connection is opened when it is taken and closed when it comes back', async () => {
    const { pool, factory, take } = simple({ size: 0, maxOverflow: 2 })
    const [one, two] = [take(), take()]
    const waiting = pool.acquire(B)
    assert.equal(pool.status.overflow, 2)
    pool.release(one)
    const third = await waiting
    assert.deepEqual([factory.closed, third.id], [[1], 3], 'nobody gets a used one')
    pool.release(two)
    pool.release(third)
    assert.deepEqual([factory.closed, pool.status.idle], [[1, 2, 3], 0])
  })

  // session 6.17
  it('lets everybody have a connection with size 0 and no limit', () => {
    const { factory, take } = simple({ size: 0, maxOverflow: Infinity, timeoutMs: 0 })
    for (let i = 0; i < 50; i += 1) take()
    assert.equal(factory.openNow, 50)
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
    const waiting = assert.rejects(
      Promise.resolve(pool.acquire(B, { timeoutMs: 100 })),
      /within 0\.1 s/,
    )
    t.mock.timers.tick(100)
    await waiting
  })

  // session 6.20
  it('stops waiting when its signal aborts, and takes nothing for a signal that has aborted', async () => {
    const { pool, take } = simple({ size: 1 })
    const connection = take()
    const abort = new AbortController()
    const waiting = assert.rejects(
      Promise.resolve(pool.acquire(B, { signal: abort.signal })),
      (error: Error) => {
        assert.ok(error instanceof CancelledError)
        assert.equal(error.name, 'AbortError')
        assert.equal(error.cause, 'client left')
        return true
      },
    )
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
  it('lets others have connections while one open hangs, and gives its caller the first that comes back', async () => {
    const { pool, factory } = createPool({ size: 2 }, new SlowFactory())
    const hanging = pool.acquire(A)
    const other = pool.acquire(B)
    await factory.succeed(1)
    pool.release(await other)
    assert.equal((await hanging).id, 1)
    const again = pool.acquire(B)
    assert.equal(factory.opening, 1, 'the one that hangs still counts')
    pool.release(await hanging)
    assert.equal((await again).id, 1)
    await factory.succeed()
    assert.deepEqual([pool.status.inUse, pool.status.idle], [1, 1])
  })

  it('leaves the others in peace when an open fails whose caller was served by another', async () => {
    const { pool, factory } = createPool({ size: 2 }, new SlowFactory())
    const [first, second] = [pool.acquire(A), pool.acquire(B)]
    await factory.succeed()
    pool.release(await first)
    const own = await second
    await factory.fail(new Error('refused'))
    assert.equal(own.id, 1)
    assert.equal(pool.status.inUse, 1)
  })

  it('tells one who tries several times whether anybody still wants the connection', async () => {
    const { pool, factory } = createPool({ size: 1 }, new SlowFactory())
    const wanted: (() => boolean)[] = []
    const { open } = factory
    factory.open = (isWanted?: () => boolean) => {
      if (isWanted !== undefined) wanted.push(isWanted)
      return open.call(factory)
    }
    const abort = new AbortController()
    const left = assert.rejects(
      Promise.resolve(pool.acquire(A, { signal: abort.signal })),
      CancelledError,
    )
    const [isWanted = () => assert.fail('it is told')] = wanted
    assert.ok(isWanted())
    abort.abort()
    await left
    assert.ok(!isWanted(), 'its caller has left')
    const next = pool.acquire(B)
    assert.ok(isWanted(), 'somebody else waits for its place')
    await factory.succeed()
    pool.release(await next)
    const rejected = assert.rejects(
      Promise.resolve(pool.acquire(A)).then(() => pool.acquire(B)),
      {
        code: 'POOL_CLOSED',
      },
    )
    await settle()
    await pool.close(0)
    await rejected
    assert.ok(!isWanted(), 'a pool that is closed wants nothing')
  })

  it('does not count the time of opening as waiting for others, not even where nobody may wait', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    for (const timeoutMs of [0, 100]) {
      const { pool, factory } = createPool({ size: 1, timeoutMs }, new SlowFactory())
      const first = Promise.resolve(pool.acquire(A))
      t.mock.timers.tick(60_000)
      await factory.succeed()
      assert.equal((await first).id, 1)
    }
  })

  it('counts the time of a caller whom others let wait, and stops when one is opened for it', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { pool, factory } = createPool({ size: 1, timeoutMs: 100 }, new SlowFactory())
    const first = assert.rejects(Promise.resolve(pool.acquire(A)), /refused/)
    const inVain = assert.rejects(Promise.resolve(pool.acquire(B)), /1 being opened, 1 waiting/)
    t.mock.timers.tick(100)
    await inVain
    const patient = Promise.resolve(pool.acquire(B))
    t.mock.timers.tick(99)
    await factory.fail(new Error('refused'))
    await first
    t.mock.timers.tick(60_000)
    await factory.succeed()
    assert.equal((await patient).id, 1)
  })
})
