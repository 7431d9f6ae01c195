import { Readable } from 'node:stream'
import type { ServerResponse } from 'node:http'
import * as h3 from 'h3'
import type { H3Event } from 'h3'
import { isClientError } from '../../errors/index.ts'
import { dropAnswerHeaders, FetchEdge, isFetchResponse, type RequestBirth } from '../http/index.ts'
import { checkPrintable, giveUp, isReply, pulledInScope, streamedBody } from './reply-body.ts'

/** What h3 has instead of a reply where no route was found, and where the reply was written on Node's response. */
const NOT_FOUND = Symbol.for('h3.notFound')
const HANDLED = Symbol.for('h3.handled')

/** h3's side of a request's scope. */
export class H3Edge extends FetchEdge {
  readonly #event: H3Event

  /** Opens the scope of a request. */
  constructor(birth: RequestBirth, event: H3Event) {
    super(birth)
    this.#event = event
  }

  override get response(): ServerResponse | undefined {
    return this.#event.runtime?.node?.res as ServerResponse | undefined
  }

  override statusOf(result?: unknown): number {
    if (result === NOT_FOUND) return 404
    if (result === HANDLED) return this.response?.statusCode ?? 200
    if (result instanceof Error) return statusOfError(result)
    const own = isFetchResponse(result) || isReply(result) ? result.status : undefined
    return h3.sanitizeStatusCode(own ?? this.#event.res.status, 200)
  }

  /** Runs the rest of the request, and settles unless the reply has been written past h3. Gives what h3 makes the reply of. */
  async settleAfter(next: () => unknown): Promise<unknown> {
    let reply: unknown
    try {
      reply = await next()
    } catch (error) {
      return this.#thrown(error)
    }
    if (reply instanceof Error) return this.#thrown(reply) // h3 answers it as one that was thrown
    if (reply === HANDLED || this.response?.headersSent === true) return this.#writtenPast()
    try {
      if (this.hasWork) checkPrintable(reply)
    } catch (error) {
      return this.#thrown(error)
    }
    return this.#settled(reply)
  }

  protected override get signal(): AbortSignal {
    return this.#event.req.signal
  }

  protected override get subject(): H3Event {
    return this.#event
  }

  protected override name(): string {
    const event = this.#event
    const naming = this.options.name as ((event: H3Event) => string) | undefined
    const { matchedRoute } = event.context
    return naming?.(event) ?? `${event.req.method} ${matchedRoute?.route ?? event.url.pathname}`
  }

  protected override parameter(name: string): unknown {
    return this.#event.url.searchParams.get(name) ?? undefined
  }

  async #settled(reply: unknown): Promise<unknown> {
    const { scope } = this
    const streamed = this.#streamedBody(reply)
    try {
      await scope.settle({ status: this.statusOf(reply), streaming: streamed !== undefined })
    } catch (error) {
      if (streamed !== undefined) giveUp(streamed.stream)
      this.#keepHeaders(reply)
      this.closeWithoutServer()
      throw error
    }
    if (streamed === undefined) {
      this.closeWithoutServer()
      return reply
    }
    const { stream } = streamed
    if (!(stream instanceof Readable)) return streamed.replaced(this.inScope(stream))
    if (this.response === undefined) stream.once('close', () => this.closeWithoutServer())
    return streamed.replaced(pulledInScope(stream, scope))
  }

  /** What follows as the reply's body; to HEAD nothing does. */
  #streamedBody(reply: unknown): ReturnType<typeof streamedBody> {
    const streamed = streamedBody(reply)
    if (streamed === undefined || this.#event.req.method !== 'HEAD') return streamed
    giveUp(streamed.stream)
    return undefined
  }

  async #thrown(error: unknown): Promise<unknown> {
    const { response, scope } = this
    scope.fail(error)
    if (response?.headersSent === true) {
      if (error !== HANDLED) this.report(error)
      if (!response.writableEnded) response.destroy() // the client must not take it for whole
      return this.#writtenPast()
    }
    await scope.settle({ status: statusOfError(error) })
    this.closeWithoutServer()
    throw shown(error)
  }

  /** Keeps h3's hands off a reply that is out, or that waits for its commit. */
  async #writtenPast(): Promise<unknown> {
    await this.gateAnswered()
    return HANDLED
  }

  /** h3 drops all headers of a reply whose place an error takes, but for those of its own for errors. */
  #keepHeaders(reply: unknown): void {
    const { res } = this.#event
    const lost = isFetchResponse(reply) || isReply(reply) ? reply.headers : []
    const kept = new Headers([...lost, ...res.headers])
    dropAnswerHeaders({
      getHeaderNames: () => [...kept.keys()],
      removeHeader: (name) => kept.delete(name),
    })
    for (const [name, value] of kept) res.errHeaders.set(name, value)
  }
}

/** The status by which h3 answers what was thrown. */
function statusOfError(error: unknown): number {
  if (error === NOT_FOUND) return 404
  if (typeof error === 'number') return h3.sanitizeStatusCode(error, 500)
  const { status, statusCode } = Object(error) as {
    readonly status?: number
    readonly statusCode?: number
  }
  return h3.sanitizeStatusCode(status ?? statusCode, 500)
}

/** h3 keeps to itself what errors say that are not its own: one that was made for a client becomes one of those, with the error as its cause. */
function shown(error: unknown): unknown {
  const cause = h3.HTTPError.isError(error) && error.unhandled === true ? error.cause : error
  return isClientError(cause) ? new h3.HTTPError(cause) : error
}
