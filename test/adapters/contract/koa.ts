import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import Koa, { type Context } from 'koa'
import { athanor } from 'athanor/koa'
import { shutDown } from '../support/server.ts'
import type { Adapter, Answer, AppSpec } from './adapter.ts'

export const koaAdapter: Adapter = {
  name: 'koa',
  forbidden: () => Object.assign(new Error('not you'), { status: 403 }),
  seesHandledErrors: false,
  rawReachesErrorPage: false,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: true,
  scopesOfBrokenBodies: 1,
  async start(spec: AppSpec) {
    const { db, options, route, handle, before, errorPage } = spec
    const app = new Koa()
    app.silent = true // it logs errors otherwise
    athanor(app, db, options)
    if (errorPage !== undefined) useErrorPage(app, errorPage)
    app.use(parseJson)
    if (before !== undefined) {
      app.use(async (_ctx, next) => {
        await before()
        await next()
      })
    }
    if (route !== undefined) app.use(athanor(db, route))
    app.use(async (ctx, next) => {
      const title = /^\/posts\/([^/]+)$/.exec(ctx.path)?.[1]
      if (title === undefined) {
        await next()
        return
      }
      Object.assign(ctx, { _matchedRoute: '/posts/:title' }) // as the usual router does
      const { headers = {}, answer } = await handle({ title, body: ctx.state['body'] as unknown })
      ctx.set(headers)
      send(ctx, answer)
    })
    const respond = app.callback()
    const server = createServer((request, response) => void respond(request, response))
    return { server, close: () => shutDown(server, db) }
  },
}

/** Koa answers errors by a method of its contexts: a commit fails outside of all middleware. */
function useErrorPage(app: Koa, errorPage: NonNullable<AppSpec['errorPage']>): void {
  const { onerror } = app.context
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a method of Koa, not a listener
  app.context.onerror = function handled(this: Context, error: Error) {
    if (error === null || error === undefined) return
    if (this.headerSent || !this.writable) {
      onerror.call(this, error)
      return
    }
    const { status, body } = errorPage(error)
    this.set('x-handled', 'yes')
    this.res.statusCode = status
    this.res.end(JSON.stringify(body))
  }
}

async function parseJson(ctx: Context, next: () => Promise<void>): Promise<void> {
  let text = ''
  for await (const chunk of ctx.req.setEncoding('utf8')) text += chunk as string
  try {
    ctx.state['body'] = text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch {
    ctx.throw(400, 'no JSON')
  }
  await next()
}

function send(ctx: Context, answer: Answer): void {
  switch (answer.kind) {
    case 'json':
      ctx.status = answer.status
      ctx.type = 'json'
      ctx.body = JSON.stringify(answer.body)
      break
    case 'empty':
      ctx.status = answer.status
      break
    case 'redirect':
      ctx.status = answer.status
      ctx.redirect(answer.location)
      break
    case 'stream':
      ctx.type = answer.type
      ctx.body = Readable.from(answer.chunks)
      break
    case 'raw':
      ctx.respond = false
      ctx.res.statusCode = 200
      answer.write(ctx.res)
      break
    case 'twice':
      ctx.respond = false
      for (const [status, body] of [
        [201, answer.first],
        [202, answer.second],
      ] as const) {
        ctx.res.writeHead(status, { 'content-type': 'application/json' })
        ctx.res.end(JSON.stringify(body))
      }
      break
    case 'goes on':
      ctx.respond = false
      ctx.res.writeHead(200)
      ctx.res.end(JSON.stringify(answer.body))
      answer.next()
      break
  }
}
