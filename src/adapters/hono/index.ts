import type { Context, MiddlewareHandler } from 'hono'
import {
  checkDatabase,
  checkFramework,
  checkNames,
  edgeOf,
  REQUEST_OPTIONS,
  routeOptionsOf,
  type Framework,
  type RequestDatabase,
  type RequestOptions,
} from '../http/index.ts'
import { HonoEdge } from './hono-edge.ts'

const HONO: Framework = { title: 'Hono', package: 'hono', from: 4 }

/** Options of the Hono middleware. */
export interface AthanorOptions extends RequestOptions<Context> {
  /** The application whose engines are used; needed only where several were given to `db.initApp()`. */
  readonly app?: object
}

/**
 * Gives every request of a Hono application a scope, and settles it before the reply leaves.
 *
 * ```ts
 * app.use(athanor(db, { commit: 'onSuccess' }))
 * app.post('/posts', async (c) => {
 *   const post = db.session.add(new Post({ title: (await c.req.json()).title }))
 *   return c.json({ title: post.title }, 201) // sent after COMMIT, or an error in its place
 * })
 * ```
 * Use it before all else. A commit that fails goes to `app.onError`; nothing of the lost reply remains. Used again for some paths, for the same Database,
 * it adds `commit`, `isolation` and `readOnly` for the requests there. A body that is a stream is read in the scope.
 * Hono has no end of its own: call `db.dispose()` when the server is closed.
 * @throws {ConfigurationError} CONFIGURATION under Hono 3 and without `db`; UNKNOWN_OPTION.
 * @since 0.1
 */
export function athanor(db: RequestDatabase, options: AthanorOptions = {}): MiddlewareHandler {
  checkFramework(HONO)
  checkDatabase(db, 'app.use(athanor(db))')
  checkNames(options, [...REQUEST_OPTIONS, 'app'], 'athanor(db, …)')
  const route = routeOptionsOf(options)
  return async function athanorMiddleware(c, next) {
    const outer = edgeOf(c, db)
    if (outer === undefined) {
      const edge = new HonoEdge({ db, app: options.app, request: c, options }, c)
      await edge.enter(() => edge.settleAfter(next))
      return
    }
    outer.refine(route)
    await next()
  }
}
