import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { stream, streamSSE } from 'hono/streaming'
import type { Server } from 'node:http'
import { athanor } from 'athanor/hono'
import type { Outcome } from 'athanor'
import { open, Post, titles } from '../../app/support.ts'
import { until } from '../contract/running.ts'
import { refusesOldVersion, refusesWrongOptions } from '../support/registration.ts'
import { serve } from '../support/server.ts'

describe('athanor/hono', () => {
  refusesOldVersion(athanor, { title: 'Hono', package: 'hono', needed: 4, found: '3.12.12' })
  refusesWrongOptions(athanor)

  it('ends the scope with the reply where there is no server, and with the body where that is a stream', async (t) => {
    const { db } = await open(t)
    const ends: Outcome[] = []
    db.on('teardown', (outcome, { kind }) => kind === 'request' && ends.push(outcome))
    const app = new Hono()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/json', (c) => {
      db.session.add(new Post({ title: 'json' }))
      return c.json({ ok: true })
    })
    app.get('/stream', (c) => {
      db.session.add(new Post({ title: 'stream' }))
      return stream(c, async (out) => {
        for await (const title of db.select(Post.c.title).stream()) await out.write(`${title} `)
      })
    })
    assert.deepEqual(await (await app.request('/json')).json(), { ok: true })
    await until(() => ends.length === 1, 'the scope has ended')
    const reply = await app.request('/stream')
    assert.equal(ends.length, 1)
    assert.equal(await reply.text(), 'json stream ')
    await until(() => ends.length === 2, 'the scope of the stream has ended')
    assert.deepEqual(
      ends.map(({ committed, streaming }) => [committed, streaming]),
      [
        [true, false],
        [true, true],
      ],
    )
    assert.equal((await app.request('/stream', { method: 'HEAD' })).status, 500)
    assert.equal((await app.request('/json')).status, 500)
    await until(() => ends.length === 4, 'all scopes have ended')
    assert.equal(db.engine.status.inUse, 0)
  })

  // web 16
  it('commits nothing of a handler that returns no response, which Hono answers with 500', async (t) => {
    const { db } = await open(t)
    const outcomes: Outcome[] = []
    db.on('teardown', (outcome, { kind }) => kind === 'request' && outcomes.push(outcome))
    const app = new Hono()
    app.onError((_, c) => c.text('', 500))
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.post('/forgets', async () => {
      db.session.add(new Post({ title: 'lost' }))
      return undefined
    })
    assert.equal((await app.request('/forgets', { method: 'POST' })).status, 500)
    assert.deepEqual(await titles(db), [])
    await until(() => outcomes.length === 1, 'the scope has ended')
    assert.match(String(outcomes[0]?.error), /returned no response/)
  })

  it('ends the scope where there is no server and the reader gives the stream up, or the signal aborts', async (t) => {
    const { db } = await open(t)
    const ends: Outcome[] = []
    db.on('teardown', (outcome, { kind }) => kind === 'request' && ends.push(outcome))
    const app = new Hono()
    app.use(athanor(db, { onAbort: 'cancel' }))
    app.get('/', (c) => {
      const endless = ReadableStream.from(
        (async function* () {
          for (;;) yield `${await db.select(Post).count()}\n`
        })(),
      )
      return c.body(endless.pipeThrough(new TextEncoderStream()))
    })
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
    await sleep(10)
    controller.abort()
    await until(() => ends.length === 2, 'the scope of the handler that hangs has ended')
    assert.deepEqual(
      ends.map(({ aborted }) => aborted),
      [false, true],
    )
    assert.equal(db.engine.status.inUse, 0)
  })

  it('sends events of streamSSE, which read in the scope, after the commit', async (t) => {
    const { db, sent } = await open(t)
    const app = new Hono()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/', (c) => {
      db.session.add(new Post({ title: 'an event' }))
      return streamSSE(c, async (events) => {
        for (let n = 0; n < 3; n += 1) {
          await events.sleep(2)
          await events.writeSSE({ data: `${n} ${await db.select(Post).count()}` })
        }
      })
    })
    const base = await serve(t, createAdaptorServer(app) as Server)
    sent.clear()
    assert.equal(await (await fetch(base)).text(), 'data: 0 1\n\ndata: 1 1\n\ndata: 2 1\n\n')
    assert.equal(sent.kinds().filter((kind) => kind === 'commit').length, 1)
    assert.equal((await fetch(base)).status, 500)
  })

  // seed 17
  it('rolls a transaction back around a handler that returns an error response, in a sub-application too', async (t) => {
    const { db } = await open(t)
    const app = new Hono()
    const inner = new Hono()
    app.use(athanor(db))
    inner.onError((error, c) => c.text(error.message, 418))
    inner.get(
      '/:status',
      db.transactional(async (c: Context) => {
        const status = Number(c.req.param('status'))
        db.session.add(new Post({ title: `${status}` }))
        await db.session.flush()
        if (status === 418) throw new Error('a teapot')
        return c.json({}, status as 200)
      }),
    )
    app.route('/inner', inner)
    for (const status of [422, 418, 201])
      assert.equal((await app.request(`/inner/${status}`)).status, status)
    assert.deepEqual(await titles(db), ['201'])
  })
})
