import type { ScopeSettings } from '../../app/index.ts'

/** Engines that stand in for others: keys, and for each the key of the engine that answers. */
type StandIns = NonNullable<ScopeSettings['engines']>
/** Schemas by the keys of engines. */
type Schemas = NonNullable<ScopeSettings['schemas']>

/** Something for all requests, or what each request says. */
type PerRequest<R, T> = T | ((request: R) => T | undefined)

/** Which engines stand in for others, for all requests or as each request says. */
export type EnginesOption<R> = PerRequest<R, StandIns>

/** Which schemas the tables stand in, for all requests or as each request says. */
export type SchemasOption<R> = PerRequest<R, Schemas>

/** Where the data of requests is. */
export interface TenantOptions<R> {
  /**
   * Engines that stand in for others: `(request) => ({ default: tenantOf(request) })`. A function is asked once a request, when its session or an engine is
   * first needed; what it throws is thrown there. Default: none.
   */
  readonly engines?: EnginesOption<R>
  /**
   * Schemas that the tables stand in, by the keys of engines: `(request) => ({ default: tenantOf(request) })`. A function is asked once a request, when its session is
   * first needed; what it throws is thrown there. Default: those of the connections.
   */
  readonly schemas?: SchemasOption<R>
}

/** The tenant of one request; functions are asked once, when the answer is first needed. */
export class RequestTenant<R> {
  readonly #options: TenantOptions<R>
  readonly #request: R
  #engines: { readonly answer: StandIns | undefined } | undefined
  #schemas: { readonly answer: Schemas | undefined } | undefined

  constructor(options: TenantOptions<R>, request: R) {
    this.#options = options
    this.#request = request
  }

  get engines(): StandIns | undefined {
    return (this.#engines ??= { answer: this.#ask(this.#options.engines) }).answer
  }

  get schemas(): Schemas | undefined {
    return (this.#schemas ??= { answer: this.#ask(this.#options.schemas) }).answer
  }

  #ask<T extends object>(option: PerRequest<R, T> | undefined): T | undefined {
    return typeof option === 'function' ? option(this.#request) : option
  }
}
