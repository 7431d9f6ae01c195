import type Application from 'koa'
import type { Context, Middleware } from 'koa'
import { IllegalStateError } from '../../errors/index.ts'
import {
  checkDatabase,
  checkFramework,
  checkNames,
  edgeOf,
  REQUEST_OPTIONS,
  ROUTE_OPTIONS,
  type Framework,
  type RequestDatabase,
  type RequestOptions,
  type RouteOptions,
} from '../http/index.ts'
import { handleInScope } from './koa-edge.ts'

export type { RouteOptions } from '../http/index.ts'

const KOA: Framework = { title: 'Koa', package: 'koa', from: 3 }

/** Options of the Koa adapter. */
export type AthanorOptions = RequestOptions<Context>

/**
 * Gives every request of a Koa application a scope, and settles it when all middleware is done, before the head of the reply.
 *
 * ```ts
 * athanor(app, db, { commit: 'onSuccess' })
 * router.post('/posts', (ctx) => {
 *   const post = db.session.add(new Post({ title: ctx.request.body.title }))
 *   ctx.status = 201
 *   ctx.body = { title: post.title } // sent after COMMIT, or an error in its place
 * })
 * ```
 * It takes the application, because Koa sends the body outside of all middleware. A commit that fails goes to Koa's error path and its `error` event;
 * nothing of the lost reply remains. `athanor(db, options)` is a middleware that adds `commit`, `isolation` and `readOnly` for its routes.
 * Koa has no end of its own: call `db.dispose()` when the server is closed.
 * @throws {ConfigurationError} CONFIGURATION under Koa 2 and without `db`; UNKNOWN_OPTION; ALREADY_INITIALIZED when the application has a Database.
 * @since 0.1
 */
export function athanor(app: Application, db: RequestDatabase, options?: AthanorOptions): void
/** A middleware that adds options for its routes. The application must have been registered: `athanor(app, db)`. @since 0.1 */
export function athanor(db: RequestDatabase, options: RouteOptions): Middleware
export function athanor(
  first: Application | RequestDatabase,
  second: RequestDatabase | RouteOptions,
  options: AthanorOptions = {},
): Middleware | undefined {
  if (isApplication(first)) {
    register(first, second as RequestDatabase, options)
    return undefined
  }
  checkDatabase(first, 'athanor(app, db)')
  return forRoutes(first, second as RouteOptions)
}

function isApplication(value: object): value is Application {
  return 'handleRequest' in value
}

function register(app: Application, db: RequestDatabase, options: AthanorOptions): void {
  checkFramework(KOA)
  checkDatabase(db, 'athanor(app, db)')
  checkNames(options, REQUEST_OPTIONS, 'athanor(app, db, …)')
  handleInScope(app, db, options)
}

function forRoutes(db: RequestDatabase, options: RouteOptions): Middleware {
  checkNames(options ?? {}, ROUTE_OPTIONS, 'athanor(db, …)')
  return function athanorRoute(ctx, next) {
    const edge = edgeOf(ctx.req, db)
    if (edge === undefined) throw notRegistered()
    edge.refine(options ?? {})
    return next()
  }
}

function notRegistered(): IllegalStateError {
  return new IllegalStateError(
    'Cannot give options to the scope of this request: there is none. Register the application first, athanor(app, db); athanor(db, options) adds options for some routes.',
  )
}
