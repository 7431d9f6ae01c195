import type { Request, RequestHandler } from 'express'
import {
  checkDatabase,
  checkFramework,
  checkNames,
  middlewareOf,
  REQUEST_OPTIONS,
  type Framework,
  type RequestDatabase,
  type RequestOptions,
} from '../http/index.ts'

const EXPRESS: Framework = { title: 'Express', package: 'express', from: 5 }

/** Options of the Express middleware. */
export interface AthanorOptions extends RequestOptions<Request> {
  /** The application whose engines are used. Default: the one that the request arrives at. */
  readonly app?: object
}

/**
 * Gives every request of an Express application a scope, and settles it before the first byte of the reply.
 *
 * ```ts
 * app.use(athanor(db, { commit: 'onSuccess' }))
 * app.post('/posts', express.json(), (request, response) => {
 *   const post = db.session.add(new Post({ title: request.body.title }))
 *   response.status(201).json({ title: post.title }) // sent after COMMIT, or an error in its place
 * })
 * ```
 * Use it before all else. A commit that fails goes to your error middleware; nothing of the lost reply remains. Used again on a router or a route, for
 * the same Database, it adds `commit`, `isolation` and `readOnly` for the requests there. An error that your error middleware answers with a status
 * below 400 is a success to `'onSuccess'`, because Express shows nobody that it happened: call `db.scope.setRollbackOnly()` there.
 * Express has no end of its own: call `db.dispose()` when the server is closed.
 * @throws {ConfigurationError} CONFIGURATION under Express 4 and without `db`; UNKNOWN_OPTION. Each request of an application that another Database
 * has fails with ALREADY_INITIALIZED.
 * @since 0.1
 */
export function athanor(db: RequestDatabase, options: AthanorOptions = {}): RequestHandler {
  checkFramework(EXPRESS)
  checkDatabase(db, 'app.use(athanor(db))')
  checkNames(options, [...REQUEST_OPTIONS, 'app'], 'athanor(db, …)')
  const attached = new WeakSet<object>()
  return middlewareOf(db, options, (request) => {
    const app = options.app ?? (request as Partial<Request>).app
    if (app !== undefined && !attached.has(app)) {
      db.attach(app)
      attached.add(app)
    }
    return app
  })
}
