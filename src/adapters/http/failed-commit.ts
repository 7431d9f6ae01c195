import type { ServerResponse } from 'node:http'
import { DatabaseError, TRY_AGAIN } from '../../errors/index.ts'

/**
 * The answer that an error of the database asks for, whether a commit or the handler threw it; undefined where the framework's error path decides (a unique violation, a full disk).
 *
 * A transaction that lost against a concurrent one may succeed when the client sends the request again: 503 with `Retry-After`.
 * A handler is never run twice by athanor: what it did outside the database would happen twice.
 */
export function replyToFailedCommit(error: unknown): typeof TRY_AGAIN | undefined {
  return error instanceof DatabaseError && error.retryable ? TRY_AGAIN : undefined
}

/** Makes the response say what the error asks for. The error itself says it to the framework's error path. */
export function prepareFailedCommit(response: ServerResponse, error: unknown): void {
  const reply = replyToFailedCommit(error)
  if (reply === undefined) return
  response.statusCode = reply.status
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
}
