import type { ServerResponse } from 'node:http'
import type { PageQuery, Scope, ScopeEdge, ScopeSettings } from '../../app/index.ts'
import { IllegalStateError } from '../../errors/index.ts'
import { checkNames, ROUTE_OPTIONS, routeOptionsOf } from './options.ts'
import type { RequestDatabase, RequestOptions, RouteOptions } from './options.ts'
import { RequestTenant } from './request-tenant.ts'
import { watchSources } from './piped-sources.ts'
import { responseClosed } from './response-closed.ts'
import { ResponseGate } from './response-gate.ts'
import { whenClosed } from './when-closed.ts'

/** The edges of a request, one for each Database that it uses. */
const edges = new WeakMap<object, RequestEdge[]>()

/** The edge that `db` has in a request already: a second layer of an adapter goes on with its scope. */
export function edgeOf(request: object, db: RequestDatabase): RequestEdge | undefined {
  return edges.get(request)?.find((edge) => edge.db === db)
}

/** Where a request's scope comes from. */
export interface RequestBirth {
  readonly db: RequestDatabase
  /** The framework's instance, where it is known. */
  readonly app: object | undefined
  /** What a second layer knows the request by. */
  readonly request: object
  readonly options: RequestOptions<never>
}

/** What the adapters of frameworks share of a request's scope: its options, its gate, its end. */
export abstract class RequestEdge implements ScopeEdge {
  /** Whose scope it is. */
  readonly db: RequestDatabase
  /** The request's scope. */
  readonly scope: Scope
  readonly #options: RequestOptions<never>
  #route: RouteOptions = {}
  #tenant: RequestTenant<never> | undefined
  #isUsed = false

  /** Opens the scope of a request. */
  constructor({ db, app, request, options }: RequestBirth) {
    this.db = db
    this.#options = options
    this.scope = db.openScope(app === undefined ? {} : { app }, this)
    const others = edges.get(request)
    if (others === undefined) edges.set(request, [this])
    else others.push(this)
  }

  /** Node's response, where there is one. */
  abstract get response(): ServerResponse | undefined
  /** The status that the reply has now or, given what a handler returned, would get by it. */
  abstract statusOf(result?: unknown): number
  /** What the framework calls the request: what functions among the options are given. */
  protected abstract get subject(): unknown
  /** What messages call the scope. */
  protected abstract name(): string
  /** A parameter of the query string. */
  protected abstract parameter(name: string): unknown
  /** Answers a commit that failed in the gate; nothing has been sent. */
  protected abstract failed(error: unknown): void

  settings(): ScopeSettings {
    const edge = this as RequestEdge
    const tenant = (this.#tenant ??= new RequestTenant(this.#options, this.subject as never))
    return {
      get name() {
        return edge.name() // the route may be known later than the options
      },
      get engines() {
        return tenant.engines
      },
      get schemas() {
        return tenant.schemas
      },
      ...routeOptionsOf({ ...this.#options, ...this.#route }),
    }
  }

  pageQuery(): PageQuery {
    const { page = 'page', perPage = 'per_page' } = this.#options.pageParameters ?? {}
    return { page: this.parameter(page), perPage: this.parameter(perPage) }
  }

  /** A reply that is written on Node's response passes through a gate, from the first use of the session on. */
  firstUse(): void {
    this.#isUsed = true
    const { response, scope } = this
    if (response === undefined) return
    if (response.headersSent) {
      scope.noteReplyBegun()
      return
    }
    ResponseGate.install(response, {
      settle: (streaming) =>
        scope.isSettled ? undefined : scope.settle({ status: response.statusCode, streaming }),
      failed: (error) => this.failed(error),
    })
  }

  /**
   * Adds the options of the route, which come before those of the application.
   *
   * @throws {ConfigurationError} UNKNOWN_OPTION; @throws {IllegalStateError} ILLEGAL_STATE for an isolation level once the session is in use.
   */
  refine(route: RouteOptions): void {
    checkNames(route, ROUTE_OPTIONS, 'a route')
    if (route.isolation !== undefined && this.#isUsed) throw isolationTooLate(this.scope.name)
    this.#route = { ...this.#route, ...routeOptionsOf(route) }
    this.scope.rereadSettings()
  }

  /** Runs the rest of the request in its scope, which ends when the response is closed. */
  enter<T>(run: () => T): T {
    const { response, scope } = this
    if (response !== undefined) {
      makeRoom(response)
      watchSources(response)
      whenClosed(response, () =>
        responseClosed(
          scope,
          { status: response.statusCode, ended: response.writableEnded },
          this.#options,
        ),
      )
    }
    return scope.run(run)
  }

  /** Whether the session has something that a settlement could commit. */
  protected get hasWork(): boolean {
    if (!this.#isUsed || this.scope.isSettled) return false
    const { session } = this.scope
    return session.isHoldingConnection || session.pendingChanges().count > 0
  }

  /** Tells the application's logger of an error that was answered without any error path. */
  protected report(error: unknown): void {
    this.scope.application.reporter.error(
      'ATHANOR_REPLY_FAILED',
      `The request "${this.scope.name}" was answered with an error page.`,
      error,
    )
  }
}

/** The listeners of a request's edge are none of those that a warning of leaks should count. */
function makeRoom(response: ServerResponse): void {
  const most = response.getMaxListeners()
  if (most > 0) response.setMaxListeners(most + OWN_LISTENERS)
}

/** Of `close`: here, and for the streams that are piped into the response. */
const OWN_LISTENERS = 2

function isolationTooLate(name: string): IllegalStateError {
  return new IllegalStateError(
    `Cannot set the isolation of "${name}" for its route: its session was used before the route was reached. Give the isolation to the whole application, or to a block: db.transaction(fn, { isolation }).`,
  )
}
