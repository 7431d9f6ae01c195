import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { athanor } from 'athanor/fastify'
import { open, Post } from '../../app/support.ts'
import { headOf, listen, startApp, type Db } from './support.ts'

const store = (db: Db, title = 'new'): Post => db.session.add(new Post({ title }))

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
    const entered = new Promise<void>((resolve) => {
      app.get('/', async () => {
        resolve()
        await sleep(50)
        return store(db)
      })
    })
    const reply = headOf(await listen(app))
    await entered
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

  it('leaves a wrapped handler the types of its route', async (t) => {
    const { app, db } = await startApp(t)
    app.get<{ Params: { id: string } }>(
      '/:id',
      db.transactional(async (request, reply) => {
        const key: string = request.params.id
        return reply.code(201).send({ key })
      }),
    )
    const reply = await app.inject('/7')
    assert.deepEqual([reply.statusCode, reply.json()], [201, { key: '7' }])
  })
})
