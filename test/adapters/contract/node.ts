import { createServer, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { athanor } from 'athanor/node'
import { shutDown } from '../support/server.ts'
import type { Adapter, Answer, AppSpec } from './adapter.ts'

export const nodeAdapter: Adapter = {
  name: 'node',
  forbidden: () => Object.assign(new Error('not you'), { statusCode: 403, expose: true }),
  seesHandledErrors: true,
  rawReachesErrorPage: true,
  hasBodyParser: false,
  hasRouter: false,
  hidesMessages: true,
  scopesOfBrokenBodies: 1,
  async start({ db, options, route, handle, before, errorPage }: AppSpec) {
    const scoped = athanor(db, {
      ...options,
      ...route,
      ...(errorPage === undefined
        ? {}
        : {
            onError(error, _request, response) {
              const { status, body } = errorPage(error)
              response.setHeader('x-handled', 'yes')
              sendJson(response, status, body)
            },
          }),
    })
    const listener = scoped(async (request, response) => {
      await before?.()
      const [, , title = ''] = (request.url ?? '').split(/[/?]/)
      const { headers = {}, answer } = await handle({ title, body: undefined })
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      await send(response, answer)
    })
    const server = createServer(listener)
    return { server, close: () => shutDown(server, db) }
  },
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  switch (answer.kind) {
    case 'json':
      sendJson(response, answer.status, answer.body)
      break
    case 'empty':
      response.writeHead(answer.status).end()
      break
    case 'redirect':
      response.writeHead(answer.status, { location: answer.location }).end()
      break
    case 'stream':
      response.setHeader('content-type', answer.type)
      await pipeline(Readable.from(answer.chunks), response)
      break
    case 'raw':
      answer.write(response)
      break
    case 'twice':
      sendJson(response, 201, answer.first)
      sendJson(response, 202, answer.second)
      break
    case 'goes on':
      sendJson(response, 200, answer.body)
      answer.next()
      break
  }
}
