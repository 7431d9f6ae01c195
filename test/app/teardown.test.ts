import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome, Scope } from 'athanor'
import { open, Post, titles } from './support.ts'

const nothing = {
  error: undefined,
  status: undefined,
  aborted: false,
  committed: false,
  streaming: false,
}

describe('teardown', () => {
  // seed 7
  it('comes once for each scope, after success, failure and force, and is told the outcome', async (t) => {
    const { db } = await open(t)
    const heard: [string, Outcome][] = []
    const listening = db.on('teardown', (outcome, scope) => {
      assert.equal(scope.closed, true)
      heard.push([scope.name, outcome])
    })
    const broken = new Error('broken')
    const fails = async (): Promise<never> => {
      throw broken
    }
    await db.run(() => db.select(Post).all(), { name: 'reads' })
    await db.run(() => 1, { name: 'idle' })
    await db.run(() => db.transaction(() => db.session.add(new Post({ title: 'a' }))), {
      name: 'stores',
    })
    await db.run(() => db.session.add(new Post({ title: 'b' })), {
      name: 'is stored',
      commit: 'onSuccess',
    })
    await assert.rejects(db.run(fails, { name: 'fails' }), broken)
    await db.run(() => fails().catch(() => {}), { name: 'handles its failure' })
    await assert.rejects(
      db.run(() => db.session.add(new Post({ title: 'a' })), {
        name: 'cannot commit',
        commit: 'onSuccess',
      }),
      { code: 'UNIQUE_VIOLATION' },
    )
    await assert.rejects(db.run(() => sleep(50), { name: 'is slow', timeoutMs: 5 }))
    listening[Symbol.dispose]()
    await db.run(() => 1, { name: 'after the listener has gone' })
    const [, violation] = heard[6] ?? []
    assert.equal((violation?.error as { code?: string } | undefined)?.code, 'UNIQUE_VIOLATION')
    assert.deepEqual(heard.toSpliced(6, 1), [
      ['reads', nothing],
      ['idle', nothing],
      ['stores', { ...nothing, committed: true }],
      ['is stored', { ...nothing, committed: true }],
      ['fails', { ...nothing, error: broken }],
      ['handles its failure', nothing], // seed 13
      ['is slow', { ...nothing, aborted: true }],
    ])
  })

  // seed 13
  it('does not take an error that was handled for a failure of the scope', async (t) => {
    const { db } = await open(t)
    await db.run(
      async () => {
        db.session.add(new Post({ title: 'kept' }))
        try {
          throw new Error('handled')
        } catch {
          await db.run(() => db.select(Post).count())
        }
      },
      { commit: 'onSuccess' },
    )
    assert.deepEqual(await titles(db), ['kept'])
  })

  // seed 14
  it('closes the session and gives back the writer, whatever two of three callbacks throw, and reports both', async (t) => {
    const { db, log } = await open(t)
    const order: string[] = []
    const fail = (name: string) => async () => {
      order.push(name)
      throw new Error(`${name} failed`)
    }
    const listeners = [
      db.on('teardown', fail('first')),
      db.on('teardown', () => order.push('second')),
      db.on('teardown', fail('third')),
    ]
    let own: Scope | undefined
    const result = await db.run(
      async (scope) => {
        own = scope
        db.session.add(new Post({ title: 'lost' }))
        await db.session.flush() // the writer is taken
        return 'the result stands'
      },
      { name: 'GET /' },
    )
    assert.equal(result, 'the result stands')
    assert.deepEqual(order, ['first', 'second', 'third'])
    assert.equal(own?.closed, true)
    assert.throws(() => own?.session, { code: 'SCOPE_CLOSED' })
    assert.equal(db.engine.status.inUse, 0)
    for (const listener of listeners) listener[Symbol.dispose]()
    const started = performance.now()
    await db.run(() =>
      db.transaction(() => db.session.add(new Post({ title: 'the second writer' }))),
    )
    assert.ok(performance.now() - started < 1_000, 'it did not wait for a lock')
    const [line, ...more] = log.of('ATHANOR_CLOSE_FAILED')
    assert.deepEqual(more, [])
    assert.equal(line?.level, 'error')
    assert.match(line?.message ?? '', /"GET \/" failed in 2 steps/)
    const errors = (line?.facts['err'] as AggregateError | undefined)?.errors ?? []
    assert.deepEqual(
      errors.map((error: Error) => error.message),
      ['first failed', 'third failed'],
    )
  })

  it('runs the callbacks of the scope first, the last one added at first, and never those of another', async (t) => {
    const { db } = await open(t)
    const order: string[] = []
    db.on('teardown', (_outcome, scope) => order.push(`db ${scope.name}`))
    await db.run(
      async (scope) => {
        scope.onTeardown(() => order.push('one'))
        scope.onTeardown(async () => {
          await sleep(1)
          order.push('two')
        })
        await db.run(() => 1, { name: 'inner' })
        order.push('body')
      },
      { name: 'outer' },
    )
    assert.deepEqual(order, ['db inner', 'body', 'two', 'one', 'db outer'])
  })

  it('reports to process warnings where there is no logger', async (t) => {
    const { db } = await open(t, { logger: undefined })
    const warnings: (Error & { code?: string; detail?: string })[] = []
    const listen = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listen)
    t.after(() => process.off('warning', listen))
    await db.run((scope) => {
      scope.onTeardown(() => {
        throw new Error('told as a warning')
      })
    })
    await sleep(5)
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['ATHANOR_CLOSE_FAILED'],
    )
    assert.match(warnings[0]?.detail ?? '', /told as a warning/)
  })
})

