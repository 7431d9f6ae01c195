import type { IncomingMessage } from 'node:http'
import { SetMetadata, type CustomDecorator } from '@nestjs/common'
import { checkNames, ROUTE_OPTIONS, type RequestOptions, type RouteOptions } from '../http/index.ts'

/** Options of the Nest module. */
export interface AthanorOptions extends RequestOptions<IncomingMessage> {
  /** Whether the application's shutdown disposes of the Database. Default: when no other application uses it. */
  readonly disposeOnClose?: boolean
}

/** The key of a route's options. */
export const ROUTE_METADATA = 'athanor:route'

/**
 * A decorator that says how the requests of a controller or of one handler run: `@AthanorRoute({ commit: 'onSuccess' })`. A handler's options come
 * before its controller's, and those before the module's.
 *
 * @throws {ConfigurationError} UNKNOWN_OPTION.
 * @since 0.1
 */
export function AthanorRoute(options: RouteOptions): CustomDecorator {
  checkNames(options, ROUTE_OPTIONS, '@AthanorRoute(…)')
  return SetMetadata(ROUTE_METADATA, options)
}
