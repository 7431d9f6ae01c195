import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteOptions as FastifyRoute,
} from 'fastify'
import { ConfigurationError } from '../../errors/index.ts'
import { responseClosed, unsupportedVersion, whenClosed, type Framework } from '../http/index.ts'
import { checkPluginOptions, checkRouteOptions, type AthanorOptions } from './options.ts'
import { openRequestScope, SCOPE, scopeOf } from './request-scope.ts'
import { settleBeforeHead } from './settle-hook.ts'

const FASTIFY: Framework = { title: 'Fastify', package: 'fastify', from: 5 }
/** Marks the routes whose scopes are settled by the route's own last hook. */
const SETTLED_BY_ROUTE = Symbol('athanor.settled-by-route')

/** Gives every request a scope; the hooks and their order are those of Fastify 5. */
export async function plugin(app: FastifyInstance, options: AthanorOptions): Promise<void> {
  checkVersion(app.version)
  checkPluginOptions(options)
  if (app.hasRequestDecorator(SCOPE)) throw alreadyRegistered()
  options.db.attach(app)
  app.decorateRequest(SCOPE, undefined)
  app.addHook('onRequest', (request, reply, next) =>
    enterScope(app, options, { request, reply, next }),
  )
  app.addHook('onError', (request, _reply, error, next) => {
    scopeOf(request)?.fail(error)
    next()
  })
  app.addHook('onRoute', settleLast)
  app.addHook('onSend', settleOthers)
  app.addHook('onClose', () => options.db.detach(app, { dispose: options.disposeOnClose }))
}

/** @throws {ConfigurationError} CONFIGURATION naming the version that was found and the one that is needed. */
function checkVersion(found: string | undefined): void {
  if (Number.parseInt(found ?? '', 10) >= FASTIFY.from) return
  throw unsupportedVersion(FASTIFY, found)
}

function alreadyRegistered(): ConfigurationError {
  return new ConfigurationError(
    'Cannot register athanor twice on one Fastify application: its requests have scopes already. Register it once, on the root instance.',
    {
      code: 'ALREADY_INITIALIZED',
    },
  )
}

interface Entry {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly next: () => void
}

/** A callback hook: in an async one the scope would be lost at the first await. Each message of a web socket is a unit of work of its own, so that its upgrade gets none. */
function enterScope(app: object, options: AthanorOptions, { request, reply, next }: Entry): void {
  if (request.headers.upgrade?.toLowerCase() === 'websocket') {
    next()
    return
  }
  const scope = openRequestScope(app, options, request, reply)
  whenClosed(reply.raw, () =>
    responseClosed(scope, { status: reply.statusCode, ended: reply.raw.writableEnded }, options),
  )
  scope.run(next)
}

/** Settles after all other hooks of the route, so that nothing can fail the reply once it is committed. */
function settleLast(route: FastifyRoute): void {
  const own = route.onSend === undefined ? [] : [route.onSend].flat()
  route.onSend = [...own, settleBeforeHead]
  const config = { ...route.config, [SETTLED_BY_ROUTE]: true }
  route.config = config
  checkRouteOptions(config.athanor ?? {}, `${String(route.method)} ${route.url}`)
}

/** Settles what has no such hook: what no route answers, and routes that were there before the plugin was loaded. */
function settleOthers(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  next: Parameters<typeof settleBeforeHead>[3],
): ReturnType<typeof settleBeforeHead> {
  const config: object = request.routeOptions.config ?? {}
  if (!(SETTLED_BY_ROUTE in config)) return settleBeforeHead(request, reply, payload, next)
  next()
  return undefined
}
