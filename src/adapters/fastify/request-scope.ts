import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PageQuery, Scope, ScopeEdge, ScopeSettings } from '../../app/index.ts'
import {
  isFetchResponse,
  RequestTenant,
  ResponseGate,
  routeOptionsOf,
  sendFailurePage,
} from '../http/index.ts'
import { checkRouteOptions, type AthanorOptions } from './options.ts'

/** The property that a request keeps its scope under; hooks find it there, also where the async context is lost. */
export const SCOPE: unique symbol = Symbol('athanor.scope')

interface ScopedRequest extends FastifyRequest {
  [SCOPE]?: Scope
}

/** The scope of a request; undefined for the upgrade to a web socket. */
export function scopeOf(request: ScopedRequest): Scope | undefined {
  return request[SCOPE]
}

/** Opens the scope of a request. */
export function openRequestScope(
  app: object,
  options: AthanorOptions,
  request: ScopedRequest,
  reply: FastifyReply,
): Scope {
  const edge = new FastifyEdge(request, reply, options)
  const scope = options.db.openScope({ app }, edge)
  request[SCOPE] = scope
  return scope
}

/** Fastify's side of a request's scope. */
class FastifyEdge implements ScopeEdge {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #options: AthanorOptions
  #tenant: RequestTenant<FastifyRequest> | undefined

  constructor(request: FastifyRequest, reply: FastifyReply, options: AthanorOptions) {
    this.#request = request
    this.#reply = reply
    this.#options = options
  }

  settings(): ScopeSettings {
    const { url, config } = this.#request.routeOptions
    const request = this.#request
    const name = this.#options.name?.(request) ?? `${request.method} ${url ?? '(no route)'}`
    const route = config?.athanor ?? {}
    checkRouteOptions(route, name)
    const tenant = (this.#tenant ??= new RequestTenant(this.#options, request))
    return {
      name,
      get engines() {
        return tenant.engines
      },
      get schemas() {
        return tenant.schemas
      },
      ...routeOptionsOf({ ...this.#options, ...route }),
    }
  }

  statusOf(result?: unknown): number {
    return statusOfPayload(result) ?? this.#reply.statusCode
  }

  pageQuery(): PageQuery {
    const { page = 'page', perPage = 'per_page' } = this.#options.pageParameters ?? {}
    const query = this.#request.query as Readonly<Record<string, unknown>> | undefined
    return { page: query?.[page], perPage: query?.[perPage] }
  }

  /** A reply that is written on Node's response passes by every hook of Fastify: then the gate settles the scope. */
  firstUse(): void {
    const response = this.#reply.raw
    const scope = scopeOf(this.#request)
    if (scope === undefined) return
    if (response.headersSent) {
      scope.noteReplyBegun()
      return
    }
    ResponseGate.install(response, {
      settle: (streaming) =>
        scope.isSettled ? undefined : scope.settle({ status: response.statusCode, streaming }),
      failed: (error) => {
        this.#request.log.error({ err: error }, 'the commit of a hijacked reply failed')
        sendFailurePage(response, error)
      },
    })
  }
}

/** The status that a payload brings along: a fetch `Response` has its own, an `Error` that a handler returns is answered as one. */
export function statusOfPayload(payload: unknown): number | undefined {
  if (isFetchResponse(payload)) return payload.status
  if (!(payload instanceof Error)) return undefined
  const { statusCode, status } = payload as {
    readonly statusCode?: unknown
    readonly status?: unknown
  }
  return (
    [statusCode, status].find((code): code is number => typeof code === 'number' && code >= 400) ??
    500
  )
}
