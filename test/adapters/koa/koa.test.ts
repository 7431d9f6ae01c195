import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Koa, { type Context } from 'koa'
import { athanor } from 'athanor/koa'
import { open, Post, titles } from '../../app/support.ts'
import { install, serve } from '../support/server.ts'

function silent(): Koa {
  const app = new Koa()
  app.silent = true
  return app
}

describe('athanor/koa', () => {
  it('refuses Koa before 3 by the version that it found and the one that it needs', async (t) => {
    const { db } = await open(t)
    install(t, 'koa', '2.16.1')
    assert.throws(() => athanor(new Koa(), db), {
      code: 'CONFIGURATION',
      message: /needs Koa 3 or later, and found 2\.16\.1/,
    })
  })

  // settled B25
  it('refuses options that it does not know, a missing Database, a second registration', async (t) => {
    const { db } = await open(t)
    const app = new Koa()
    assert.throws(() => athanor(app, db, { comit: 'onSuccess' } as object), {
      code: 'UNKNOWN_OPTION',
    })
    assert.throws(() => athanor(app, undefined as unknown as typeof db), { code: 'CONFIGURATION' })
    assert.throws(() => athanor(db, { graceMs: 1 } as object), { code: 'UNKNOWN_OPTION' })
    athanor(app, db)
    assert.throws(() => athanor(app, db), { code: 'ALREADY_INITIALIZED' })
    const { db: other } = await open(t)
    assert.throws(() => athanor(app, other), { code: 'ALREADY_INITIALIZED' })
  })

  it('says what to do where options of a route have no scope to go to', async (t) => {
    const { db } = await open(t)
    const app = silent()
    let message = ''
    app.on('error', (error: Error) => (message = error.message))
    app.use(athanor(db, { readOnly: true }))
    assert.equal((await fetch(await serve(t, app.callback()))).status, 500)
    assert.match(message, /Register the application first, athanor\(app, db\)/)
  })

  // web 16
  it('commits nothing behind a body that JSON cannot say, which Koa finds out only after all middleware', async (t) => {
    const { db } = await open(t)
    const app = silent()
    athanor(app, db, { commit: 'onSuccess' })
    app.use(async (ctx) => {
      db.session.add(new Post({ title: String(ctx.query['title']) }))
      if (ctx.query['flush'] !== undefined) await db.session.flush()
      ctx.body =
        ctx.query['title'] === 'good' ? { posts: await db.select(Post).all() } : { sum: 10n }
    })
    const address = await serve(t, app.callback())
    for (const query of ['title=lost', 'title=lost&flush'])
      assert.equal((await fetch(`${address}/?${query}`)).status, 500)
    assert.equal((await fetch(`${address}/?title=good`)).status, 200)
    assert.deepEqual(await titles(db), ['good'])
  })

  it('settles after all middleware: an outer one may still change the status', async (t) => {
    const { db } = await open(t)
    const app = silent()
    athanor(app, db, { commit: 'onSuccess' })
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch {
        ctx.status = 418
      }
    })
    app.use(() => {
      db.session.add(new Post({ title: 'lost' }))
      throw new Error('caught outside')
    })
    assert.equal((await fetch(await serve(t, app.callback()))).status, 418)
    assert.deepEqual(await titles(db), [])
  })

  // seed 17
  it('rolls a transaction back around a handler that sets an error status', async (t) => {
    const { db } = await open(t)
    const app = silent()
    athanor(app, db)
    const save = db.transactional(async (ctx: Context) => {
      const status = Number(ctx.path.slice(1))
      db.session.add(new Post({ title: `${status}` }))
      await db.session.flush()
      if (status !== 200) ctx.status = status
      ctx.body = {}
    })
    app.use((ctx) => save(ctx))
    const base = await serve(t, app.callback())
    for (const status of [404, 422, 200, 201])
      assert.equal((await fetch(`${base}/${status}`)).status, status)
    assert.deepEqual(await titles(db), ['200', '201'])
  })

  it('waits for a reply that is written past Koa after all middleware', async (t) => {
    const { db } = await open(t)
    const app = silent()
    athanor(app, db, { commit: 'onSuccess' })
    app.use((ctx) => {
      ctx.respond = false
      db.session.add(new Post({ title: 'later' }))
      setTimeout(() => ctx.res.writeHead(201).end('later'), 10)
    })
    const reply = await fetch(await serve(t, app.callback()))
    assert.deepEqual([reply.status, await reply.text()], [201, 'later'])
    assert.deepEqual(await titles(db), ['later'])
  })

  it('refuses what a handler does that nobody has awaited', async (t) => {
    const { db } = await open(t)
    const app = silent()
    athanor(app, db, { commit: 'onSuccess' })
    let late: Promise<unknown> = Promise.resolve()
    app.use((ctx) => {
      late = sleep(30).then(() => {
        db.session.add(new Post({ title: 'late' }))
        ctx.body = 'too late'
      })
      late.catch(() => {})
    })
    assert.equal((await fetch(await serve(t, app.callback()))).status, 404)
    await assert.rejects(late, { code: 'SCOPE_CLOSED' })
  })

  it('tells Koa’s error event of a commit that failed, in the scope', async (t) => {
    const { db } = await open(t)
    await db.run(() => db.session.add(new Post({ title: 'taken' })), { commit: 'onSuccess' })
    const app = silent()
    athanor(app, db, { commit: 'onSuccess' })
    const seen: unknown[] = []
    app.on('error', (error: { code: unknown }) => seen.push([error.code, db.scope.name]))
    app.use((ctx) => {
      db.session.add(new Post({ title: 'taken' }))
      ctx.body = 'ok'
    })
    assert.equal((await fetch(await serve(t, app.callback()))).status, 500)
    assert.deepEqual(seen, [['UNIQUE_VIOLATION', 'GET /']])
  })
})
