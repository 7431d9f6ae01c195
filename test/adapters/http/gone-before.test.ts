import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  get,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect, createServer as createHttp2, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { H3 } from 'h3'
import { toNodeHandler } from 'h3/node'
import { Hono } from 'hono'
import { athanor as onExpress } from 'athanor/express'
import { athanor as onFastify } from 'athanor/fastify'
import { athanor as onH3 } from 'athanor/h3'
import { athanor as onHono } from 'athanor/hono'
import { athanor as onNode } from 'athanor/node'
import { open, Post, type Database, type models } from '../../app/support.ts'
import { until } from '../contract/running.ts'

/** An application whose requests meet something slow before athanor, and a handler that never answers. */
type Start = (
  db: Database<typeof models>,
  before: (response: ServerResponse) => Promise<void>,
) => Promise<Server | Http2Server>

const hangs = async (db: Database<typeof models>): Promise<never> => {
  db.session.add(new Post({ title: 'pending' }))
  await db.session.flush()
  return new Promise<never>(() => {})
}
const options = { graceMs: 1 }

const STARTS: Readonly<Record<string, Start>> = {
  async Express(db, before) {
    const app = express()
    app.use(async (_request, response, next) => {
      await before(response)
      next()
    })
    app.use(onExpress(db, options))
    app.get('/', () => hangs(db))
    return createServer(app as RequestListener)
  },
  async Fastify(db, before) {
    const app = fastify()
    app.addHook('onRequest', (_request, reply) => before(reply.raw))
    await app.register(onFastify, { db, ...options })
    app.get('/', () => hangs(db))
    await app.ready()
    return app.server
  },
  async Hono(db, before) {
    const app = new Hono<{ Bindings: { outgoing: ServerResponse } }>()
    app.use(async (c, next) => {
      await before(c.env.outgoing)
      await next()
    })
    app.use(onHono(db, options))
    app.get('/', () => hangs(db))
    return createAdaptorServer({ fetch: app.fetch })
  },
  async h3(db, before) {
    const app = new H3()
    app.use(async (event, next) => {
      await before(event.runtime?.node?.res as ServerResponse)
      return next()
    })
    app.use(onH3(db, options))
    app.get('/', () => hangs(db))
    return createServer(toNodeHandler(app) as RequestListener)
  },
  async 'node:http'(db, before) {
    const scoped = onNode(db, options)(() => hangs(db))
    return createServer(
      (request, response) => void before(response).then(() => scoped(request, response)),
    )
  },
  async 'HTTP/2'(db, before) {
    const scoped = onNode(db, options)(() => hangs(db)) as (...args: object[]) => void
    return createHttp2((request, response) => {
      void before(response as unknown as ServerResponse).then(() => scoped(request, response))
    })
  },
}

/** Asks, and leaves once the server has the request. */
async function askAndLeave(server: Server | Http2Server, arrived: Promise<void>): Promise<void> {
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  if ('setTimeout' in server && 'maxHeadersCount' in server) {
    const request = get(url).on('error', () => {})
    await arrived
    request.destroy()
    return
  }
  const client = connect(url).on('error', () => {})
  client.request({ ':path': '/' }).on('error', () => {})
  await arrived
  client.destroy()
}

describe('a request whose client has left before athanor meets it', () => {
  for (const [name, start] of Object.entries(STARTS)) {
    // web 38
    it(`ends all the same, and holds nothing: ${name}`, async (t: TestContext) => {
      const { db } = await open(t)
      const ends: boolean[] = []
      db.on('teardown', ({ aborted }, { kind }) => kind === 'request' && ends.push(aborted))
      const arrived = Promise.withResolvers<void>()
      const server = await start(db, async (response) => {
        const closed = once(response, 'close')
        arrived.resolve()
        await closed
      })
      server.listen(0)
      await once(server, 'listening')
      t.after(() => server.close())
      await askAndLeave(server, arrived.promise)
      await until(() => ends.length === 1, 'the scope has ended')
      assert.deepEqual(ends, [true])
      assert.equal(db.engine.status.inUse, 0)
    })
  }
})
