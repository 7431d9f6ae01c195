import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { SerializationError, type Scope } from 'athanor'
import { athanor } from 'athanor/fastify'
import { open, Post, titles } from '../../app/support.ts'
import { headOf, listen, send, startApp, type Db } from './support.ts'

const store = (db: Db, title = 'new'): Post => db.session.add(new Post({ title }))
const nothing = { error: undefined, aborted: false, committed: false, streaming: false }

describe('a request’s scope', () => {
  // web 24
  it('is there in every hook and the handler, named after the route, and another one for each request', async (t) => {
    const { app, db, ended } = await startApp(t)
    const seen: Scope[] = []
    const note = async (): Promise<void> => void seen.push(db.scope)
    for (const hook of [
      'onRequest',
      'preParsing',
      'preValidation',
      'preHandler',
      'preSerialization',
      'onSend',
    ] as const)
      app.addHook(hook, note)
    app.post('/posts/:id', async () => {
      await note()
      await sleep(1)
      await note()
      return { name: db.scope.name, kind: db.scope.kind, isApp: db.scope.app === app }
    })
    const post = (id: number) =>
      app.inject({ method: 'POST', url: `/posts/${id}`, payload: { some: 'json' } })
    const [first] = await Promise.all([post(1), post(2)])
    assert.deepEqual(first.json(), { name: 'POST /posts/:id', kind: 'request', isApp: true })
    assert.equal(seen.length, 16)
    assert.equal(new Set(seen).size, 2)
    assert.deepEqual(await ended(), {
      name: 'POST /posts/:id',
      outcome: { ...nothing, status: 200 },
    })
  })

  // seed 8
  it('is its own when it is injected inside an open scope, which it leaves untouched', async (t) => {
    const { app, db, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.post('/', async () => {
      const { session } = db
      store(db, `stored by request ${await db.select(Post).count()}`)
      return { closedLater: session.isClosed }
    })
    const requests: Scope[] = []
    app.addHook('preHandler', async () => void requests.push(db.scope))
    await db.run(async (outer) => {
      const { session } = db
      const kept = store(db, 'pending outside')
      assert.equal((await app.inject({ method: 'POST', url: '/' })).statusCode, 200)
      assert.equal((await app.inject({ method: 'POST', url: '/' })).statusCode, 200)
      await Promise.all([ended(), ended()])
      assert.equal(new Set(requests).size, 2)
      assert.ok(requests.every((scope) => scope.closed && scope !== outer))
      assert.equal(db.scope, outer)
      assert.equal(db.session, session)
      assert.equal(session.isClosed, false)
      assert.equal(session.has(kept), true)
      assert.equal(session.pendingChanges().count, 1)
      await session.rollback()
    })
    assert.deepEqual(await titles(db), ['stored by request 0', 'stored by request 1'])
  })

  it('costs no connection when the handler does no SQL', async (t) => {
    const { app, db } = await startApp(t)
    app.get('/', async () => 'ok')
    const { checkouts } = db.engine.status
    await app.inject('/')
    await app.inject('/nowhere')
    assert.equal(db.engine.status.checkouts, checkouts)
  })

  it('has the options of its route before those of the plugin, and those before the Database’s', async (t) => {
    const { app, db, sent } = await startApp(t, {
      config: { commit: 'onSuccess' },
      plugin: { commit: 'manual' },
    })
    const handler = async (): Promise<string> => {
      store(db, `post ${Math.random()}`)
      return 'ok'
    }
    app.get('/plugin', handler)
    app.get('/route', { config: { athanor: { commit: 'onSuccess' } } }, handler)
    app.get(
      '/predicate',
      { config: { athanor: { commit: ({ status }) => status === 200 } } },
      handler,
    )
    app.get('/read-only', { config: { athanor: { commit: 'onSuccess', readOnly: true } } }, handler)
    app.get('/isolated', { config: { athanor: { isolation: 'serializable' } } }, async () => ({
      n: await db.select(Post).count(),
    }))
    sent.clear()
    const commits: Record<string, unknown> = {}
    for (const path of ['/plugin', '/route', '/predicate', '/read-only', '/isolated']) {
      const { statusCode } = await app.inject(path)
      commits[path] = [
        statusCode,
        sent.kinds().filter((kind) => kind === 'commit' || kind === 'begin'),
      ]
    }
    assert.deepEqual(commits, {
      '/plugin': [200, []],
      '/route': [200, ['begin', 'commit']],
      '/predicate': [200, ['begin', 'commit']],
      '/read-only': [500, []],
      '/isolated': [200, ['begin']],
    })
  })

  it('ends with the request also where no route answers, and a page of one’s own may read and write', async (t) => {
    const { app, db, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.setNotFoundHandler(async (request, reply) => {
      store(db, request.url)
      return reply
        .code(request.url === '/app' ? 200 : 404)
        .send({ posts: await db.select(Post).count() })
    })
    assert.equal((await app.inject('/nowhere')).statusCode, 404)
    assert.deepEqual(await ended(), {
      name: 'GET (no route)',
      outcome: { ...nothing, status: 404 },
    })
    assert.equal((await app.inject('/app')).statusCode, 200)
    assert.deepEqual(await titles(db), ['/app'])
  })

  it('is settled before the reply also on routes that were there before the plugin was loaded', async (t) => {
    const { db } = await open(t)
    const app = Fastify()
    t.after(() => app.close())
    app.register(athanor, { db, commit: 'onSuccess' })
    app.post('/:title', async (request, reply) => {
      store(db, (request.params as { title: string }).title)
      return reply.code(201).send({ ok: true })
    })
    assert.equal((await app.inject({ method: 'POST', url: '/a' })).statusCode, 201)
    assert.equal((await app.inject({ method: 'POST', url: '/a' })).statusCode, 500)
    assert.deepEqual(await titles(db), ['a'])
  })

  it('commits after all other hooks, so that none of them can fail a reply that is committed', async (t) => {
    const { app, db, sent } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    const fails = async (): Promise<never> => {
      throw new Error('no etag')
    }
    app.get('/', { onSend: fails }, async () => store(db))
    app.addHook('onSend', async (request) => {
      if (request.url === '/late' && sent.events.some(({ kind }) => kind === 'commit'))
        throw new Error('committed already')
    })
    app.get('/late', async () => store(db, 'late'))
    sent.clear()
    assert.equal((await app.inject('/')).statusCode, 500)
    assert.equal((await app.inject('/late')).statusCode, 200)
    assert.deepEqual(await titles(db), ['late'])
  })

  // settled A19
  it('answers 503 with Retry-After when its transaction lost against another one', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    db.on('beforeCommit', () => {
      throw new SerializationError('Two transactions met.')
    })
    app.get('/', async (_request, reply) => {
      store(db)
      return reply.redirect('/made')
    })
    const reply = await app.inject('/')
    assert.deepEqual(
      [reply.statusCode, reply.headers['retry-after'], reply.headers['location']],
      [503, '1', undefined],
    )
    assert.deepEqual(await titles(db), [])
  })

  it('refuses what a task does that outlives the reply', async (t) => {
    const { app, db } = await startApp(t)
    let late: Promise<unknown> = Promise.resolve()
    app.get('/posts/:id', async () => {
      late = sleep(20).then(() => db.select(Post).all())
      late.catch(() => {})
      return 'ok'
    })
    await app.inject('/posts/1')
    await assert.rejects(late, {
      code: 'SCOPE_CLOSED',
      message: /the scope "GET \/posts\/:id".* has ended.*: its reply 200 was handed over/,
    })
  })

  it('drops a second reply while the first one waits for its commit', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.get('/', async (_request, reply) => {
      store(db)
      void reply.code(201).send('first') // forgets to return it
    })
    const reply = await app.inject('/')
    assert.deepEqual([reply.statusCode, reply.body], [201, 'first'])
    assert.deepEqual(await titles(db), ['new'])
  })

  it('lets Fastify answer a payload that cannot be sent, though the commit came first', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.get('/', async (_request, reply) => {
      store(db)
      return reply.type('text/html').send({ not: 'html' })
    })
    assert.equal((await app.inject('/')).statusCode, 500)
    assert.equal((await app.inject('/nowhere')).statusCode, 404)
  })

  it('is not given to the upgrade of a web socket', async (t) => {
    const { app, db } = await startApp(t)
    app.get('/', async () => {
      assert.throws(() => db.session, { code: 'NO_SCOPE' })
      return 'no scope'
    })
    const reply = await app.inject({
      url: '/',
      headers: { upgrade: 'WebSocket', connection: 'upgrade' },
    })
    assert.equal(reply.body, 'no scope')
    app.server.emit('noop')
    assert.equal(
      (await app.inject({ url: '/', headers: { upgrade: 'h2c' } })).statusCode,
      500,
      'an offer of HTTP/2 is an ordinary request',
    )
  })

  it('reads the page that the client asks for', async (t) => {
    const { app, db } = await startApp(t)
    await db.run(
      () => db.session.addAll(Array.from({ length: 30 }, (_, i) => new Post({ title: `${i}` }))),
      { commit: 'onSuccess' },
    )
    app.get('/', async () => db.paginate(db.select(Post.c.id).orderBy(Post.c.id)))
    app.get('/lenient', async () => db.select(Post.c.id).paginate())
    const page = async (url: string): Promise<unknown> => {
      const reply = await app.inject(url)
      return reply.statusCode === 200 ? reply.json<{ items: number[] }>().items : reply.statusCode
    }
    assert.deepEqual(await page('/?page=2&per_page=3'), [4, 5, 6])
    assert.deepEqual(await page('/?page=10&page=1&per_page=3'), [28, 29, 30])
    assert.deepEqual(
      [await page('/?page=11&per_page=3'), await page('/?page=x'), await page('/?per_page=0')],
      [404, 404, 404],
    )
    assert.deepEqual(await page('/lenient?page=x&per_page=2'), [1, 2])
  })

  it('reads it under the names that the application has for it', async (t) => {
    const { app, db } = await startApp(t, {
      plugin: { pageParameters: { page: 'p', perPage: 'perPage' } },
    })
    await db.run(
      () => db.session.addAll(Array.from({ length: 9 }, (_, i) => new Post({ title: `${i}` }))),
      { commit: 'onSuccess' },
    )
    app.get('/', async () => (await db.paginate(db.select(Post.c.id))).items)
    assert.deepEqual((await app.inject('/?p=2&perPage=2&page=7&per_page=7')).json(), [3, 4])
  })
})

