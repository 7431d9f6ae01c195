import type { ServerResponse } from 'node:http'
import type Application from 'koa'
import type { Context } from 'koa'
import { ConfigurationError } from '../../errors/index.ts'
import {
  dropAnswerHeaders,
  isStream,
  replyToFailedCommit,
  RequestEdge,
  sendFailurePage,
  type RequestBirth,
  type RequestDatabase,
  type RequestOptions,
} from '../http/index.ts'

type Handle = (ctx: Context, middleware: (ctx: Context) => Promise<unknown>) => Promise<unknown>

/** The method that Koa runs each request by; its types call it private. */
interface Handling {
  handleRequest: Handle
}

const registered = new WeakSet<object>()

/**
 * Wraps the method that runs a request, from its first middleware to the end of its body: a stream is drained outside of all middleware.
 *
 * @throws {ConfigurationError} ALREADY_INITIALIZED.
 */
export function handleInScope(
  app: Application,
  db: RequestDatabase,
  options: RequestOptions<Context>,
): void {
  if (registered.has(app)) throw alreadyRegistered()
  db.attach(app)
  registered.add(app)
  const handling = app as unknown as Handling
  const { handleRequest } = handling
  handling.handleRequest = function handle(this: unknown, ctx, middleware) {
    const edge = new KoaEdge({ db, app, request: ctx.req, options }, ctx)
    const settled = (each: Context): Promise<unknown> => edge.settleAfter(middleware, each)
    return edge.enter(() =>
      Reflect.apply<unknown, [Context, typeof settled], Promise<unknown>>(handleRequest, this, [
        ctx,
        settled,
      ]),
    )
  }
}

/** Koa's side of a request's scope. */
class KoaEdge extends RequestEdge {
  readonly #ctx: Context
  readonly #naming: ((ctx: Context) => string) | undefined

  constructor(birth: RequestBirth, ctx: Context) {
    super(birth)
    this.#ctx = ctx
    this.#naming = birth.options.name as ((ctx: Context) => string) | undefined
  }

  override get response(): ServerResponse {
    return this.#ctx.res
  }

  /** Koa begins with 404, and means nothing by it until all middleware is done. */
  override statusOf(): number {
    const { status, response } = this.#ctx
    const { _explicitStatus: isMeant = false } = response as { readonly _explicitStatus?: boolean }
    return status === 404 && !isMeant ? 200 : status
  }

  /** Runs all middleware, and settles unless the reply has been written past Koa. */
  async settleAfter(run: (ctx: Context) => Promise<unknown>, ctx: Context): Promise<void> {
    const { scope } = this
    try {
      await run(ctx)
      if (ctx.respond !== false && this.hasWork) checkPrintable(ctx.body)
    } catch (error) {
      scope.fail(error)
      await scope.settle({ status: statusOfError(error) })
      throw error
    }
    if (ctx.respond === false || ctx.headerSent) return
    try {
      await scope.settle({ status: ctx.status, streaming: isStream(ctx.body) })
    } catch (error) {
      this.#prepareFailure(error)
      throw error
    }
  }

  protected override get subject(): Context {
    return this.#ctx
  }

  protected override name(): string {
    const ctx = this.#ctx
    const { _matchedRoute: route } = ctx as { readonly _matchedRoute?: unknown }
    return this.#naming?.(ctx) ?? `${ctx.method} ${typeof route === 'string' ? route : ctx.path}`
  }

  protected override parameter(name: string): unknown {
    return this.#ctx.query[name]
  }

  protected override failed(error: unknown): void {
    const { app, res } = this.#ctx
    app.emit('error', error instanceof Error ? error : new Error(String(error)), this.#ctx)
    sendFailurePage(res, error)
  }

  /** Koa's error path removes all headers and sets those that the error carries: they are the ones that do not describe the lost answer. */
  #prepareFailure(error: unknown): void {
    const { res } = this.#ctx
    dropAnswerHeaders(res)
    if (!(error instanceof Error) || !Object.isExtensible(error)) return
    const headers = { ...res.getHeaders(), ...replyToFailedCommit(error)?.headers }
    Object.defineProperty(error, 'headers', { configurable: true, writable: true, value: headers })
  }
}

/** Koa makes JSON of a body behind all middleware, and so behind the commit: what cannot be said in JSON is to fail before it. */
function checkPrintable(body: unknown): void {
  const isSentAsItIs =
    typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Blob || isStream(body)
  if (!isSentAsItIs) JSON.stringify(body)
}

function statusOfError(error: unknown): number {
  const { status, statusCode } = Object(error) as {
    readonly status?: unknown
    readonly statusCode?: unknown
  }
  return [status, statusCode].find((code) => typeof code === 'number') ?? 500
}

function alreadyRegistered(): ConfigurationError {
  return new ConfigurationError(
    'Cannot register athanor twice on one Koa application: its requests have scopes already. For options of some routes use the middleware athanor(db, options).',
    { code: 'ALREADY_INITIALIZED' },
  )
}
