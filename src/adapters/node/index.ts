import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import {
  checkDatabase,
  checkNames,
  REQUEST_OPTIONS,
  type RequestDatabase,
  type RequestOptions,
} from '../http/index.ts'
import { HandlerEdge, runHandler } from './handler-edge.ts'

/** Options of the wrapper for handlers of Node's http. */
export interface AthanorOptions extends RequestOptions<IncomingMessage> {
  /** The application whose engines are used; needed only where several were given to `db.initApp()`. */
  readonly app?: object
  /**
   * Answers what the handler threw, and a commit that failed; nothing has been sent, and the headers of the lost answer are gone.
   * Default: an error's own status and message where it was made for clients, as that of `getOr404`; 503 where another attempt may succeed; else 500.
   */
  readonly onError?: (error: unknown, request: IncomingMessage, response: ServerResponse) => void
}

/** A handler of Node's http; what it returns is awaited and otherwise not looked at. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/**
 * Makes a listener for `http.createServer` of a handler: each request has a scope, which is settled before the first byte of the reply.
 *
 * ```ts
 * const scoped = athanor(db, { commit: 'onSuccess' })
 * createServer(scoped(async (request, response) => {
 *   const post = db.session.add(new Post({ title: 'First' }))
 *   response.writeHead(201, { 'content-type': 'application/json' })
 *   response.end(JSON.stringify({ title: post.title })) // sent after COMMIT, or an error in its place
 * }))
 * ```
 * What the handler throws is answered and reported to the Database's logger. Call `db.dispose()` when the server is closed.
 * @throws {ConfigurationError} CONFIGURATION without `db`; UNKNOWN_OPTION.
 * @since 0.1
 */
export function athanor(
  db: RequestDatabase,
  options: AthanorOptions = {},
): (handler: Handler) => RequestListener {
  checkDatabase(db, 'athanor(db)(handler)')
  checkNames(options, [...REQUEST_OPTIONS, 'app', 'onError'], 'athanor(db, …)')
  return (handler) =>
    function athanorListener(request, response) {
      const birth = { db, app: options.app, request, options }
      const edge = new HandlerEdge(birth, [request, response, options.onError])
      edge.enter(() => void runHandler(edge, handler))
    }
}
