import type { ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { dropAnswerHeaders, FetchEdge, isFetchResponse, type RequestBirth } from '../http/index.ts'

/** What the Node server of Hono gives its requests. */
interface NodeBindings {
  readonly outgoing?: ServerResponse
}

type Send = (...args: unknown[]) => unknown

/** Set by the Node server's `RESPONSE_ALREADY_SENT`. */
const ALREADY_SENT = 'x-hono-already-sent'

/** Hono's side of a request's scope. */
export class HonoEdge extends FetchEdge {
  readonly #c: Context
  readonly #whole = new WeakSet<Response>()

  /** Opens the scope of a request. */
  constructor(birth: RequestBirth, c: Context) {
    super(birth)
    this.#c = c
    this.#noteWholeReplies()
  }

  override get response(): ServerResponse | undefined {
    return (this.#c.env as NodeBindings | undefined)?.outgoing
  }

  override statusOf(result?: unknown): number {
    if (isFetchResponse(result)) return result.status
    return this.#c.finalized ? this.#c.res.status : 200
  }

  /** Runs the rest of the request. Hono turns what handlers throw into a response: only `c.error` tells. */
  async settleAfter(next: () => Promise<void>): Promise<void> {
    const { scope } = this
    const c = this.#c
    try {
      await next()
    } catch (error) {
      scope.fail(error)
      await scope.settle({ status: 500 })
      this.closeWithoutServer()
      throw error
    }
    if (c.error !== undefined) scope.fail(c.error)
    if (this.#isWrittenPastHono()) {
      await this.#leaveAlone()
      return
    }
    if (!c.finalized) scope.fail(new Error('The handler returned no response.')) // Hono answers 500, outside of all middleware
    const status = c.finalized ? c.res.status : 500
    const body = this.#streamedBody()
    try {
      await scope.settle({ status, streaming: body !== null })
    } catch (error) {
      await body?.cancel().catch(() => {}) // nobody will read it
      this.#dropAnswer()
      this.closeWithoutServer()
      throw error
    }
    if (body === null) this.closeWithoutServer()
    else c.res = new Response(this.inScope(body), c.res)
  }

  protected override get signal(): AbortSignal {
    return this.#c.req.raw.signal
  }

  protected override get subject(): Context {
    return this.#c
  }

  protected override name(): string {
    const c = this.#c
    const naming = this.options.name as ((c: Context) => string) | undefined
    return naming?.(c) ?? `${c.req.method} ${routeOf(c)}`
  }

  protected override parameter(name: string): unknown {
    return this.#c.req.query(name)
  }

  /**
   * A response does not tell whether its body was a text or is a stream. These methods take a text; all other responses count as streams, behind
   * which the session may be read.
   */
  #noteWholeReplies(): void {
    const c = this.#c
    const whole = this.#whole
    const note = <R>(reply: R): R => {
      if (isFetchResponse(reply)) whole.add(reply)
      return reply
    }
    const { json, text, html } = c as unknown as Record<'json' | 'text' | 'html', Send>
    Object.assign(c, {
      json: (...args: unknown[]) => note(json(...args)),
      text: (...args: unknown[]) => note(text(...args)),
      html: (...args: unknown[]) => note(html(...args)),
    })
  }

  /** What follows as the reply's body; to HEAD nothing does. */
  #streamedBody(): ReadableStream<Uint8Array> | null {
    const { req, res } = this.#c
    if (this.#whole.has(res)) return null
    if (req.method !== 'HEAD') return res.body
    void res.body?.cancel().catch(() => {}) // nobody will read it
    return null
  }

  #isWrittenPastHono(): boolean {
    return (
      this.response !== undefined &&
      (this.response.headersSent || this.#c.res.headers.has(ALREADY_SENT))
    )
  }

  /** Keeps the server's hands off a reply that is out, or that waits for its commit, whatever the handler returned or threw after it. */
  async #leaveAlone(): Promise<void> {
    const c = this.#c
    if (c.res.headers.has(ALREADY_SENT)) return
    void c.res.body?.cancel().catch(() => {}) // nobody will read it
    c.res = new Response(null, { headers: { [ALREADY_SENT]: 'true' } })
    await this.gateAnswered()
  }

  /** Hono keeps the headers of a response whose place another one takes. */
  #dropAnswer(): void {
    const c = this.#c
    dropAnswerHeaders({
      getHeaderNames: () => [...c.res.headers.keys()],
      removeHeader: (name) => c.header(name, undefined),
    })
  }
}

/** The route whose handler runs; where only middleware has run, the path. */
function routeOf(c: Context): string {
  const { routePath, path } = c.req
  return routePath === '' || routePath.endsWith('*') ? path : routePath
}
