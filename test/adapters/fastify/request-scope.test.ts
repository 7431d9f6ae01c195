import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { SerializationError, type Scope } from 'athanor'
import { athanor } from 'athanor/fastify'
import { open, Post, titles } from '../../app/support.ts'
import { startApp, type Db } from './support.ts'

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

  it('has the name that the application gives it', async (t) => {
    const { app, db } = await startApp(t, { plugin: { name: ({ url }) => `page ${url}` } })
    app.get('/posts/:id', async () => db.scope.name)
    assert.equal((await app.inject('/posts/7')).body, 'page /posts/7')
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
    const twice = await app.inject('/app')
    assert.deepEqual(
      [twice.statusCode, twice.json<{ code: string }>().code],
      [500, 'UNIQUE_VIOLATION'],
    )
    assert.deepEqual(await titles(db), ['/app'])
  })

  it('is settled before the reply also on routes that were there before the plugin was loaded', async (t) => {
    const { db } = await open(t)
    const app = Fastify()
    t.after(() => app.close())
    const save = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      store(db, (request.params as { title: string }).title)
      return reply.code(201).send({ ok: true })
    }
    app.post('/before/:title', save)
    app.register(athanor, { db, commit: 'onSuccess' })
    app.post('/after/:title', save)
    for (const when of ['before', 'after']) {
      const post = () => app.inject({ method: 'POST', url: `/${when}/${when}` })
      assert.equal((await post()).statusCode, 201)
      const twice = await post()
      assert.deepEqual(
        [twice.statusCode, twice.json<{ code: string }>().code],
        [500, 'UNIQUE_VIOLATION'],
      )
    }
    assert.deepEqual(await titles(db), ['before', 'after'])
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

  // web 37
  it('is committed before a redirect, as after the form of a page', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    app.post('/', async (_request, reply) => {
      store(db)
      return reply.redirect('/made', 303)
    })
    const reply = await app.inject({ method: 'POST', url: '/' })
    assert.deepEqual([reply.statusCode, reply.headers['location']], [303, '/made'])
    assert.deepEqual(await titles(db), ['new'])
  })

  // settled A19
  it('answers 503 with Retry-After when its transaction lost against another one', async (t) => {
    const { app, db } = await startApp(t, { plugin: { commit: 'onSuccess' } })
    db.on('session', (session) =>
      session.on('beforeCommit', () => {
        throw new SerializationError('Two transactions met.')
      }),
    )
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
    const errors: unknown[] = []
    app.addHook('onError', async (_request, _reply, error) => void errors.push(error))
    app.get('/', async (_request, reply) => {
      store(db)
      void reply.code(201).send('first') // forgets to return it
    })
    const reply = await app.inject('/')
    assert.deepEqual([reply.statusCode, reply.body, errors], [201, 'first', []])
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