describe('a reply that is a stream', () => {
  const titlesOf = async function* (db: Db): AsyncGenerator<string> {
    for await (const title of db.select(Post.c.title).orderBy(Post.c.id).stream({ chunkSize: 2 }))
      yield `${title}\n`
  }

  // settled A3
  // web 41
  it('is committed before its head, and reads on in the same session, which may not write', async (t) => {
    const { app, db, sent, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    let session: unknown
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

describe('a client that goes away', () => {
  it('lets the handler come to its end within the grace, and then ends the scope by force', async (t) => {
    const { app, db, ended } = await startApp(t, { plugin: { graceMs: 30, commit: 'onSuccess' } })
    let release: () => void = () => {}
    const entered = new Promise<void>((resolve) => {
      app.get('/hangs', async () => {
        store(db)
        await db.session.flush() // the writer is taken
        resolve()
        await new Promise<void>((go) => (release = go))
        return { n: await db.select(Post).count() }
      })
    })
    const base = await listen(app)
    const request = send(`${base}/hangs`)
    await entered
    request.destroy()
    const { outcome } = await ended()
    assert.deepEqual(outcome, { ...nothing, status: undefined, aborted: true })
    assert.equal(db.engine.status.inUse, 0)
    await db.run(() => db.transaction(() => store(db, 'the next writer')))
    release()
    await sleep(20)
    assert.deepEqual(await titles(db), ['the next writer'])
  })

  it('ends the scope at once where that was asked for', async (t) => {
    const { app, db, ended } = await startApp(t, {
      plugin: { onAbort: 'cancel', commit: 'onSuccess' },
    })
    let refusal: unknown
    const done = new Promise<void>((resolve) => {
      app.get('/', async () => {
        store(db)
        const gone = once(db.scope.signal, 'abort')
        app.server.emit('entered')
        await gone
        try {
          await db.session.flush()
        } catch (error) {
          refusal = error
        }
        resolve()
        return 'too late'
      })
    })
    const entered = (async () => {
      const base = await listen(app)
      const inside = once(app.server, 'entered')
      const request = send(base)
      await inside
      request.destroy()
    })()
    await entered
    await done
    assert.equal((await ended()).outcome.aborted, true)
    assert.match(String(refusal), /has ended.*its client has gone/)
    assert.deepEqual(await titles(db), [])
  })

  // web 38
  it('between handler and commit does not keep the scope open', async (t) => {
    const { app, db, ended } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    let cut: () => void = () => {}
    db.on('beforeCommit', async () => {
      cut()
      await sleep(30)
    })
    app.get('/', async () => store(db))
    const request = send(await listen(app))
    cut = () => request.destroy()
    assert.deepEqual((await ended()).outcome, {
      ...nothing,
      status: 200,
      aborted: true,
      committed: true,
    })
    assert.deepEqual(await titles(db), ['new'])
  })
})

describe('a handler whose time is up', () => {
  it('is answered by Fastify, rolled back, and refused when it goes on', async (t) => {
    const { app, db, ended } = await startApp(t, {
      plugin: { commit: 'onSuccess' },
      fastify: { handlerTimeout: 30 },
    })
    let late: Promise<unknown> = Promise.resolve()
    app.get('/', async () => {
      store(db)
      await sleep(80)
      late = (async () => db.session.commit())()
      late.catch(() => {})
      return 'too late'
    })
    const reply = await app.inject('/')
    assert.equal(reply.statusCode, 503)
    assert.equal((await ended()).outcome.committed, false)
    await sleep(80)
    await assert.rejects(late, { code: 'SCOPE_CLOSED' })
    assert.deepEqual(await titles(db), [])
  })
})

describe('the plugin', () => {
  it('refuses Fastify before 5 by the version that it found and the one that it needs', async (t) => {
    const { db } = await open(t)
    const old = Fastify()
    Object.defineProperty(old, 'version', { value: '4.29.1' })
    await assert.rejects(async () => old.register(athanor, { db }), {
      code: 'CONFIGURATION',
      message: /needs Fastify 5 or later, and found 4\.29\.1/,
    })
  })

  it('refuses options that it does not know, and a registration without a Database', async (t) => {
    const { db } = await open(t)
    await assert.rejects(async () => Fastify().register(athanor, { db, comit: 'onSuccess' }), {
      code: 'UNKNOWN_OPTION',
      message: /"commit"/,
    })
    await assert.rejects(async () => Fastify().register(athanor, {} as { db: typeof db }), {
      code: 'CONFIGURATION',
      message: /\{ db \}/,
    })
    const { app } = await startApp(t)
    assert.throws(
      () => app.get('/', { config: { athanor: { readonly: true } as object } }, async () => 1),
      { code: 'UNKNOWN_OPTION', message: /"readOnly"/ },
    )
  })

  it('is registered once on an application', async (t) => {
    const { app, db } = await startApp(t)
    await assert.rejects(async () => app.register(athanor, { db }), { code: 'ALREADY_INITIALIZED' })
    const { db: other } = await open(t)
    const second = Fastify()
    other.initApp(second)
    await assert.rejects(async () => second.register(athanor, { db }), {
      code: 'ALREADY_INITIALIZED',
    })
  })

  // settled M23
  it('disposes of the Database when the application closes, after the requests in flight', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.get('/', async () => {
      await sleep(50)
      return store(db)
    })
    const reply = headOf(await listen(app))
    await sleep(20)
    await app.close()
    assert.equal((await reply).response.statusCode, 200)
    await assert.rejects(
      db.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
  })

  it('leaves the Database alone while another application uses it', async (t) => {
    const { app, db } = await startApp(t)
    const second = Fastify()
    await second.register(athanor, { db })
    await app.close()
    second.get('/', async () => ({ posts: await db.select(Post).count() }))
    assert.equal((await second.inject('/')).statusCode, 200)
    await second.close()
    await assert.rejects(
      db.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
  })

  it('works inside a server of somebody else', async (t) => {
    const { app, db } = await startApp(t)
    app.get('/', async () => ({ posts: await db.select(Post).count() }))
    await app.ready()
    const server = createServer((request, response) => app.routing(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    const request = httpRequest({ port, host: '127.0.0.1', agent: false }).end()
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream]
    assert.equal((await Readable.from(response).toArray()).join(''), '{"posts":0}')
  })
})
