import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { IllegalStateError } from '../../src/errors/index.ts'
import { B, SlowFactory, createPool, holder, simple, type Fake } from './support.ts'

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
    assert.throws(
      () => pool.acquire(holder('deeper', inner)),
      /all 2 are held by scopes around it, the nearest by "db\.run/,
    )
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
