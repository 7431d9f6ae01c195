import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import {
  createAdaptorServer,
  serve,
  upgradeWebSocket,
  type WebSocketServerLike,
} from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { WebSocketServer } from 'ws'
import { athanor } from 'athanor/hono'
import { shutDown } from '../support/server.ts'
import type { Adapter, Answer, AppSpec, SocketSpec } from './adapter.ts'

export const honoAdapter: Adapter = {
  name: 'hono',
  forbidden: () => new HTTPException(403, { message: 'not you' }),
  seesHandledErrors: true,
  rawReachesErrorPage: false,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: true,
  scopesOfBrokenBodies: 1,
  async start(spec: AppSpec) {
    const { db, options, route, handle, before, errorPage } = spec
    const app = new Hono()
    app.use(athanor(db, options))
    app.onError((error, c) => {
      if (errorPage === undefined)
        return 'getResponse' in error && typeof error.getResponse === 'function'
          ? error.getResponse() // as its own does, which logs
          : c.text('Internal Server Error', 500)
      const { status, body } = errorPage(error)
      c.header('x-handled', 'yes')
      return c.json(body as object, status as 200)
    })
    if (before !== undefined) {
      app.use(async (_c, next) => {
        await before()
        await next()
      })
    }
    if (route !== undefined) app.use('/posts/:title', athanor(db, route))
    app.all('/posts/:title', async (c) => {
      const { headers = {}, answer } = await handle({
        title: c.req.param('title'),
        body: await jsonOf(c),
      })
      for (const [name, value] of Object.entries(headers)) {
        c.header(name, value)
        if (answer.kind === 'raw') outgoingOf(c).setHeader(name, value)
      }
      return send(c, answer)
    })
    const server = createAdaptorServer(app) as Server
    return { server, close: () => shutDown(server, db) }
  },
  async startSockets({ db, options, onMessage }: SocketSpec) {
    const app = new Hono()
    app.use(athanor(db, options))
    app.get(
      '/socket',
      upgradeWebSocket(() => ({
        onMessage: ({ data }, socket) => onMessage(data as string, (text) => socket.send(text)),
      })),
    )
    const websocket = { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike }
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, websocket }) as Server
    if (!server.listening) await once(server, 'listening')
    return { server, close: async () => {} }
  },
}

async function jsonOf(c: Context): Promise<unknown> {
  if (c.req.header('content-type') === undefined) return undefined
  try {
    return await c.req.json()
  } catch {
    throw new HTTPException(400, { message: 'no JSON' })
  }
}

/** Nothing but the server pulls it. */
function encoded(chunks: AsyncIterable<string>): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]()
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await iterator.next()
        if (done === true) return { done, value: undefined }
        return { done: false, value: new TextEncoder().encode(value) }
      },
      async return() {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}

function outgoingOf(c: Context): ServerResponse {
  return (c.env as { readonly outgoing: ServerResponse }).outgoing
}

function send(c: Context, answer: Answer): Response {
  switch (answer.kind) {
    case 'json':
      return c.json(answer.body as object, answer.status as 200)
    case 'empty':
      return c.body(null, answer.status as 204)
    case 'redirect':
      return c.redirect(answer.location, answer.status as 302)
    case 'stream':
      c.header('content-type', answer.type)
      return c.body(ReadableStream.from(encoded(answer.chunks)))
    case 'raw':
      answer.write(outgoingOf(c))
      return RESPONSE_ALREADY_SENT
    case 'twice':
      c.json(answer.second as object, 202)
      return c.json(answer.first as object, 201)
    case 'goes on':
      outgoingOf(c).writeHead(200)
      outgoingOf(c).end(JSON.stringify(answer.body))
      answer.next()
      return RESPONSE_ALREADY_SENT
  }
}