describe('afterCommit', () => {
  it('runs after the commit and before the scope is settled, and never after a rollback', async (t) => {
    const { db } = await open(t)
    const order: string[] = []
    await db.run(
      async (scope) => {
        db.session.add(new Post({ title: 'a' }))
        scope.afterCommit(() => order.push('dropped'))
        await db.session.rollback()
        db.session.add(new Post({ title: 'b' }))
        scope.afterCommit(async () => order.push(`stored ${(await titles(db)).join()}`))
        await db.session.commit()
        order.push('committed')
        scope.afterCommit(() => order.push('at the end'))
        db.session.add(new Post({ title: 'c' }))
      },
      { commit: 'onSuccess' },
    )
    assert.deepEqual(order, ['stored b', 'committed', 'at the end'])
    await assert.rejects(
      db.run(
        (scope) => {
          scope.afterCommit(() => order.push('never'))
          db.session.add(new Post({ title: 'b' }))
        },
        { commit: 'onSuccess' },
      ),
    )
    assert.equal(order.length, 3)
  })

  it('is reported when it fails, and changes nothing: the data is stored', async (t) => {
    const { db, log } = await open(t)
    const ran: string[] = []
    await db.run(
      async (scope) => {
        scope.afterCommit(() => Promise.reject(new Error('mail is down')))
        scope.afterCommit(() => ran.push('the next one'))
        db.session.add(new Post({ title: 'kept' }))
        await db.session.commit()
      },
      { name: 'mails' },
    )
    assert.deepEqual(await titles(db), ['kept'])
    assert.deepEqual(ran, ['the next one'])
    const [line] = log.of('ATHANOR_AFTER_COMMIT_FAILED')
    assert.equal((line?.facts['err'] as Error | undefined)?.message, 'mail is down')
    assert.match(line?.message ?? '', /"mails"/)
  })

  it('has listeners on all sessions: before a commit they may add and refuse, afterwards they only hear', async (t) => {
    const { db } = await open(t)
    const heard: string[] = []
    db.on('session', (session, scope) => {
      session.on('beforeCommit', () => {
        heard.push(`before ${scope.name}`)
        if (scope.name === 'refused') throw new Error('no')
        if (scope.name === 'adds') session.add(new Post({ title: 'added by the listener' }))
      })
      session.on('afterCommit', () => heard.push(`after ${scope.name}`))
    })
    db.on('afterRollback', (_notice, scope) => heard.push(`rollback ${scope.name}`))
    await db.run(() => db.session.add(new Post({ title: 'own' })), {
      name: 'adds',
      commit: 'onSuccess',
    })
    await assert.rejects(
      db.run(() => db.session.add(new Post({ title: 'x' })), {
        name: 'refused',
        commit: 'onSuccess',
      }),
      /no/,
    )
    await db.run(() => db.session.rollback(), { name: 'undone' })
    assert.deepEqual(heard, ['before adds', 'after adds', 'before refused', 'rollback undone'])
    assert.deepEqual(await titles(db), ['own', 'added by the listener'])
  })
})
