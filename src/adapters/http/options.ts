import type { Database, ScopeSettings } from '../../app/index.ts'
import { ConfigurationError } from '../../errors/index.ts'
import { nearest } from '../../util/index.ts'
import type { TenantOptions } from './request-tenant.ts'
import type { AbortOptions } from './response-closed.ts'

/** What adapters need of a Database. */
export type RequestDatabase = Pick<Database, 'attach' | 'detach' | 'openScope'>

/** Options of one route. Those that are left out are the application's. */
export type RouteOptions = Pick<ScopeSettings, 'commit' | 'isolation' | 'readOnly'>

/** Options of the adapters. `R` is what the framework calls a request: its own request, or a context. */
export interface RequestOptions<R> extends AbortOptions, RouteOptions, TenantOptions<R> {
  /** What messages call the scope of a request. Default: its method and its route. */
  readonly name?: (request: R) => string
  /** What the query string calls the page and its size. Default `page` and `per_page`. */
  readonly pageParameters?: { readonly page?: string; readonly perPage?: string }
}

/** Names of the options of a route. */
export const ROUTE_OPTIONS: readonly string[] = ['commit', 'isolation', 'readOnly']

/** The options of a route among others. */
export function routeOptionsOf({ commit, isolation, readOnly }: RouteOptions): RouteOptions {
  return {
    ...(commit === undefined ? {} : { commit }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(readOnly === undefined ? {} : { readOnly }),
  }
}

/** Names of the options that all adapters share. */
export const REQUEST_OPTIONS: readonly string[] = [
  ...ROUTE_OPTIONS,
  'name',
  'pageParameters',
  'engines',
  'schemas',
  'graceMs',
  'onAbort',
]

/** @throws {ConfigurationError} UNKNOWN_OPTION for a name that is not `known`; `what` takes the options: `athanor(db, …)`. */
export function checkNames(options: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearest(name, known)
    throw new ConfigurationError(
      `Unknown option "${name}" of ${what}. ${near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean "${near}"?`}`,
      {
        code: 'UNKNOWN_OPTION',
        info: { option: name, nearest: near },
      },
    )
  }
}

/** @throws {ConfigurationError} CONFIGURATION when `db` is not there; `call` is how the adapter is called: `app.use(athanor(db))`. */
export function checkDatabase(db: unknown, call: string): void {
  if (typeof (db as Partial<RequestDatabase> | undefined)?.openScope === 'function') return
  throw new ConfigurationError(
    `Cannot register athanor: its Database is missing. Pass the one that your code imports: ${call}.`,
    { info: { option: 'db' } },
  )
}
