import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common'
import { catchError, type Observable } from 'rxjs'
import { prepareFailedCommit, type RequestDatabase } from '../http/index.ts'
import { exceptionOf } from './client-exception.ts'
import { edgeOfContext } from './route-guard.ts'

/** Tells the request's scope what its handler threw, since an exception filter may answer it with any status, and hands it on as Nest knows it. */
export class FailureInterceptor implements NestInterceptor {
  readonly #db: RequestDatabase

  /** Made by the module. */
  constructor(db: RequestDatabase) {
    this.#db = db
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const edge = edgeOfContext(context, this.#db)
    if (edge === undefined) return next.handle()
    return next.handle().pipe(
      catchError((error: unknown) => {
        edge.scope.fail(error)
        const { response } = edge
        if (response?.headersSent === false) prepareFailedCommit(response, error) // its filters ask no error for headers
        throw exceptionOf(error)
      }),
    )
  }
}
