import type { ServerResponse } from 'node:http'
import { DatabaseError } from '../../errors/index.ts'

/** How a commit that failed is answered. */
export interface FailedCommitReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

const TRY_AGAIN: FailedCommitReply = { status: 503, headers: { 'retry-after': '1' } }

/**
 * The answer that a failed commit asks for, or undefined where the framework's error path decides (a unique violation, a full disk).
 *
 * A transaction that lost against a concurrent one may succeed when the client sends the request again: 503 with `Retry-After`.
 * A handler is never run twice by athanor: what it did outside the database would happen twice.
 */
export function replyToFailedCommit(error: unknown): FailedCommitReply | undefined {
  return error instanceof DatabaseError && error.retryable ? TRY_AGAIN : undefined
}

/** Makes the response, and the error that goes to the framework's error path, say what the failed commit asks for. */
export function prepareFailedCommit(response: ServerResponse, error: unknown): void {
  const reply = replyToFailedCommit(error)
  if (reply === undefined) return
  response.statusCode = reply.status
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  const { status, headers } = reply
  tellErrorPath(error, { status, statusCode: status, expose: false, headers })
}

/** Error paths read an error's status and headers from the error itself; what it says already is left alone. */
export function tellErrorPath(error: unknown, facts: Readonly<Record<string, unknown>>): void {
  if (typeof error !== 'object' || error === null || !Object.isExtensible(error)) return
  for (const [name, value] of Object.entries(facts)) {
    if (!(name in error))
      Object.defineProperty(error, name, { configurable: true, writable: true, value })
  }
}
