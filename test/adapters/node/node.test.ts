import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { athanor } from 'athanor/node'
import { open, Post, titles } from '../../app/support.ts'
import { refusesWrongOptions } from '../support/registration.ts'
import { serve } from '../support/server.ts'

describe('athanor/node', () => {
  refusesWrongOptions(athanor)

  it('shows clients nothing of an error that was not made for them, and reports it', async (t) => {
    const { db, log } = await open(t)
    const handler = athanor(db)(() => {
      throw new Error('the password is 42')
    })
    const reply = await fetch(await serve(t, handler))
    assert.deepEqual(
      [reply.status, await reply.json()],
      [
        500,
        {
          statusCode: 500,
          error: 'Internal Server Error',
          message: 'Internal Server Error',
        },
      ],
    )
    assert.match(log.of('ATHANOR_REPLY_FAILED')[0]?.message ?? '', /"GET \/" was answered with/)
  })

  it('shows clients the 404 of getOr404, and reports nothing', async (t) => {
    const { db, log } = await open(t)
    const handler = athanor(db)(() => db.getOr404(Post, 7, { description: 'No such post.' }))
    const reply = await fetch(await serve(t, handler))
    assert.deepEqual(await reply.json(), {
      statusCode: 404,
      error: 'Not Found',
      message: 'No such post.',
    })
    assert.deepEqual(log.of('ATHANOR_REPLY_FAILED'), [])
  })

  it('answers all the same when the error page fails', async (t) => {
    const { db, log } = await open(t)
    const scoped = athanor(db, {
      onError: () => {
        throw new Error('no page')
      },
    })
    const handler = scoped(() => {
      throw new Error('broken')
    })
    assert.equal((await fetch(await serve(t, handler))).status, 500)
    assert.equal(log.of('ATHANOR_REPLY_FAILED').length, 1)
  })

  it('cuts off a reply that has begun, so that nobody takes it for whole', async (t) => {
    const { db, log } = await open(t)
    const handler = athanor(db)(async (_request, response) => {
      response.write('begun')
      await sleep(10)
      throw new Error('broken')
    })
    const reply = await fetch(await serve(t, handler))
    await assert.rejects(reply.text())
    assert.equal(log.of('ATHANOR_REPLY_FAILED').length, 1)
  })

  it('answers a pipeline whose commit fails once, however long its error page takes, though the handler hands the error on', async (t) => {
    const { db, log } = await open(t)
    const pages: unknown[] = []
    const scoped = athanor(db, {
      commit: 'onSuccess',
      onError(error, _request, response) {
        pages.push((error as { code: unknown }).code)
        setImmediate(() => response.writeHead(409).end('page'))
      },
    })
    const base = await serve(
      t,
      scoped(async (_request, response) => {
        db.session.addAll([new Post({ title: 'same' }), new Post({ title: 'same' })])
        await pipeline(Readable.from(['never', 'seen']).iterator(), response)
      }),
    )
    const reply = await fetch(base)
    assert.deepEqual([reply.status, await reply.text()], [409, 'page'])
    assert.deepEqual(pages, ['UNIQUE_VIOLATION'])
    assert.deepEqual(log.of('ATHANOR_REPLY_FAILED'), [])
  })

  // seed 17
  it('rolls a transaction back around a handler that answers with an error status', async (t) => {
    const { db } = await open(t)
    const handler = athanor(db)(
      db.transactional(async (request, response) => {
        const status = Number(request.url?.slice(1))
        db.session.add(new Post({ title: `${status}` }))
        await db.session.flush()
        response.writeHead(status).end()
      }),
    )
    const base = await serve(t, handler)
    for (const status of [422, 201]) assert.equal((await fetch(`${base}/${status}`)).status, status)
    assert.deepEqual(await titles(db), ['201'])
  })

  it('uses the engines of the application that it is given, and names scopes as it is told', async (t) => {
    const { db } = await open(t)
    const { db: other } = await open(t)
    const app = {}
    const url = other.engine.url.toString()
    db.initApp(app, { url })
    const scoped = athanor(db, { app, name: ({ url: path }) => `job ${path}` })
    const handler = scoped((_request, response) => {
      response.end(`${db.scope.name} ${db.engine.url.toString() === url}`)
    })
    assert.equal(await (await fetch(`${await serve(t, handler)}/a`)).text(), 'job /a true')
  })
})
