import type { FastifyPluginOptions } from 'fastify'
import type { CommitPolicy, Database, ScopeSettings } from '../../app/index.ts'
import { ConfigurationError } from '../../errors/index.ts'
import type { ModelMap } from '../../orm/index.ts'
import { nearest } from '../../util/index.ts'
import type { AbortOptions } from '../http/index.ts'

/** Options of the Fastify plugin. */
export interface AthanorOptions extends AbortOptions, FastifyPluginOptions {
  /** The Database whose sessions the requests get. */
  readonly db: Pick<Database<ModelMap>, 'attach' | 'detach' | 'openScope'>
  /** Who commits a request. Default: what the Database says. */
  readonly commit?: CommitPolicy
  /** Whether `app.close()` disposes of the Database. Default: when no other application uses it. */
  readonly disposeOnClose?: boolean
  /** What the query string calls the page and its size. Default `page` and `per_page`. */
  readonly pageParameters?: { readonly page?: string; readonly perPage?: string }
}

/** Options of one route: `config: { athanor: { commit: 'onSuccess' } }`. */
export type RouteOptions = Pick<ScopeSettings, 'commit' | 'isolation' | 'readOnly'>

const PLUGIN_OPTIONS = [
  'db',
  'commit',
  'disposeOnClose',
  'pageParameters',
  'graceMs',
  'onAbort',
  'prefix',
  'logLevel',
  'logSerializers',
]
const ROUTE_OPTIONS = ['commit', 'isolation', 'readOnly']

/** @throws {ConfigurationError} UNKNOWN_OPTION, or CONFIGURATION without a Database. */
export function checkPluginOptions(options: AthanorOptions): void {
  checkNames(options, PLUGIN_OPTIONS, 'app.register(athanor, …)')
  if (typeof options.db?.openScope === 'function') return
  throw new ConfigurationError(
    'Cannot register athanor: its option `db` is missing. Pass your Database: app.register(athanor, { db }).',
    { info: { option: 'db' } },
  )
}

/** @throws {ConfigurationError} UNKNOWN_OPTION. */
export function checkRouteOptions(options: RouteOptions, route: string): void {
  checkNames(options, ROUTE_OPTIONS, `config.athanor of ${route}`)
}

function checkNames(options: object, known: readonly string[], what: string): void {
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
