import type { H3Event, Middleware } from 'h3'
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
import { H3Edge } from './h3-edge.ts'

const H3: Framework = { title: 'h3', package: 'h3', from: 2 }

/** Options of the h3 middleware. */
export interface AthanorOptions extends RequestOptions<H3Event> {
  /** The application whose engines are used; needed only where several were given to `db.initApp()`. */
  readonly app?: object
}

/**
 * Gives every request of an h3 application a scope, and settles it before the reply leaves.
 *
 * ```ts
 * app.use(athanor(db, { commit: 'onSuccess' }))
 * app.post('/posts', async (event) => {
 *   const { title } = (await readBody<{ title: string }>(event)) ?? { title: '' }
 *   const post = db.session.add(new Post({ title }))
 *   event.res.status = 201
 *   return { title: post.title } // sent after COMMIT, or an error in its place
 * })
 * ```
 * Use it before all else. A commit that fails goes to the application's `onError`; nothing of the lost reply remains. Used again for some paths, or among the
 * `middleware` of a route, for the same Database, it adds `commit`, `isolation` and `readOnly` for the requests there. A body that is a stream is read in the scope.
 * What is thrown for a client, such as the 404 of `getOr404`, keeps its message. h3 has no end of its own: call `db.dispose()` when the server is closed.
 * @throws {ConfigurationError} CONFIGURATION under h3 1 and without `db`; UNKNOWN_OPTION.
 * @since 0.2
 */
export function athanor(db: RequestDatabase, options: AthanorOptions = {}): Middleware {
  checkFramework(H3)
  checkDatabase(db, 'app.use(athanor(db))')
  checkNames(options, [...REQUEST_OPTIONS, 'app'], 'athanor(db, …)')
  const route = routeOptionsOf(options)
  return function athanorMiddleware(event, next) {
    const request = event.runtime?.node?.req ?? event // an application that is mounted makes an event of its own
    const outer = edgeOf(request, db)
    if (outer === undefined) {
      const edge = new H3Edge({ db, app: options.app, request, options }, event)
      return edge.enter(() => edge.settleAfter(next))
    }
    outer.refine(route)
    return next()
  }
}
