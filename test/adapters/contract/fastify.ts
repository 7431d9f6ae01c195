import { Readable } from 'node:stream'
import Fastify, { type FastifyPluginAsync, type FastifyReply } from 'fastify'
import type { WebSocket } from 'ws'
import { athanor } from 'athanor/fastify'
import type { Adapter, Answer, AppSpec, SocketSpec } from './adapter.ts'

/** Its types would add a second handler to every route of this project. */
const WEBSOCKET: string = '@fastify/websocket'

export const fastifyAdapter: Adapter = {
  name: 'fastify',
  forbidden: () => Object.assign(new Error('not you'), { statusCode: 403 }),
  seesHandledErrors: true,
  rawReachesErrorPage: false,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: false,
  scopesOfBrokenBodies: 1,
  async start(spec: AppSpec) {
    const { db, options, route, handle, before, errorPage } = spec
    const app = Fastify()
    await app.register(athanor, { db, ...options })
    if (before !== undefined) app.addHook('preHandler', before)
    if (errorPage !== undefined) {
      app.setErrorHandler((error, _request, reply) => {
        const { status, body } = errorPage(error)
        return reply.header('x-handled', 'yes').code(status).send(body)
      })
    }
    app.all('/posts/:title', { config: { athanor: route ?? {} } }, async (request, reply) => {
      const { title } = request.params as { title: string }
      const { headers = {}, answer } = await handle({ title, body: request.body })
      void reply.headers(headers)
      if (answer.kind === 'raw')
        for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value)
      return send(reply, answer)
    })
    await app.ready()
    return { server: app.server, close: () => app.close() }
  },
  async startSockets({ db, options, onMessage }: SocketSpec) {
    const app = Fastify()
    const { default: websocket } = (await import(WEBSOCKET)) as { default: FastifyPluginAsync }
    await app.register(websocket)
    await app.register(athanor, { db, ...options })
    const handle = (socket: WebSocket): void => {
      socket.on('message', (data: Buffer) => onMessage(String(data), (text) => socket.send(text)))
    }
    const route = { method: 'GET', url: '/socket', handler: async () => 'no socket' } as const
    app.route(Object.assign(route, { wsHandler: handle }))
    await app.ready()
    return { server: app.server, close: () => app.close() }
  },
}

function send(reply: FastifyReply, answer: Answer): FastifyReply {
  switch (answer.kind) {
    case 'json':
      return reply.code(answer.status).send(answer.body)
    case 'empty':
      return reply.code(answer.status).send()
    case 'redirect':
      return reply.redirect(answer.location, answer.status)
    case 'stream':
      return reply.type(answer.type).send(Readable.from(answer.chunks))
    case 'raw':
      reply.hijack()
      answer.write(reply.raw)
      return reply
    case 'twice':
      void reply.code(201).send(answer.first)
      return reply.code(202).send(answer.second)
    case 'goes on':
      void reply.send(answer.body)
      answer.next()
      return reply
  }
}
