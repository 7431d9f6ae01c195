import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  Database,
  inspect,
  ScopeClosedError,
  SessionClosedError,
  type Outcome,
  type Scope,
  type ScopeOptions,
} from 'athanor'
import { Author, models, open, Post, Tag, titles } from './support.ts'
import { eventually } from '../support/eventually.ts'

const add = (db: Database<typeof models>, title: string): Post =>
  db.session.add(new Post({ title }))

describe('a scope', () => {
  // seed 3
  // web 24
  it('has one session, made at the first use, and concurrent scopes have others', async (t) => {
    const { db } = await open(t)
    const sessions = await Promise.all(
      Array.from({ length: 5 }, () =>
        db.run(async () => {
          const { session } = db
          await sleep(1)
          assert.equal(db.session, session)
          assert.equal(db.scope.session, session)
          return session
        }),
      ),
    )
    assert.equal(new Set(sessions).size, 5)
    assert.ok(sessions.every((session) => session.isClosed))
  })

  // web 25
  it('refuses options that it does not know and values that an option does not take', async (t) => {
    const { db } = await open(t)
    const options = (given: object): ScopeOptions => given
    await assert.rejects(
      db.run(() => {}, options({ comit: 'onSuccess' })),
      { code: 'UNKNOWN_OPTION', message: /"comit" of a scope\. Did you mean "commit"/ },
    )
    assert.throws(() => db.wrap(() => {}, options({ timeout: 5 })), { message: /"timeoutMs"/ })
    const invalid = { code: 'CONFIGURATION', message: /"commit".*'manual', 'onSuccess'/ }
    assert.throws(() => db.openScope(options({ commit: 'always' })), invalid)
    const calls = db as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
    await assert.rejects(async () => calls['run']?.({ commit: 'onSuccess' }, () => {}), {
      code: 'ARGUMENT',
      message: /db\.run\(async \(\) =>/,
    })
    for (const helper of ['paginate', 'firstOr404', 'oneOr404'])
      await assert.rejects(async () => calls[helper]?.(Post), {
        code: 'ARGUMENT',
        message: /a function: it takes a query, such as Post\.query\(\)/,
      })
  })

  it('is missed with the ways to get one, also by a query that outlives it', async (t) => {
    const { db } = await open(t)
    const noScope = { name: 'NoScopeError', code: 'NO_SCOPE' }
    for (const use of [() => db.scope, () => db.session, () => db.kysely])
      assert.throws(use, noScope)
    await assert.rejects(
      db.transaction(() => 1),
      noScope,
    )
    assert.throws(() => db.session, /app\.register\(athanor.*db\.run\(async.*db\.wrap\(fn\)/)
    const query = await db.run(() => ({ sugar: Post.query(), select: db.select(Post) }))
    await assert.rejects(async () => query.sugar.all(), noScope)
    await assert.rejects(async () => query.select.all(), noScope)
  })

  // seed 4
  // web 26
  // settled A2
  it('rolls back what nobody committed, gives everything back, and may be closed twice', async (t) => {
    const { db } = await open(t)
    const scope = db.openScope()
    const post = scope.run(() => add(db, 'kept'))
    await scope.run(() => db.session.commit())
    await scope.run(() => {
      add(db, 'lost')
      return db.session.flush()
    })
    assert.equal(db.engine.status.inUse, 1)
    await scope.close()
    await scope.close()
    assert.equal(db.engine.status.inUse, 0)
    assert.equal(inspect(post).state, 'detached')
    assert.equal(scope.closed, true)
    assert.deepEqual(await titles(db), ['kept'])
  })

  // seed 5
  it('leaves the connections open when it closes its session; only dispose() closes them', async (t) => {
    const { db } = await open(t)
    await db.run(() => db.select(Post).all())
    const { opened } = db.engine.status
    await db.run(() => db.select(Post).all())
    assert.equal(db.engine.status.opened, opened)
    await db.engine.dispose()
    assert.equal(db.engine.status.idle, 0)
    await db.run(() => db.select(Post).all())
    assert.ok(db.engine.status.opened > opened, 'the engine goes on with new connections')
    await db.dispose()
    assert.equal(db.engine.status.idle, 0)
    await assert.rejects(db.engine.ping(), { code: 'POOL_CLOSED' })
  })

  // web 27
  it('leaves loaded values readable after its end, and says why the others are not', async (t) => {
    const { db } = await open(t)
    const post = await db.run(
      async () => {
        const made = add(db, 'kept')
        made.author = new Author({ name: 'ada' })
        await db.session.commit()
        return made
      },
      { name: 'nightly' },
    )
    assert.equal(post.title, 'kept')
    const found = await db.run(() => db.select(Post).one(), { name: 'nightly' })
    assert.equal(found.title, 'kept')
    await assert.rejects(
      Promise.resolve().then(() => found.tags.load()),
      /nightly/,
    )
  })

  // web 33
  it('is independent of the one around it, in either outcome', async (t) => {
    const { db } = await open(t)
    await db.run(async () => {
      const { session } = db
      const post = add(db, 'outer')
      await assert.rejects(
        db.run(() => {
          assert.notEqual(db.session, session)
          throw new Error('inner')
        }),
        /inner/,
      )
      await db.run(() => db.select(Post).count())
      assert.equal(db.session, session)
      assert.equal(session.has(post), true)
      await db.transaction(async () => {
        assert.equal(db.session, session)
        await assert.rejects(
          db.transaction(async () => {
            add(db, 'in a savepoint')
            await session.flush()
            throw new Error('undone')
          }),
          /undone/,
        )
      })
    })
    assert.deepEqual(await titles(db), ['outer'])
  })

  // web 34
  // settled H25
  it('that waits for a connection of the scope around it is told at once', async () => {
    await using db = new Database({ url: 'sqlite::memory:', models, diagnostics: false })
    await db.createAll()
    await db.run(
      async () => {
        add(db, 'held')
        await db.session.flush()
        await assert.rejects(
          db.run(() => db.select(Post).count(), { name: 'inner' }),
          (error: Error & { code?: string }) =>
            error.code === 'SELF_DEADLOCK' &&
            error.message.includes('"outer"') &&
            error.message.includes('"inner"'),
        )
        await assert.rejects(db.scope.fork().select(Post).all(), { code: 'SELF_DEADLOCK' })
        await assert.rejects(db.createAll(), { code: 'SELF_DEADLOCK' })
      },
      { name: 'outer' },
    )
  })

  // seed 10
  it('takes no connection when it does no SQL', async (t) => {
    const { db } = await open(t)
    const { checkouts } = db.engine.status
    assert.match(db.engine.url.toString(), /^sqlite:/)
    await db.run(() => db.engine.url.toString())
    await db.run(() => db.session)
    await db.run(() => db.session.commit())
    assert.equal(db.engine.status.checkouts, checkouts)
  })

  it('costs 500 bytes at most while it is open and does no SQL', async (t) => {
    const { db } = await open(t, { diagnostics: false })
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const measure = (): number => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const open10000 = (): Scope[] => Array.from({ length: 10_000 }, () => db.openScope({}))
    for (const scope of open10000()) await scope.close()
    const before = measure()
    const scopes = open10000()
    const each = (measure() - before) / scopes.length
    t.diagnostic(`${each.toFixed(0)} bytes a scope`)
    assert.ok(each <= 500, `${each.toFixed(0)} bytes a scope`)
    for (const scope of scopes) await scope.close()
  })

  // web 39
  it('refuses use after its end with its story, and counts it', async (t) => {
    const { db } = await open(t)
    let late: Promise<unknown> = Promise.resolve()
    const { scope, session } = await db.run(
      async (own) => {
        const held = db.session
        late = (async () => {
          await sleep(5)
          await db.session.commit()
        })()
        late.catch(() => {})
        return { scope: own, session: held }
      },
      { name: 'nightly' },
    )
    const story = (error: Error & { code?: string }): boolean => {
      assert.equal(error.code, 'SCOPE_CLOSED')
      assert.match(
        error.message,
        /^Cannot .*: the scope "nightly", opened at test\/app\/scope\.test\.ts:\d+:\d+, has ended at test\/app\/scope\.test\.ts:\d+:\d+: its function has returned\. Await the work/,
      )
      return true
    }
    await assert.rejects(late, story)
    await assert.rejects(async () => session.flush(), story)
    assert.throws(() => session.add(new Post({ title: 'late' })), story)
    assert.throws(() => scope.session, story)
    assert.throws(() => scope.fork(), story)
    assert.throws(() => scope.afterCommit(() => {}), story)
    assert.throws(() => scope.onTeardown(() => {}), story)
    assert.equal(scope.lateUses, 7)
  })

  // web 40
  // settled M22
  it('runs what is started in parallel one after the other, and forks for work of its own', async (t) => {
    const { db, log } = await open(t)
    await db.run(
      async () => {
        const [a, b, c] = await Promise.all([
          db.select(Post).count(),
          db.session.flush(),
          db.select(Tag).all(),
        ])
        assert.deepEqual([a, b, c], [0, undefined, []])
        const fork = db.scope.fork()
        assert.notEqual(fork, db.session)
        fork.add(new Post({ title: 'of the fork' }))
        await fork.commit()
        add(db, 'of the scope')
        fork.add(new Post({ title: 'dirty fork' }))
      },
      { commit: 'onSuccess', name: 'forks' },
    )
    assert.deepEqual(await titles(db), ['of the fork', 'of the scope'])
    assert.match(
      log.of('ATHANOR_DISCARDED_CHANGES')[0]?.message ?? '',
      /^1 uncommitted change was discarded at the end of "forks": Post/,
    )
  })

  // settled B16
  it('is committed as a function of the outcome says', async (t) => {
    const { db } = await open(t)
    const outcomes: Outcome[] = []
    const commit = (outcome: Outcome): boolean => outcomes.push(outcome) === 2
    await db.run(() => add(db, 'first'), { commit })
    await db.run(() => add(db, 'second'), { commit })
    assert.deepEqual(await titles(db), ['second'])
    assert.deepEqual(
      outcomes.map(({ error, aborted, committed }) => [error, aborted, committed]),
      [
        [undefined, false, false],
        [undefined, false, false],
      ],
    )
  })

  // settled B28
  it('ends its session with an error of its own; a session of nobody’s has another', async (t) => {
    const { db } = await open(t)
    const [session, fork] = await db.run((scope) => [db.session, scope.fork()])
    const free = db.createSession()
    await free.close()
    for (const late of [session, fork])
      await assert.rejects(
        async () => late?.flush(),
        (error) => error instanceof ScopeClosedError && error.code === 'SCOPE_CLOSED',
      )
    await assert.rejects(
      async () => free.flush(),
      (error) => error instanceof SessionClosedError && error.code === 'SESSION_CLOSED',
    )
  })

  // web 43
  // settled B18
  it('is made for each call of a wrapped function, also when an event runs it inside another scope', async (t) => {
    const { db } = await open(t)
    const seen: Scope[] = []
    const emitter = new EventEmitter()
    const count = db.wrap(async function counted(this: unknown, title: string) {
      seen.push(db.scope)
      await db.transaction(() => add(db, title))
      return [this, await db.select(Post).count()]
    })
    emitter.on('message', (title: string) => void count(title))
    const job = { count }
    assert.deepEqual(await job.count('direct'), [job, 1])
    await db.run(async (scope) => {
      emitter.emit('message', 'emitted')
      assert.equal(db.scope, scope)
      await eventually(async () => (await db.select(Post).count()) === 2)
    })
    assert.equal(new Set(seen).size, 2)
    assert.deepEqual(
      seen.map(({ name }) => name),
      ['counted', 'counted'],
    )
  })

  it('can be kept by a function that is bound to it', async (t) => {
    const { db } = await open(t)
    const emitter = new EventEmitter()
    const scope = db.openScope()
    const heard: unknown[] = []
    emitter.on(
      'data',
      scope.bind(function onData(this: unknown, ...args: unknown[]) {
        heard.push(this, ...args, db.scope)
      }),
    )
    emitter.emit('data', 1, 2)
    assert.deepEqual(heard, [emitter, 1, 2, scope])
    await scope.close()
  })

  it('is closed by `await using`, which commits nothing', async (t) => {
    const { db, log } = await open(t)
    {
      await using scope = db.openScope({ commit: 'onSuccess' })
      scope.run(() => add(db, 'x'))
    }
    assert.deepEqual(await titles(db), [])
    assert.equal(log.of('ATHANOR_DISCARDED_CHANGES').length, 1)
  })

  // seed 20
  it('runs its transactions under the isolation that the engine, the scope or the block asks for', async (t) => {
    const { db, sent } = await open(t)
    const read = (): Promise<unknown> => db.select(Post).all()
    const kindsOf = async (work: () => unknown, options?: ScopeOptions): Promise<string[]> => {
      sent.clear()
      await db.run(work, options)
      return sent.kinds()
    }
    assert.deepEqual(await kindsOf(read), ['select'])
    assert.deepEqual(await kindsOf(read, { isolation: 'serializable' }), [
      'begin',
      'select',
      'rollback',
    ])
    const block = (): Promise<unknown> => db.transaction(read, { isolation: 'serializable' })
    assert.deepEqual(await kindsOf(block), ['begin', 'select', 'commit'])
    assert.deepEqual(await kindsOf(read), ['select'], 'the connection is as before')

    const late = async (): Promise<void> => {
      add(db, 'x')
      await db.session.flush()
      await assert.rejects(block, { code: 'ILLEGAL_STATE' })
    }
    await db.run(late, { commit: () => false })
    for (const isolation of ['read uncommitted', 'read committed', 'repeatable read'] as const) {
      await assert.rejects(db.run(read, { isolation }), { name: 'ArgumentError' }, isolation)
      await assert.rejects(
        db.run(() => db.transaction(() => add(db, 'y'), { isolation })),
        { name: 'ArgumentError' },
      )
    }
    const strict = await open(t, { engineOptions: { isolation: 'serializable' } })
    strict.sent.clear()
    await strict.db.run(() => strict.db.select(Post).all())
    assert.deepEqual(strict.sent.kinds(), ['begin', 'select', 'rollback'])
  })

  it('refuses to write when it is read-only', async (t) => {
    const { db } = await open(t)
    await db.run(
      async () => {
        add(db, 'x')
        await assert.rejects(db.session.commit(), { code: 'READ_ONLY' })
      },
      { readOnly: true },
    )
  })
})
