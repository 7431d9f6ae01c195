import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import {
  fromNodeHandler,
  getRouterParam,
  H3,
  HTTPError,
  noContent,
  readBody,
  redirect,
  type H3Event,
} from 'h3'
import { toNodeHandler } from 'h3/node'
import { athanor } from 'athanor/h3'
import { shutDown } from '../support/server.ts'
import type { Adapter, Answer, AppSpec } from './adapter.ts'

export const h3Adapter: Adapter = {
  name: 'h3',
  forbidden: () => new HTTPError({ status: 403, message: 'not you' }),
  seesHandledErrors: true,
  rawReachesErrorPage: false,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: true,
  scopesOfBrokenBodies: 1,
  async start(spec: AppSpec) {
    const { db, options, route, handle, before, errorPage } = spec
    const app = new H3({
      silent: true, // it logs errors otherwise
      ...(errorPage === undefined
        ? {}
        : {
            onError(error) {
              const { status, body } = errorPage(error.cause ?? error)
              return Response.json(body, { status, headers: { 'x-handled': 'yes' } })
            },
          }),
    })
    app.use(athanor(db, options))
    if (before !== undefined) {
      app.use(async (_event, next) => {
        await before()
        return next()
      })
    }
    if (route !== undefined) app.use('/posts/:title', athanor(db, route))
    app.all('/posts/:title', async (event) => {
      const { headers = {}, answer } = await handle({
        title: getRouterParam(event, 'title') ?? '',
        body: await readBody<unknown>(event),
      })
      for (const [name, value] of Object.entries(headers)) {
        event.res.headers.set(name, value)
        if (answer.kind === 'raw') outgoingOf(event).setHeader(name, value)
      }
      return send(event, answer)
    })
    const server = createServer(toNodeHandler(app) as Parameters<typeof createServer>[1])
    return { server, close: () => shutDown(server, db) }
  },
}

function outgoingOf(event: H3Event): ServerResponse {
  return event.runtime?.node?.res as ServerResponse
}

function send(event: H3Event, answer: Answer): unknown {
  switch (answer.kind) {
    case 'json':
      event.res.status = answer.status
      event.res.headers.set('content-type', 'application/json')
      return JSON.stringify(answer.body)
    case 'empty':
      return noContent(answer.status)
    case 'redirect':
      return redirect(answer.location, answer.status)
    case 'stream':
      event.res.headers.set('content-type', answer.type)
      return ReadableStream.from(answer.chunks).pipeThrough(new TextEncoderStream())
    case 'raw':
      return written(event, answer.write)
    case 'twice':
      return written(event, (response) => {
        for (const [status, body] of [
          [201, answer.first],
          [202, answer.second],
        ] as const) {
          response.writeHead(status, { 'content-type': 'application/json' })
          response.end(JSON.stringify(body))
        }
      })
    case 'goes on':
      return written(event, (response) => {
        response.writeHead(200)
        response.end(JSON.stringify(answer.body))
        answer.next()
      })
  }
}

/** By a handler of Node's, which h3 takes for done when its promise is. */
function written(event: H3Event, write: (response: ServerResponse) => void): unknown {
  const handler = async (_request: unknown, response: ServerResponse): Promise<void> => {
    const closed = once(response, 'close')
    write(response)
    await closed
  }
  return fromNodeHandler(handler as Parameters<typeof fromNodeHandler>[0])(event)
}
