import { AthanorError, type ErrorOptions } from './athanor-error.ts'
import type { ErrorCode } from './codes.ts'

/** A right call at the wrong moment. */
export class InvalidRequestError extends AthanorError {
  constructor(message: string, options?: ErrorOptions, defaultCode: ErrorCode = 'INVALID_REQUEST') {
    super(message, defaultCode, options)
  }
}

/** There is no open scope here. */
export class NoScopeError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'NO_SCOPE')
  }
}

/** The scope has ended. Its session is never reopened. */
export class ScopeClosedError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'SCOPE_CLOSED')
  }
}

/** A session without a scope was closed. */
export class SessionClosedError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'SESSION_CLOSED')
  }
}

/** The operation is not allowed now. */
export class IllegalStateError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'ILLEGAL_STATE')
  }
}

/** The transaction was rolled back because of an earlier error, which is the `cause`; `rollback()` comes first. */
export class PendingRollbackError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'PENDING_ROLLBACK')
  }
}

/** The object belongs to no open session. */
export class DetachedInstanceError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'DETACHED_INSTANCE')
  }
}

/** A column or relation was read that is not in memory. */
export class UnloadedAttributeError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'UNLOADED_ATTRIBUTE')
  }
}

/** The row of the object no longer exists. */
export class ObjectDeletedError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'OBJECT_DELETED')
  }
}

/** A row was expected and there is none. */
export class NoResultFoundError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions, defaultCode: ErrorCode = 'NO_RESULT_FOUND') {
    super(message, options, defaultCode)
  }
}

/**
 * A row was expected and there is none; web frameworks answer 404.
 *
 * Carries what each framework looks for: `statusCode` (Fastify), `status` and `expose` (Express, Koa), `getResponse()` (Hono).
 */
export class NotFoundError extends NoResultFoundError {
  /** 404 unless another status was asked for. */
  readonly status: number
  /** The same, under Fastify's name. */
  readonly statusCode: number
  /** True: the message may be shown to the client. */
  readonly expose = true

  constructor(message: string, options?: ErrorOptions & { readonly status?: number }) {
    super(message, options, 'NOT_FOUND')
    this.status = options?.status ?? 404
    this.statusCode = this.status
  }

  /** The answer as a fetch `Response`, which Hono asks an error for. */
  getResponse(): Response {
    return new Response(this.message, { status: this.status })
  }
}

/** One row was expected and there are several. */
export class MultipleResultsFoundError extends InvalidRequestError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'MULTIPLE_RESULTS_FOUND')
  }
}

/** A read-only session, scope or connection was asked to write. */
export class ReadOnlyError extends InvalidRequestError {
  /** True when it is the server that takes no writes, though nobody asked it for reading only: it is going down, or is not the primary any more. The same transaction may succeed in a moment, on another connection. */
  retryable = false

  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'READ_ONLY')
  }
}
