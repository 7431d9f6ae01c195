import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { tap, type Observable } from 'rxjs'
import type { RequestDatabase } from '../http/index.ts'
import { edgeOfContext } from './route-guard.ts'

/** Tells the request's scope what its handler threw: an exception filter may answer it with any status. */
export class FailureInterceptor implements NestInterceptor {
  readonly #db: RequestDatabase

  /** Made by the module. */
  constructor(db: RequestDatabase) {
    this.#db = db
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const edge = edgeOfContext(context, this.#db)
    return next.handle().pipe(tap({ error: (error: unknown) => edge?.scope.fail(error) }))
  }
}
