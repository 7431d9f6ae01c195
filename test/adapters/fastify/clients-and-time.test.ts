import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Post, titles } from '../../app/support.ts'
import { listen, send, startApp, type Db } from './support.ts'

const store = (db: Db, title = 'new'): Post => db.session.add(new Post({ title }))
const nothing = { error: undefined, aborted: false, committed: false, streaming: false }

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

  it('cannot keep a writer by a transaction block that never ends', async (t) => {
    const { app, db, ended } = await startApp(t, { plugin: { graceMs: 20 } })
    const entered = new Promise<void>((resolve) => {
      app.get(
        '/hangs',
        db.transactional(async () => {
          store(db)
          await db.session.flush()
          resolve()
          await new Promise(() => {})
        }),
      )
    })
    const request = send(`${await listen(app)}/hangs`)
    await entered
    request.destroy()
    assert.deepEqual((await ended()).outcome, { ...nothing, status: undefined, aborted: true })
    await db.run(() => db.transaction(() => store(db, 'the next writer')))
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
    db.on('session', (session) =>
      session.on('beforeCommit', async () => {
        cut()
        await sleep(30)
      }),
    )
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
