import type { IncomingMessage, ServerResponse } from 'node:http'
import { prepareFailedCommit } from './failed-commit.ts'
import { NodeEdge, pathOf } from './node-edge.ts'
import { routeOptionsOf, type RequestDatabase, type RequestOptions } from './options.ts'
import { edgeOf, type RequestBirth } from './request-edge.ts'

/** What Express adds to a request. */
interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string
  readonly baseUrl?: string
  readonly route?: { readonly path?: unknown }
  readonly query?: unknown
}

type Next = (error?: unknown) => void

/** A function that stands before handlers, as Express calls it. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void

/**
 * A middleware that gives each request a scope, and settles it before the first byte of the reply. Where an outer layer has opened the scope, it
 * adds its options to it.
 */
export function middlewareOf(
  db: RequestDatabase,
  options: RequestOptions<never>,
  appOf: (request: IncomingMessage) => object | undefined,
): Middleware {
  const route = routeOptionsOf(options)
  return function athanor(request, response, next) {
    const outer = edgeOf(request, db)
    if (outer === undefined) {
      const edge = new RoutedEdge({ db, app: appOf(request), request, options }, [
        request,
        response,
        next,
      ])
      edge.enter(next)
      return
    }
    outer.refine(route)
    next()
  }
}

/** A request that a router has passed on. */
class RoutedEdge extends NodeEdge<RoutedRequest> {
  readonly #next: Next

  constructor(
    birth: RequestBirth,
    [request, response, next]: readonly [RoutedRequest, ServerResponse, Next],
  ) {
    super(birth, request, response)
    this.#next = next
  }

  protected override route(): string {
    const { baseUrl = '', route, originalUrl, url = '/' } = this.request
    return typeof route?.path === 'string' ? `${baseUrl}${route.path}` : pathOf(originalUrl ?? url)
  }

  protected override parameter(name: string): unknown {
    const { query } = this.request
    if (typeof query !== 'object' || query === null) return super.parameter(name)
    return (query as Readonly<Record<string, unknown>>)[name]
  }

  /** The router goes on behind the layer that it had reached, with the error middleware. */
  protected override failed(error: unknown): void {
    prepareFailedCommit(this.response, error)
    this.#next(error)
  }
}
