import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import { edgeOf, type RequestDatabase, type RequestEdge, type RouteOptions } from '../http/index.ts'
import { ROUTE_METADATA } from './options.ts'

/** The edge of the request that a guard or an interceptor is called for. */
export function edgeOfContext(
  context: ExecutionContext,
  db: RequestDatabase,
): RequestEdge | undefined {
  return context.getType() === 'http'
    ? edgeOf(context.switchToHttp().getRequest<object>(), db)
    : undefined
}

/** Lets everybody pass, and tells the request's scope the options of its route, which are known from here on. */
export class RouteGuard implements CanActivate {
  readonly #db: RequestDatabase
  readonly #reflector = new Reflector()

  /** Made by the module. */
  constructor(db: RequestDatabase) {
    this.#db = db
  }

  canActivate(context: ExecutionContext): boolean {
    const places = [context.getClass(), context.getHandler()]
    for (const options of this.#reflector.getAll<(RouteOptions | undefined)[]>(
      ROUTE_METADATA,
      places,
    )) {
      if (options !== undefined) edgeOfContext(context, this.#db)?.refine(options)
    }
    return true
  }
}
