import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express, { type NextFunction, type Request, type Response } from 'express'
import { athanor } from 'athanor/express'
import { open, Post, titles } from '../../app/support.ts'
import { install, serve } from '../support/server.ts'

describe('athanor/express', () => {
  it('refuses Express before 5 by the version that it found and the one that it needs', async (t) => {
    const { db } = await open(t)
    install(t, 'express', '4.21.2')
    assert.throws(() => athanor(db), {
      code: 'CONFIGURATION',
      message: /needs Express 5 or later, and found 4\.21\.2.*npm i express@5/,
    })
  })

  it('refuses options that it does not know, and a registration without a Database', async (t) => {
    const { db } = await open(t)
    assert.throws(() => athanor(db, { comit: 'onSuccess' } as object), {
      code: 'UNKNOWN_OPTION',
      message: /Did you mean "commit"/,
    })
    assert.throws(() => athanor(undefined as unknown as typeof db), {
      code: 'CONFIGURATION',
      message: /app\.use\(athanor\(db\)\)/,
    })
  })

  it('answers requests of an application that another Database has with ALREADY_INITIALIZED', async (t) => {
    const { db } = await open(t)
    const { db: other } = await open(t)
    const app = express()
    other.initApp(app)
    app.use(athanor(db))
    const codes: unknown[] = []
    // oxlint-disable-next-line max-params -- Express knows error middleware by its four parameters
    app.use((error: { code: unknown }, _: Request, response: Response, _next: NextFunction) => {
      codes.push(error.code)
      response.sendStatus(500)
    })
    await fetch(await serve(t, app))
    assert.deepEqual(codes, ['ALREADY_INITIALIZED'])
  })

  it('answers 500 where a policy is none, and not as if nobody wanted a commit', async (t) => {
    const errors: unknown[] = []
    const { db } = await open(t)
    const app = express()
    app.use(athanor(db, { commit: 'onsuccess' as 'onSuccess' }))
    app.post('/', (_request, response) => {
      db.session.add(new Post({ title: 'one' }))
      response.json({})
    })
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      errors.push(error)
      response.sendStatus(500)
    })
    assert.equal((await fetch(await serve(t, app), { method: 'POST' })).status, 500)
    assert.match(String(errors), /Cannot use commit: "onsuccess"/)
  })

  // seed 11
  it('tells who comes late where the reply was handed over, whoever commits', async (t) => {
    for (const commit of ['manual', 'onSuccess'] as const) {
      const { db } = await open(t)
      const late = Promise.withResolvers<unknown>()
      const app = express()
      app.use(athanor(db, { commit }))
      app.get('/', async (_request, response) => {
        db.session.add(new Post({ title: 'one' }))
        response.json({}) // here
        await once(response, 'close')
        late.resolve(
          await db
            .select(Post)
            .count()
            .catch((error: Error) => error.message),
        )
      })
      await fetch(await serve(t, app))
      assert.match(
        String(await late.promise),
        /has ended at test\/adapters\/express\/express\.test\.ts:\d+:\d+: its reply 200/,
        commit,
      )
    }
  })

  it('uses the engines of the application that the request arrives at', async (t) => {
    const { db } = await open(t)
    const second = await open(t)
    const app = express()
    const url = second.db.engine.url.toString()
    db.initApp(app, { url, name: 'second' })
    app.use(athanor(db))
    app.get('/', (_request, response) => {
      response.json({ isOwn: db.scope.app === app, engine: db.engine.url.toString() })
    })
    assert.deepEqual(await (await fetch(await serve(t, app))).json(), { isOwn: true, engine: url })
  })

  it('answers a pipeline whose commit fails by the error page, once, however long that takes', async (t) => {
    const { db } = await open(t)
    const app = express()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/', async (_request, response) => {
      db.session.addAll([new Post({ title: 'same' }), new Post({ title: 'same' })])
      await pipeline(Readable.from(['never', 'seen']).iterator(), response)
    })
    app.set('env', 'test') // its default error page logs otherwise
    const seen: unknown[] = []
    // oxlint-disable-next-line max-params -- Express knows error middleware by its four parameters
    app.use((error: { code: unknown }, _: Request, response: Response, _next: NextFunction) => {
      seen.push(error.code)
      setImmediate(() => response.status(409).send('page'))
    })
    const reply = await fetch(await serve(t, app))
    assert.deepEqual([reply.status, await reply.text()], [409, 'page'])
    assert.deepEqual(seen, ['UNIQUE_VIOLATION'])
  })

  // seed 17
  it('rolls a transaction back around a handler that answers with an error status', async (t) => {
    const { db } = await open(t)
    const app = express()
    app.use(athanor(db))
    const save = async (request: Request, response: Response): Promise<void> => {
      const { status } = request.params as { status: string }
      db.session.add(new Post({ title: status }))
      await db.session.flush()
      response.status(Number(status)).json({})
    }
    app.get('/:status', db.transactional(save))
    const base = await serve(t, app)
    assert.equal((await fetch(`${base}/422`)).status, 422)
    assert.equal((await fetch(`${base}/201`)).status, 201)
    assert.deepEqual(await titles(db), ['201'])
    assert.equal(db.engine.status.inUse, 0)
  })

  it('refuses the isolation of a route whose session was used before, in words', async (t) => {
    const { db } = await open(t)
    const app = express()
    app.set('env', 'test')
    app.use(athanor(db), (_request, _response, next) => {
      void db.session
      next()
    })
    app.get('/', athanor(db, { isolation: 'serializable' }), (_request, response) => {
      response.json({})
    })
    const reply = await fetch(await serve(t, app))
    assert.equal(reply.status, 500)
    assert.match(await reply.text(), /Cannot set the isolation of &quot;GET \/&quot; for its route/)
  })

  it('settles two Databases of one request one after the other, and commits the second only after the first', async (t) => {
    const [{ db: first }, { db: second }] = [await open(t), await open(t)]
    const app = express()
    const inner = express()
    for (const each of [app, inner]) each.set('env', 'test')
    app.use(athanor(first, { commit: 'onSuccess' }))
    inner.use(athanor(second, { commit: 'onSuccess' }))
    inner.get('/:title', (request, response) => {
      const { title } = request.params
      for (const db of [first, second]) db.session.add(new Post({ title }))
      response.json({ title })
    })
    app.use('/inner', inner)
    const base = await serve(t, app)
    assert.equal((await fetch(`${base}/inner/a`)).status, 200)
    assert.equal((await fetch(`${base}/inner/a`)).status, 500)
    await first.run(() => first.session.add(new Post({ title: 'b' })), { commit: 'onSuccess' })
    assert.equal((await fetch(`${base}/inner/b`)).status, 500)
    assert.deepEqual([await titles(first), await titles(second)], [['a', 'b'], ['a']])
    for (const db of [first, second]) assert.equal(db.engine.status.inUse, 0)
  })

  it('sends files and views by Express’s own means, after the commit', async (t) => {
    const { db, sent } = await open(t)
    const app = express()
    app.use(athanor(db, { commit: 'onSuccess' }))
    app.get('/', (_request, response) => {
      db.session.add(new Post({ title: 'seen' }))
      response.sendFile(import.meta.filename)
    })
    const base = await serve(t, app)
    sent.clear()
    assert.match(await (await fetch(base)).text(), /after the commit/)
    assert.equal(sent.kinds().filter((kind) => kind === 'commit').length, 1)
    assert.equal((await fetch(base)).status, 500)
  })
})
