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
