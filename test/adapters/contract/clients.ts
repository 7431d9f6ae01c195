import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Post } from '../../app/support.ts'
import type { Adapter, Db, Handle } from './adapter.ts'
import { start, store, until } from './running.ts'

const ok = { answer: { kind: 'json', status: 200, body: { ok: true } } } as const

/** A promise, and what fulfils it. */
function signal(): { readonly happened: Promise<void>; readonly happens: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { happened: promise, happens: resolve }
}

/** Clients that leave, handlers that hang, replies that are sent twice, work that goes on after the reply. */
export function clients(adapter: Adapter): void {
  describe(`${adapter.name}: a client that goes away`, () => {
    for (const status of [200, 500]) {
      // web 35
      // seed 7
      it(`lets the handler come to its end, and its work counts as its status says: ${status}`, async (t) => {
        const entered = signal()
        const running = await start(t, adapter, ({ db }) => async ({ title }) => {
          store(db, title)
          if (title === 'next') return ok
          const gone = once(db.scope.signal, 'abort')
          entered.happens()
          await gone
          return { answer: { kind: 'json', status, body: {} } }
        })
        const request = running.open('alone')
        await entered.happened
        request.destroy()
        const { outcome } = await running.ended()
        assert.deepEqual(outcome, {
          error: undefined,
          status,
          aborted: true,
          committed: status === 200,
          streaming: false,
        })
        assert.deepEqual(await running.stored(), status === 200 ? ['alone'] : [])
        assert.equal((await running.call('next')).status, 200)
        await running.checkInvariants(2)
      })
    }

    // web 38
    it('has its scope ended by force when the handler hangs, and the writer is free', async (t) => {
      const entered = signal()
      const release = signal()
      const late = signal()
      let refusal: unknown
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async ({ title }) => {
            store(db, title)
            await db.session.flush()
            if (title === 'next') return ok
            entered.happens()
            await release.happened
            refusal = await (async () => db.session.flush())().catch(
              (error: { code: unknown }) => error.code,
            )
            late.happens()
            return ok
          },
        { options: { commit: 'onSuccess', graceMs: 30 } },
      )
      const request = running.open('hangs')
      await entered.happened
      request.destroy()
      const { outcome } = await running.ended()
      assert.equal(outcome.aborted, true)
      assert.equal(outcome.committed, false)
      assert.equal(running.db.engine.status.inUse, 0)
      assert.equal((await running.call('next')).status, 200)
      release.happens()
      await late.happened
      assert.equal(refusal, 'SCOPE_CLOSED')
      assert.deepEqual(await running.stored(), ['next'])
      await running.checkInvariants(2)
    })

    it('ends the scope at once where that was asked for', async (t) => {
      const entered = signal()
      const late = signal()
      let refusal: unknown
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async ({ title }) => {
            store(db, title)
            const gone = once(db.scope.signal, 'abort')
            entered.happens()
            await gone
            refusal = await (async () => db.session.flush())().catch(
              (error: Error) => error.message,
            )
            late.happens()
            return ok
          },
        { options: { commit: 'onSuccess', onAbort: 'cancel' } },
      )
      const request = running.open('cut')
      await entered.happened
      request.destroy()
      assert.equal((await running.ended()).outcome.aborted, true)
      await late.happened
      assert.match(String(refusal), /has ended.*its client has gone/)
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(1)
    })

    it('while the reply waits for its commit does not keep the scope open', async (t) => {
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        return ok
      })
      let cut: () => void = () => {}
      running.db.on('session', (session) =>
        session.on('beforeCommit', async () => {
          cut()
          await sleep(30)
        }),
      )
      const request = running.open()
      cut = () => request.destroy()
      const { outcome } = await running.ended()
      assert.deepEqual([outcome.aborted, outcome.committed], [true, true])
      assert.deepEqual(await running.stored(), ['new'])
      await running.checkInvariants(1)
    })
  })

  describe(`${adapter.name}: a handler`, () => {
    // settled A4
    it('that goes on behind its reply may not use the session any more, though the commit is under way and its listeners may', async (t) => {
      const uses: Promise<unknown>[] = []
      const heard: unknown[] = []
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            const { session } = db
            return {
              answer: {
                kind: 'goes on',
                body: { n: 1 },
                next() {
                  const late: readonly (() => unknown)[] = [
                    () => store(db, 'late'),
                    () => session.select(Post).count(),
                    () => session.get(Post, 1),
                    () => session.commit(),
                    () => session.transaction(() => store(db, 'late')),
                    () => session.afterCommit(() => heard.push('late')),
                  ]
                  for (const use of late)
                    uses.push(
                      (async () => use())().then(
                        () => 'done',
                        (error: Error) => [
                          error.name,
                          /its reply 200 was handed over/.test(error.message),
                        ],
                      ),
                    )
                },
              },
            }
          },
        { isRaw: true },
      )
      const { db } = running
      const waiting = Promise.withResolvers<void>()
      db.on('session', (session) => {
        session.on('beforeCommit', async () => {
          await waiting.promise // the reply waits meanwhile
          store(db, `${await session.select(Post).count()} before`)
        })
        session.afterCommit(() => heard.push('committed'))
      })
      const answered = running.call()
      await until(() => uses.length === 6, 'the handler has gone on')
      const refused = await Promise.all(uses)
      waiting.resolve()
      assert.equal((await answered).status, 200)
      assert.deepEqual(
        refused,
        Array.from({ length: 6 }, () => ['ScopeClosedError', true]),
      )
      assert.deepEqual(heard, ['committed'])
      assert.deepEqual((await running.stored()).toSorted(), ['2 before', 'new'])
      await running.checkInvariants(1)
    })

    it('that answers twice has its first reply sent whole, after one commit', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            return { answer: { kind: 'twice', first: { n: 1 }, second: { n: 2 } } }
          },
        { isRaw: true },
      )
      running.db.on('session', (session) => session.on('beforeCommit', () => sleep(20))) // the reply waits meanwhile
      const got = await running.call()
      assert.deepEqual([got.status, got.text, got.isComplete], [201, '{"n":1}', true])
      assert.equal(running.commits(), 1)
      assert.deepEqual(await running.stored(), ['new'])
      await running.checkInvariants(1)
    })

    it('that throws when its reply is handed over has it sent whole all the same', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            return {
              answer: {
                kind: 'goes on',
                body: { n: 1 },
                next() {
                  throw new Error('too late')
                },
              },
            }
          },
        { isRaw: true },
      )
      running.db.on('session', (session) => session.on('beforeCommit', () => sleep(20))) // the reply waits meanwhile
      const got = await running.call()
      assert.deepEqual([got.status, got.text, got.isComplete], [200, '{"n":1}', true])
      assert.equal(running.commits(), 1)
      assert.deepEqual(await running.stored(), ['new'])
      await running.checkInvariants(1)
    })

    for (const commit of ['manual', 'onSuccess'] as const) {
      // web 39
      // settled A4
      it(`that leaves work behind has it refused, with the whole story: ${commit}`, async (t) => {
        let late: Promise<unknown> = Promise.resolve()
        const handle = ({ db }: { readonly db: Db }): Handle => {
          return ({ title }) => {
            store(db, title)
            late = sleep(40).then(() => db.select(Post).all())
            late.catch(() => {})
            return ok
          }
        }
        const running = await start(t, adapter, handle, { options: { commit } })
        assert.equal((await running.call()).status, 200)
        await assert.rejects(late, {
          code: 'SCOPE_CLOSED',
          message: /has ended.*: its reply 200 was handed over/,
        })
        await running.checkInvariants(1)
      })
    }

    it('that uses no session costs no connection, and its scope ends with the reply', async (t) => {
      const running = await start(t, adapter, () => () => ok)
      const { checkouts } = running.db.engine.status
      assert.equal((await running.call()).status, 200)
      assert.equal((await running.call('x', { method: 'HEAD' })).status, 200)
      await until(() => running.unseenEnds === 2, 'both scopes have ended')
      assert.equal(running.db.engine.status.checkouts, checkouts)
      assert.equal(running.commits(), 0)
      await running.checkInvariants(2)
    })

    it('of HEAD is committed as one of GET, and answers without a body', async (t) => {
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        return ok
      })
      const got = await running.call('head', { method: 'HEAD' })
      assert.deepEqual([got.status, got.text], [200, ''])
      assert.equal(running.commits(), 1)
      assert.deepEqual(await running.stored(), ['head'])
      await running.checkInvariants(1)
    })
  })

  describe(`${adapter.name}: a request that no handler gets`, () => {
    const reason = `${adapter.name} has none`

    it(
      'is a 404, and leaves nothing open',
      { skip: adapter.hasRouter ? false : reason },
      async (t) => {
        const running = await start(t, adapter, () => () => ok)
        const { checkouts } = running.db.engine.status
        assert.equal((await running.call('', { path: '/nowhere' })).status, 404)
        assert.equal(running.db.engine.status.checkouts, checkouts)
        await running.checkInvariants(1)
      },
    )

    it(
      'because its body is no JSON is a 400, and leaves nothing open',
      { skip: adapter.hasBodyParser ? false : reason },
      async (t) => {
        const running = await start(t, adapter, ({ db }) => ({ title, body }) => {
          store(db, `${title} ${JSON.stringify(body)}`)
          return ok
        })
        const broken = await running.call('bad', { method: 'POST', body: '{"a":' })
        assert.equal(broken.status, 400)
        const { status } = await running.call('good', { method: 'POST', body: '{"a":1}' })
        assert.ok(status < 300)
        assert.deepEqual(await running.stored(), ['good {"a":1}'])
        await until(
          () => running.unseenEnds >= adapter.scopesOfBrokenBodies + 1,
          'all scopes have ended',
        )
        await running.checkInvariants(adapter.scopesOfBrokenBodies + 1)
      },
    )
  })
}
