import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Post } from '../../app/support.ts'
import type { Adapter, Db } from './adapter.ts'
import { start, store, TAKEN, until } from './running.ts'

/** Replies in pieces. */
export function streams(adapter: Adapter): void {
  const stream = (chunks: AsyncIterable<string>, type = 'text/plain') =>
    ({ answer: { kind: 'stream', type, chunks } }) as const

  describe(`${adapter.name}: a streamed reply`, () => {
    // settled A3
    // web 41
    it('is committed before its head, and its chunks are made in the scope, whose session reads on', async (t) => {
      let refusal: unknown
      const running = await start(t, adapter, ({ db }) => async ({ title }) => {
        const { session, scope } = db
        for (const suffix of ['a', 'b', 'c']) store(db, `${title} ${suffix}`)
        async function* body(): AsyncGenerator<string> {
          for await (const each of db
            .select(Post.c.title)
            .orderBy(Post.c.id)
            .stream({ chunkSize: 2 })) {
            assert.equal(db.scope, scope)
            assert.equal(db.session, session)
            yield `${each}\n`
          }
          store(db, 'd')
          refusal = await session.flush().catch((error: { code: unknown }) => error.code)
          yield 'end'
        }
        return stream(lazily(body))
      })
      const got = await running.call('new')
      assert.equal(got.text, `${TAKEN}\nnew a\nnew b\nnew c\nend`)
      assert.equal(running.commits(), 1)
      assert.equal(refusal, 'READ_ONLY')
      const { outcome } = await running.ended()
      assert.deepEqual([outcome.committed, outcome.streaming], [true, true])
      assert.deepEqual(await running.stored(), ['new a', 'new b', 'new c'])
      await running.checkInvariants(1)
    })

    it('may begin to read when its head is out already', async (t) => {
      const running = await start(t, adapter, ({ db }) => () => {
        async function* body(): AsyncGenerator<string> {
          yield 'begun '
          await sleep(5)
          yield String(await db.select(Post).count())
        }
        return stream(body())
      })
      const got = await running.call()
      assert.deepEqual([got.status, got.text], [200, 'begun 1'])
      assert.equal(running.commits(), 0)
      await running.checkInvariants(1)
    })

    // web 42
    it('that the client leaves closes its query, its scope and its connection', async (t) => {
      let isClosed = false
      const running = await start(t, adapter, ({ db }) => () => {
        async function* body(): AsyncGenerator<string> {
          try {
            for (;;) for await (const { body: text } of pages(db)) yield text
          } finally {
            isClosed = true
          }
        }
        return stream(body(), 'text/event-stream')
      })
      const { db } = running
      const posts = Array.from(
        { length: 20 },
        (_, i) => new Post({ title: `${i}`, body: '.'.repeat(20_000) }),
      )
      await db.run(() => db.session.addAll(posts), { commit: 'onSuccess' })
      const request = running.open()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      await once(response, 'data')
      request.destroy()
      await running.ended()
      await until(() => isClosed, 'the generator is closed')
      await until(() => db.engine.status.inUse === 0, 'the connection is back')
      await running.checkInvariants(1)
    })

    it('that fails midway ends its scope, and the client does not take it for whole', async (t) => {
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        async function* body(): AsyncGenerator<string> {
          yield 'one '
          await sleep(20)
          throw new Error('broken')
        }
        return stream(body())
      })
      const got = await running.call()
      assert.deepEqual([got.status, got.isComplete], [200, false])
      assert.deepEqual(await running.stored(), ['new'])
      await running.checkInvariants(1)
    })

    it('whose commit fails has its source let go', async (t) => {
      let isClosed = false
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        async function* body(): AsyncGenerator<string> {
          try {
            for (;;) {
              yield '.'.repeat(60_000)
              await sleep(1)
            }
          } finally {
            isClosed = true
          }
        }
        const chunks = body()
        const { return: finish } = chunks
        chunks.return = (value) => {
          isClosed = true // also where it has never begun
          return finish.call(chunks, value)
        }
        return stream(chunks)
      })
      assert.equal((await running.call(TAKEN)).status, 500)
      await until(() => isClosed, 'the generator is closed')
      await running.checkInvariants(1)
    })
  })

  describe(`${adapter.name}: a raw reply`, () => {
    it('whose head was sent before the session was used is not committed, and that is reported', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => ({
            answer: {
              kind: 'raw',
              write(response) {
                response.writeHead(200)
                response.write('begun ')
                store(db, title)
                response.end('and done')
              },
            },
          }),
        { isRaw: true },
      )
      const got = await running.call()
      assert.deepEqual([got.status, got.text], [200, 'begun and done'])
      await running.ended()
      assert.match(
        running.log.of('ATHANOR_COMMIT_REFUSED')[0]?.message ?? '',
        /was not committed: its reply had begun/,
      )
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(1)
    })

    for (const [kind, sourceOf] of Object.entries({
      'an async iterable': (chunks: AsyncIterable<string>) => chunks,
      'a stream': (chunks: AsyncIterable<string>) => Readable.from(chunks),
    })) {
      it(`that a pipeline writes from ${kind} fails the pipeline when its commit fails, and lets its source go`, async (t) => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        t.after(() => agent.destroy())
        const outcomes: Promise<unknown>[] = []
        let closed = 0
        async function* body(): AsyncGenerator<string> {
          try {
            for (const chunk of ['alpha ', 'beta ', 'gamma']) yield chunk
          } finally {
            closed += 1
          }
        }
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            ({ title }) => {
              store(db, title)
              return {
                answer: {
                  kind: 'raw',
                  write: (response) =>
                    void outcomes.push(
                      pipeline(sourceOf(body()), response).then(
                        () => 'whole',
                        (error: { code: unknown }) => error.code,
                      ),
                    ),
                },
              }
            },
          { isRaw: true },
        )
        const got = await running.call(TAKEN, { agent })
        assert.deepEqual([got.status, got.isComplete], [500, true])
        assert.doesNotMatch(got.text, /alpha|beta|gamma/)
        assert.equal((await running.call('new', { agent })).text, 'alpha beta gamma')
        assert.deepEqual(await Promise.all(outcomes), ['UNIQUE_VIOLATION', 'whole'])
        assert.equal(closed, 2)
        await running.checkInvariants(2)
      })
    }

    it('that goes on writing after its commit has failed harms nobody', async (t) => {
      const written: boolean[] = []
      const done = Promise.withResolvers<void>()
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            return {
              answer: {
                kind: 'raw',
                write(response) {
                  response.writeHead(200, { 'content-type': 'text/event-stream' })
                  response.write('data: 1\n\n')
                  const timer = setInterval(() => {
                    written.push(response.write('data: 2\n\n'))
                    if (written.length < 10) return
                    clearInterval(timer)
                    response.end()
                    done.resolve()
                  }, 5)
                },
              },
            }
          },
        { isRaw: true },
      )
      const got = await running.call(TAKEN)
      assert.equal(got.status, 500)
      assert.doesNotMatch(got.text, /data/)
      await done.promise
      await running.checkInvariants(1)
    })
  })
}

function pages(db: Db): AsyncIterable<Post> {
  return db.select(Post).stream({ chunkSize: 2 })
}

/** Begun at the first pull, not before. */
async function* lazily(make: () => AsyncGenerator<string>): AsyncGenerator<string> {
  yield* make()
}
