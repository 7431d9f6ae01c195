import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Outcome } from 'athanor'
import { open, Post, temporaryFile, titles, type models } from './support.ts'

const add = (db: Database<typeof models>, title: string): Post =>
  db.session.add(new Post({ title }))

describe('the end of a scope by force', () => {
  it('comes when its time is up: work is rolled back, its signal aborts, and nothing counts as done', async (t) => {
    const { db } = await open(t)
    const outcomes: Outcome[] = []
    db.on('teardown', (outcome) => outcomes.push(outcome))
    let reason: unknown
    const run = db.run(
      async (scope) => {
        scope.signal.addEventListener('abort', () => (reason = 'aborted'))
        add(db, 'half')
        await db.session.flush()
        await sleep(100)
        return 'done'
      },
      { timeoutMs: 20, name: 'slow', commit: 'onSuccess' },
    )
    await assert.rejects(run, /the scope "slow".* has ended.*its time of 20 ms was up/)
    assert.equal(reason, 'aborted')
    assert.deepEqual(
      outcomes.map(({ aborted, committed }) => ({ aborted, committed })),
      [{ aborted: true, committed: false }],
    )
    assert.deepEqual(await titles(db), [])
  })

  it('never comes where its time is longer than a timer can wait, nor the end of those that dispose() waits for', async (t) => {
    for (const forever of [Infinity, Number.MAX_SAFE_INTEGER]) {
      const { db } = await open(t)
      const inside = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const run = db.run(
        async () => {
          add(db, 'kept')
          inside.resolve()
          await goOn.promise
        },
        { timeoutMs: forever, commit: 'onSuccess' },
      )
      await inside.promise
      const end = db.dispose({ deadlineMs: forever })
      await sleep(5) // a timer that cannot wait so long would have rung after one
      goOn.resolve()
      await run
      await end
    }
  })

  it('comes when a signal aborts, before or while it runs', async (t) => {
    const { db } = await open(t)
    const controller = new AbortController()
    const run = db.run(
      async (scope) => {
        controller.abort()
        assert.equal(scope.signal.aborted, true)
        await db.session.commit()
      },
      { signal: controller.signal },
    )
    await assert.rejects(run, { code: 'SCOPE_CLOSED' })
    await assert.rejects(
      db.run(() => db.select(Post).all(), { signal: controller.signal }),
      { code: 'SCOPE_CLOSED' },
    )
    await assert.rejects(
      db.run(() => 1, { signal: controller.signal }),
      { code: 'SCOPE_CLOSED' },
    )
  })

  // settled M23
  it('comes at the deadline of dispose(), which opens no new scopes and waits for those that end', async (t) => {
    const { db } = await open(t, { url: `sqlite:${temporaryFile(t)}` })
    const quick = db.run(async () => {
      await sleep(20)
      await db.transaction(() => add(db, 'in time'))
    })
    const slow = db.run(() => sleep(20_000, undefined, { ref: false }), { name: 'slow' })
    slow.catch(() => {})
    const aborted: string[] = []
    db.on('teardown', ({ aborted: byForce }, scope) => byForce && aborted.push(scope.name))
    const started = performance.now()
    await db.dispose({ deadlineMs: 1_500 })
    assert.ok(performance.now() - started < 15_000)
    await quick
    assert.deepEqual(aborted, ['slow'])
    await assert.rejects(
      db.run(() => 1),
      /disposed of/,
    )
    assert.deepEqual(await Promise.all([db.dispose(), db[Symbol.asyncDispose]()]), [
      undefined,
      undefined,
    ])
  })

  it('is not waited for by a dispose() once the scopes have ended', async (t) => {
    const { db } = await open(t)
    const quick = db.run(() => sleep(20))
    const started = performance.now()
    await db.dispose({ deadlineMs: 30_000 })
    assert.ok(performance.now() - started < 15_000)
    await quick
  })

  it('does not keep a dispose() waiting that is called inside', async (t) => {
    const { db } = await open(t)
    const started = performance.now()
    const result = await db.run(async () => {
      await db.transaction(() => add(db, 'x'))
      await db.dispose()
      return 'done'
    })
    assert.equal(result, 'done')
    assert.ok(performance.now() - started < 5_000)
  })
})
