import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestEdge, type RequestBirth } from './request-edge.ts'

/** A request of Node's http: what Express, Nest on Express and plain servers share. */
export abstract class NodeEdge<Req extends IncomingMessage = IncomingMessage> extends RequestEdge {
  readonly request: Req
  readonly response: ServerResponse
  readonly #naming: ((request: Req) => string) | undefined
  #parameters: URLSearchParams | undefined

  constructor(birth: RequestBirth, request: Req, response: ServerResponse) {
    super(birth)
    this.request = request
    this.response = response
    this.#naming = birth.options.name as ((request: Req) => string) | undefined
  }

  /** The reply is on the response alone: what a handler returns says nothing. */
  override statusOf(): number {
    return this.response.statusCode
  }

  protected override get subject(): Req {
    return this.request
  }

  protected override name(): string {
    return this.#naming?.(this.request) ?? `${this.request.method ?? 'GET'} ${this.route()}`
  }

  /** The route or, where it is not known, the path. */
  protected route(): string {
    return pathOf(this.request.url ?? '/')
  }

  protected override parameter(name: string): unknown {
    const { url = '' } = this.request
    const start = url.indexOf('?')
    this.#parameters ??= new URLSearchParams(start < 0 ? '' : url.slice(start + 1))
    return this.#parameters.get(name) ?? undefined
  }
}

/** A URL's path without its query, which may hold secrets. */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? url
}
