import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import express, { type NextFunction, type Request, type Response } from 'express'
import { athanor } from 'athanor/express'
import { shutDown } from '../support/server.ts'
import type { Adapter, Answer, AppSpec } from './adapter.ts'

export const expressAdapter: Adapter = {
  name: 'express',
  forbidden: () => Object.assign(new Error('not you'), { status: 403 }),
  seesHandledErrors: false,
  rawReachesErrorPage: true,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: false,
  scopesOfBrokenBodies: 1,
  async start(spec: AppSpec) {
    const { db, options, route, handle, before, errorPage } = spec
    const app = express()
    app.set('env', 'test') // its default error page logs otherwise
    app.use(athanor(db, options))
    app.use(express.json())
    if (before !== undefined) {
      app.use(async (_request, _response, next) => {
        await before()
        next()
      })
    }
    const own = route === undefined ? [] : [athanor(db, route)]
    app.all('/posts/:title', ...own, async (request, response) => {
      const { title = '' } = request.params as { title?: string }
      const { headers = {}, answer } = await handle({ title, body: request.body as unknown })
      response.set(headers)
      send(response, answer)
    })
    if (errorPage !== undefined) {
      // oxlint-disable-next-line max-params -- Express knows error middleware by its four parameters
      app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
        if (response.headersSent) {
          next(error)
          return
        }
        const { status, body } = errorPage(error)
        response.set('x-handled', 'yes').status(status).json(body)
      })
    }
    const server = createServer(app)
    return { server, close: () => shutDown(server, db) }
  },
}

function send(response: Response, answer: Answer): void {
  switch (answer.kind) {
    case 'json':
      response.status(answer.status).json(answer.body)
      break
    case 'empty':
      response.sendStatus(answer.status)
      break
    case 'redirect':
      response.redirect(answer.status, answer.location)
      break
    case 'stream':
      response.type(answer.type)
      Readable.from(answer.chunks)
        .on('error', () => response.destroy())
        .pipe(response)
      break
    case 'raw':
      answer.write(response)
      break
    case 'twice':
      response.status(201).json(answer.first)
      response.status(202).json(answer.second)
      break
    case 'goes on':
      response.json(answer.body)
      answer.next()
      break
  }
}
