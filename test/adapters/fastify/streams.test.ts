import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from 'athanor'
import { Post, titles } from '../../app/support.ts'
import { headOf, listen, startApp, type Db } from './support.ts'

const store = (db: Db, title = 'new'): Post => db.session.add(new Post({ title }))
const nothing = { error: undefined, aborted: false, committed: false, streaming: false }

describe('a reply that is a stream', () => {
  const titlesOf = async function* (db: Db): AsyncGenerator<string> {
    for await (const title of db.select(Post.c.title).orderBy(Post.c.id).stream({ chunkSize: 2 }))
      yield `${title}\n`
  }

  // settled A3
  // web 41
  it('is committed before its head, and reads on in the same session, which may not write', async (t) => {
    const { app, db, sent, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    let session: Session | undefined
    let refusal: unknown
    app.get('/', async (_request, reply) => {
      session = db.session
      for (const title of ['a', 'b', 'c']) store(db, title)
      const body = async function* (): AsyncGenerator<string> {
        assert.equal(db.session, session)
        assert.equal(sent.kinds().filter((kind) => kind === 'commit').length, 1)
        yield* titlesOf(db)
        store(db, 'd')
        refusal = await db.session.flush().catch((error: { code: string }) => error.code)
      }
      return reply.send(Readable.from(body()))
    })
    const base = await listen(app)
    sent.clear()
    assert.equal(await (await fetch(base)).text(), 'a\nb\nc\n')
    assert.equal(refusal, 'READ_ONLY')
    assert.deepEqual((await ended()).outcome, {
      ...nothing,
      status: 200,
      committed: true,
      streaming: true,
    })
    assert.equal(session?.isClosed, true)
    assert.deepEqual(await titles(db), ['a', 'b', 'c'])
    assert.equal(db.engine.status.inUse, 0)
  })

  it('is a 500 when its commit fails, and its source is let go', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    await db.run(() => store(db, 'taken'), { commit: 'onSuccess' })
    const source = Readable.from(['never', 'sent'])
    app.get('/', async (_request, reply) => {
      store(db, 'taken')
      return reply.type('text/plain').send(source)
    })
    assert.equal((await app.inject('/')).statusCode, 500)
    assert.equal(source.destroyed, true)
  })

  // web 42
  it('that the client leaves closes its query, its scope and its connection', async (t) => {
    const { app, db, ended } = await startApp(t)
    await db.run(
      () =>
        db.session.addAll(
          Array.from(
            { length: 50 },
            (_, i) => new Post({ title: `${i}`, body: '.'.repeat(20_000) }),
          ),
        ),
      { commit: 'onSuccess' },
    )
    let isClosed = false
    app.get('/', async (_request, reply) => {
      const bodies = async function* (): AsyncGenerator<string> {
        try {
          for await (const { body } of db.select(Post).stream({ chunkSize: 2 })) yield body
        } finally {
          isClosed = true
        }
      }
      return reply.send(Readable.from(bodies()))
    })
    const { request, response } = await headOf(await listen(app))
    await once(response, 'data')
    request.destroy()
    const { outcome } = await ended()
    assert.equal(outcome.streaming, true)
    await sleep(10)
    assert.equal(isClosed, true)
    assert.equal(db.engine.status.inUse, 0)
  })
})

describe('a reply past Fastify', () => {
  it('waits for its commit at the first byte, and is a plain 500 when that fails', async (t) => {
    const { app, db, sent } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.get('/:title', async (request, reply) => {
      store(db, (request.params as { title: string }).title)
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': '7' })
      reply.raw.write('data: stored\n\n')
      reply.raw.end()
    })
    const base = await listen(app)
    sent.clear()
    const first = await fetch(`${base}/a`)
    assert.deepEqual(
      [first.status, first.headers.get('content-type'), await first.text()],
      [200, 'text/event-stream', 'data: stored\n\n'],
    )
    assert.equal(sent.kinds().filter((kind) => kind === 'commit').length, 1)
    const second = await fetch(`${base}/a`)
    assert.deepEqual(
      [
        second.status,
        second.headers.get('x-request-id'),
        ((await second.json()) as { statusCode: number }).statusCode,
      ],
      [500, '7', 500],
    )
    assert.deepEqual(await titles(db), ['a'])
    assert.equal((await fetch(`${base}/b`)).status, 200)
  })

  it('whose head was sent before the session was used is not committed, and that is reported', async (t) => {
    const { app, db, log, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.get('/', async (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200)
      reply.raw.write('begun ')
      store(db)
      await db.session.flush()
      reply.raw.end('and done')
    })
    assert.equal(await (await fetch(await listen(app))).text(), 'begun and done')
    await ended()
    assert.match(
      log.of('ATHANOR_COMMIT_REFUSED')[0]?.message ?? '',
      /"GET \/" was not committed: its reply had begun/,
    )
    assert.deepEqual(await titles(db), [])
    assert.equal(db.engine.status.inUse, 0)
  })
})
