import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createEventStream,
  fromNodeHandler,
  H3,
  HTTPError,
  HTTPResponse,
  iterable,
  onError,
  withBase,
} from 'h3'
import { toNodeHandler } from 'h3/node'
import type { Database, Outcome } from 'athanor'
import { athanor } from 'athanor/h3'
import { open, Post, titles, type models } from '../../app/support.ts'
import { until } from '../contract/running.ts'
import { refusesOldVersion, refusesWrongOptions } from '../support/registration.ts'
import { serve } from '../support/server.ts'

type Db = Database<typeof models>

/** How the scopes of requests have ended. */
function endsOf(db: Db): Outcome[] {
  const ends: Outcome[] = []
  db.on('teardown', (outcome, { kind }) => kind === 'request' && ends.push(outcome))
  return ends
}

const listen = (t: TestContext, app: H3): Promise<string> =>
  serve(t, createServer(toNodeHandler(app) as RequestListener))

/** Titles, each read when the reader asks for it. */
async function* chunks(db: Db): AsyncGenerator<string> {
  for await (const title of db.select(Post.c.title).orderBy(Post.c.id).stream({ chunkSize: 1 })) {
    assert.equal(db.scope.kind, 'request')
    yield `${title} `
  }
}

describe('athanor/h3', () => {
  refusesOldVersion(athanor, { title: 'h3', package: 'h3', needed: 2, found: '1.15.4' })
  refusesWrongOptions(athanor)

  it('reads streams of every kind in the scope, after the commit', async (t) => {
    const { db } = await open(t)
    const app = new H3()
    app.use(athanor(db, { commit: 'onSuccess' }))
    const kinds: Readonly<Record<string, () => unknown>> = {
      node: () => Readable.from(chunks(db)),
      web: () => ReadableStream.from(chunks(db)).pipeThrough(new TextEncoderStream()),
      iterable: () => iterable(chunks(db)),
      response: () =>
        new Response(ReadableStream.from(chunks(db)).pipeThrough(new TextEncoderStream()), {
          headers: { 'x-own': 'yes' },
        }),
      'node in a response of h3': () =>
        new HTTPResponse(Readable.from(chunks(db)) as never, { headers: { 'x-own': 'yes' } }),
    }
    for (const [kind, make] of Object.entries(kinds))
      app.get(`/${encodeURIComponent(kind)}`, () => {
        db.session.add(new Post({ title: kind }))
        return make()
      })
    const ends = endsOf(db)
    const base = await listen(t, app)
    for (const [n, kind] of Object.keys(kinds).entries()) {
      const reply = await fetch(`${base}/${encodeURIComponent(kind)}`)
      assert.equal(
        await reply.text(),
        `${Object.keys(kinds)
          .slice(0, n + 1)
          .join(' ')} `,
      )
      await until(() => ends.length === n + 1, 'the scope has ended')
      assert.deepEqual([ends[n]?.committed, ends[n]?.streaming], [true, true], kind)
      assert.equal(reply.headers.get('x-own'), kind.includes('response') ? 'yes' : null)
    }
    assert.equal(db.engine.status.inUse, 0)
  })

  it('answers a stream of Node that fails before its first chunk as h3 does, by 500', async (t) => {
    const { db } = await open(t)
    const app = new H3()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/', () => {
      db.session.add(new Post({ title: 'kept' }))
      return Readable.from(
        (async function* () {
          await sleep(1)
          yield* [] as string[]
          throw new Error('no such file')
        })(),
      )
    })
    assert.equal((await fetch(await listen(t, app))).status, 500)
    assert.deepEqual(await titles(db), ['kept'])
  })

  it('sends events of an event stream after the commit', async (t) => {
    const { db, sent } = await open(t)
    const app = new H3()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/', (event) => {
      db.session.add(new Post({ title: 'an event' }))
      const events = createEventStream(event)
      void (async () => {
        for (let n = 0; n < 2; n += 1) await events.push(`${n} ${await db.select(Post).count()}`)
        await events.close()
      })()
      return events.send()
    })
    const base = await listen(t, app)
    sent.clear()
    assert.equal(await (await fetch(base)).text(), 'data: 0 1\n\ndata: 1 1\n\n')
    assert.equal(sent.kinds().filter((kind) => kind === 'commit').length, 1)
  })

  it('ends the scope with the reply where there is no server, and with the body where that is a stream', async (t) => {
    const { db } = await open(t)
    const ends = endsOf(db)
    const app = new H3({ silent: true })
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/json', () => {
      db.session.add(new Post({ title: 'json' }))
      return { ok: true }
    })
    for (const [path, from] of [
      ['/web', (): unknown => iterable(chunks(db))],
      ['/node', (): unknown => Readable.from(chunks(db))],
    ] as const)
      app.get(path, () => {
        db.session.add(new Post({ title: path }))
        return from()
      })
    assert.deepEqual(await (await app.request('/json')).json(), { ok: true })
    await until(() => ends.length === 1, 'the scope has ended')
    const web = await app.request('/web')
    assert.equal(ends.length, 1)
    assert.equal(await web.text(), 'json /web ')
    await until(() => ends.length === 2, 'the scope of the stream has ended')
    assert.equal((await app.request('/web', { method: 'HEAD' })).status, 500, 'it is stored')
    assert.equal((await app.request('/json')).status, 500)
    await until(() => ends.length === 4, 'all scopes have ended')
    assert.equal(await (await app.request('/node')).text(), 'json /web /node ')
    await until(() => ends.length === 5, 'the scope of the stream of Node has ended')
    assert.deepEqual(
      ends.map(({ committed, streaming }) => [committed, streaming]),
      [
        [true, false],
        [true, true],
        [false, false],
        [false, false],
        [true, true],
      ],
    )
    assert.equal(db.engine.status.inUse, 0)
  })

  it('ends the scope where there is no server and the reader gives the stream up, or the signal aborts', async (t) => {
    const { db } = await open(t)
    const ends = endsOf(db)
    const app = new H3()
    app.use(athanor(db, { onAbort: 'cancel' }))
    app.get('/', () =>
      iterable(
        (async function* () {
          for (;;) yield `${await db.select(Post).count()}\n`
        })(),
      ),
    )
    app.get('/hangs', async () => {
      await db.select(Post).count()
      return new Promise<never>(() => {})
    })
    const { body } = await app.request('/')
    const reader = body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await until(() => ends.length === 1, 'the scope has ended')
    const controller = new AbortController()
    void app.request('/hangs', { signal: controller.signal })
    await until(() => db.engine.status.checkouts > 1, 'the handler hangs')
    controller.abort()
    await until(() => ends.length === 2, 'the scope of the handler that hangs has ended')
    assert.deepEqual(
      ends.map(({ aborted }) => aborted),
      [false, true],
    )
    assert.equal(db.engine.status.inUse, 0)
  })

  it('keeps the headers of a lost reply that belong to every answer, wherever they were set', async (t) => {
    const { db } = await open(t)
    await db.run(() => void db.session.add(new Post({ title: 'taken' })), { commit: 'onSuccess' })
    const app = new H3({ silent: true })
    const headers = { 'access-control-allow-origin': '*', location: '/', 'set-cookie': 'a=1' }
    app.use(athanor(db, { commit: 'onSuccess' }))
    for (const [path, reply] of [
      ['/fetch', () => new Response('done', { headers })],
      ['/h3', () => new HTTPResponse('done', { headers })],
    ] as const)
      app.get(path, () => {
        db.session.add(new Post({ title: 'taken' }))
        return reply()
      })
    for (const path of ['/fetch', '/h3']) {
      const reply = await app.request(path)
      assert.equal(reply.status, 500)
      assert.equal(reply.headers.get('access-control-allow-origin'), '*')
      for (const name of ['location', 'set-cookie']) assert.equal(reply.headers.get(name), null)
    }
  })

  it('shows what was thrown for the client, also behind an error hook, and nothing of other errors', async (t) => {
    const { db } = await open(t)
    const app = new H3({ silent: true })
    app.use(athanor(db))
    const seen: string[] = []
    app.use(
      '/hooked/**',
      onError(({ message }) => void seen.push(message)),
    )
    for (const path of ['/plain/post', '/hooked/post'])
      app.get(path, () => db.getOr404(Post, 7, { description: 'No such post.' }))
    app.get('/hooked/secret', () => {
      throw new Error('the password is 1234')
    })
    for (const path of ['/plain/post', '/hooked/post']) {
      const reply = await app.request(path)
      const { message } = (await reply.json()) as { message: string }
      assert.deepEqual([reply.status, message], [404, 'No such post.'])
    }
    assert.doesNotMatch(await (await app.request('/hooked/secret')).text(), /password/)
    assert.equal(seen.length, 2)
  })

  // seed 16
  it('takes an error that is returned, and a number that is thrown, for the failures that h3 takes them for', async (t) => {
    const { db } = await open(t)
    const ends = endsOf(db)
    const app = new H3({ silent: true })
    app.use(athanor(db, { commit: 'onSuccess' }))
    const store = (): void => void db.session.add(new Post({ title: 'x' }))
    app.get('/returned', () => {
      store()
      return new HTTPError({ status: 418 })
    })
    app.get('/number', () => {
      store()
      throw 409 // oxlint-disable-line no-throw-literal, typescript/only-throw-error -- h3 answers it by this status
    })
    app.get('/status', (event) => {
      store()
      event.res.status = 422
      return 'no'
    })
    app.get('/response', () => {
      store()
      return new Response('no', { status: 400 })
    })
    for (const [path, status] of [
      ['/returned', 418],
      ['/number', 409],
      ['/status', 422],
      ['/response', 400],
      ['/nowhere', 404],
    ] as const) {
      const reply = await app.request(path)
      await reply.text()
      assert.equal(reply.status, status)
      await until(() => ends.length === 1, 'the scope has ended')
      assert.equal(ends.pop()?.status, status)
    }
    assert.deepEqual(await titles(db), [])
  })

  // web 16
  it('commits nothing behind a body that JSON cannot say, which h3 finds out only after all middleware', async (t) => {
    const { db } = await open(t)
    const app = new H3({ silent: true })
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/:title', async (event) => {
      const title = event.context.params?.['title'] ?? ''
      db.session.add(new Post({ title }))
      if (title === 'flushed') await db.session.flush()
      return title === 'good' ? { posts: await db.select(Post).all() } : { sum: 10n }
    })
    for (const title of ['lost', 'flushed'])
      assert.equal((await app.request(`/${title}`)).status, 500)
    assert.equal((await app.request('/good')).status, 200)
    assert.deepEqual(await titles(db), ['good'])
  })

  // seed 17
  it('rolls a transaction back around a handler that returns an error response, in a mounted application too', async (t) => {
    const { db } = await open(t)
    const inner = new H3()
    inner.get(
      '/:status',
      db.transactional(async (event: { readonly context: { params?: Record<string, string> } }) => {
        const status = Number(event.context.params?.['status'])
        db.session.add(new Post({ title: `${status} of ${db.scope.name}` }))
        await db.session.flush()
        if (status === 418) throw new HTTPError({ status, message: 'a teapot' })
        return status === 422
          ? new Response('no', { status })
          : new HTTPResponse('{}', { status, statusText: 'OK' })
      }) as Parameters<H3['get']>[1],
    )
    const app = new H3({ silent: true })
    app.use(athanor(db))
    app.mount('/inner', inner)
    app.all('/based/**', withBase('/based', inner))
    for (const base of ['/inner', '/based'])
      for (const status of [422, 418, 201])
        assert.equal((await app.request(`${base}/${status}`)).status, status)
    assert.deepEqual(await titles(db), ['201 of GET /inner/:status', '201 of GET /:status'])
  })

  it('adds the options of a route where it stands among its middleware', async (t) => {
    const { db } = await open(t)
    const app = new H3()
    const store = (): string => db.session.add(new Post({ title: db.scope.name })).title
    app.use(athanor(db))
    app.get('/lost', store)
    app.get('/kept/:n', store, { middleware: [athanor(db, { commit: 'onSuccess' })] })
    for (const path of ['/lost', '/kept/1']) assert.equal((await app.request(path)).status, 200)
    assert.deepEqual(await titles(db), ['GET /kept/:n'])
  })

  it('leaves on a response what others have put there for the server, and JSON alone', async (t) => {
    const { db } = await open(t)
    const hooks = { message: () => {} }
    const app = new H3()
    app.use(athanor(db))
    app.get('/', () =>
      Object.assign(new Response('WebSocket upgrade is required.', { status: 426 }), {
        crossws: hooks,
      }),
    )
    app.get('/pipes', () => ({ pipe: 'of copper', getReader: 'nobody' }))
    const pipes: unknown = await (await app.request('/pipes')).json()
    assert.deepEqual(pipes, { pipe: 'of copper', getReader: 'nobody' })
    const reply = await app.request('/')
    assert.deepEqual([reply.status, await reply.text()], [426, 'WebSocket upgrade is required.'])
    assert.equal((reply as { crossws?: unknown }).crossws, hooks)
  })

  it('cuts off a reply that has begun past h3 when its handler throws, and warns of no leak', async (t) => {
    const { db, log } = await open(t)
    const warnings: Error[] = []
    const listener = (warning: Error): void => void warnings.push(warning)
    process.on('warning', listener)
    t.after(() => process.off('warning', listener))
    const app = new H3({ silent: true })
    app.use(athanor(db))
    app.get(
      '/cut',
      fromNodeHandler((async (_request: unknown, response: Parameters<RequestListener>[1]) => {
        await db.select(Post).count()
        response.write('begun')
        throw new Error('broken')
      }) as Parameters<typeof fromNodeHandler>[0]),
    )
    app.get(
      '/whole',
      fromNodeHandler((async (_request: unknown, response: Parameters<RequestListener>[1]) => {
        await db.select(Post).count()
        await pipeline(Readable.from(['a', 'b']), response)
      }) as Parameters<typeof fromNodeHandler>[0]),
    )
    const base = await listen(t, app)
    await assert.rejects(fetch(`${base}/cut`).then((reply) => reply.text()))
    assert.equal(await (await fetch(`${base}/whole`)).text(), 'ab')
    assert.equal(log.of('ATHANOR_REPLY_FAILED').length, 1)
    assert.deepEqual(
      warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
      [],
    )
  })
})
