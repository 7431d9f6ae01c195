import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import express from 'express'
import fastify from 'fastify'
import { getRouterParam, H3 } from 'h3'
import { Hono } from 'hono'
import { athanor as onExpress } from 'athanor/express'
import { athanor as onFastify } from 'athanor/fastify'
import { athanor as onH3 } from 'athanor/h3'
import { athanor as onHono } from 'athanor/hono'
import { testScope } from 'athanor/testing'
import { open, Post, titles } from '../../app/support.ts'
import type { Adapter, Db } from '../contract/adapter.ts'
import { expressAdapter } from '../contract/express.ts'
import { fastifyAdapter } from '../contract/fastify.ts'
import { h3Adapter } from '../contract/h3.ts'
import { honoAdapter } from '../contract/hono.ts'
import { koaAdapter } from '../contract/koa.ts'
import { nestAdapter } from '../contract/nestjs.ts'
import { nodeAdapter } from '../contract/node.ts'
import { serve } from '../support/server.ts'

const ADAPTERS: readonly Adapter[] = [
  fastifyAdapter,
  expressAdapter,
  koaAdapter,
  honoAdapter,
  h3Adapter,
  nestAdapter,
  nodeAdapter,
]
const ADAPTER_OPTIONS = { commit: 'onSuccess' } as const

/** Stores a post, unless its title is taken: 409. */
async function store(db: Db, title: string): Promise<number> {
  if ((await Post.query().where({ title }).count()) > 0) return 409
  db.session.add(new Post({ title }))
  await db.session.flush()
  return 201
}

for (const adapter of ADAPTERS) {
  describe(`requests to ${adapter.name} in a testScope`, () => {
    // settled H27
    // session 2.48
    it('commit for the test, in parallel too, and nothing is left at its end', async (t) => {
      const { db } = await open(t)
      const app = await adapter.start({
        db,
        options: ADAPTER_OPTIONS,
        handle: async ({ title }) => ({
          answer: { kind: 'json', status: await store(db, title), body: {} },
        }),
        route: undefined,
        before: undefined,
        errorPage: undefined,
        isRaw: false,
      })
      t.after(() => app.close())
      const base = await serve(t, app.server)
      const post = async (title: string): Promise<number> =>
        (await fetch(`${base}/posts/${title}`, { method: 'POST' })).status
      for (const round of [1, 2, 3]) {
        await using _ = await testScope(db)
        assert.deepEqual(await titles(db), [], `round ${round}`)
        const answers = await Promise.all(['a', 'b', 'a', 'c'].map(post))
        assert.deepEqual(
          answers.toSorted((a, b) => a - b),
          [201, 201, 201, 409],
        )
        assert.equal(await post('a'), 409)
        assert.deepEqual((await titles(db)).toSorted(), ['a', 'b', 'c'])
      }
      assert.deepEqual(await titles(db), [])
      assert.equal(await post('a'), 201)
      assert.deepEqual(await titles(db), ['a'])
    })
  })
}

/** How each framework is asked without a network; gives the status. */
const INJECTED: Readonly<Record<string, (db: Db) => Promise<(title: string) => Promise<number>>>> =
  {
    'inject() of Fastify': async (db) => {
      const app = fastify()
      await app.register(onFastify, { db, ...ADAPTER_OPTIONS })
      app.post('/:title', async (request, reply) =>
        reply.code(await store(db, (request.params as { title: string }).title)).send({}),
      )
      return async (title) => (await app.inject({ method: 'POST', url: `/${title}` })).statusCode
    },
    'request() of Hono': async (db) => {
      const app = new Hono()
      app.use(onHono(db, ADAPTER_OPTIONS))
      app.post('/:title', async (c) =>
        c.json({}, (await store(db, c.req.param('title'))) as 201 | 409),
      )
      return async (title) => (await app.request(`/${title}`, { method: 'POST' })).status
    },
    'request() of h3': async (db) => {
      const app = new H3()
      app.use(onH3(db, ADAPTER_OPTIONS))
      app.post('/:title', async (event) => {
        event.res.status = await store(db, getRouterParam(event, 'title') ?? '')
        return {}
      })
      return async (title) => (await app.request(`/${title}`, { method: 'POST' })).status
    },
  }

for (const [name, start] of Object.entries(INJECTED)) {
  // seed 8
  // settled H27
  it(`${name} inside an open transaction works in it, with a session of its own`, async (t) => {
    const { db } = await open(t)
    const post = await start(db)
    await using _ = await testScope(db)
    await db.run(async ({ session }) => {
      const mine = session.add(new Post({ title: 'mine' }))
      await session.flush()
      assert.equal(await post('mine'), 409)
      assert.equal(await post('theirs'), 201)
      assert.ok(session.has(mine))
      await session.rollback()
    })
    assert.deepEqual(await titles(db), [])
  })
}

it('a request to Express over HTTP waits for a transaction that is open around it, and says so', async (t) => {
  const { db } = await open(t)
  const app = express()
  app.use(onExpress(db, ADAPTER_OPTIONS))
  const errors: string[] = []
  app.post('/:title', async (request, response) => {
    try {
      response.sendStatus(await store(db, request.params.title))
    } catch (error) {
      errors.push((error as Error).message)
      response.sendStatus(503)
    }
  })
  const base = await serve(t, app)
  await using _ = await testScope(db, { waitMs: 1 })
  const post = async (title: string): Promise<number> =>
    (await fetch(`${base}/${title}`, { method: 'POST' })).status
  await db.run(
    async ({ session }) => {
      await session.select(Post).all()
      assert.equal(await post('read before'), 201, 'reading keeps nobody waiting')
      session.add(new Post({ title: 'mine' }))
      await session.flush()
      assert.equal(await post('theirs'), 503)
      await session.commit()
    },
    { name: 'the test' },
  )
  assert.match(errors[0] ?? '', /"POST \/:title".*"the test" has begun a transaction/)
  assert.deepEqual(await titles(db), ['read before', 'mine'])
})
