import type { FastifyPluginOptions, FastifyRequest } from 'fastify'
import { ConfigurationError } from '../../errors/index.ts'
import {
  checkNames,
  REQUEST_OPTIONS,
  ROUTE_OPTIONS,
  type RequestDatabase,
  type RequestOptions,
  type RouteOptions,
} from '../http/index.ts'

export type { RouteOptions } from '../http/index.ts'

/** Options of the Fastify plugin. */
export interface AthanorOptions extends RequestOptions<FastifyRequest>, FastifyPluginOptions {
  /** The Database whose sessions the requests get. */
  readonly db: RequestDatabase
  /** Whether `app.close()` disposes of the Database. Default: when no other application uses it. */
  readonly disposeOnClose?: boolean
}

const PLUGIN_OPTIONS = [
  'db',
  ...REQUEST_OPTIONS,
  'disposeOnClose',
  'prefix',
  'logLevel',
  'logSerializers',
]

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
