import type { FastifyReply, FastifyRequest } from 'fastify'
import { dropAnswerHeaders, replyToFailedCommit } from '../http/index.ts'
import { isFetchResponse, scopeOf, statusOfPayload } from './request-scope.ts'

type Done = (error?: Error | null, payload?: unknown) => void

/**
 * Settles the scope of a request before the head of its reply is written: the last hook that can still turn it into an error.
 *
 * Fastify runs onSend again for the error page of a failed commit, which passes then, and for a second `reply.send()`, which is dropped while the
 * first waits for its commit.
 */
export function settleBeforeHead(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: Done,
): Promise<void> | undefined {
  const scope = scopeOf(request)
  if (scope === undefined || scope.isSettled) {
    done()
    return undefined
  }
  if (scope.isSettling) {
    request.log.warn(
      'a second reply was dropped: the first one waits for its commit; did you forget to return the reply?',
    )
    discard(payload)
    return undefined
  }
  const status = statusOfPayload(payload) ?? reply.statusCode
  const settlement = scope.settle({ status, streaming: isStream(payload) })
  if (settlement === undefined) {
    done()
    return undefined
  }
  return settlement.catch((error: unknown) => {
    discard(payload)
    prepareFailure(reply, error)
    throw error
  })
}

/** Takes back what described the lost answer, so that the error page is not taken for it. */
function prepareFailure(reply: FastifyReply, error: unknown): void {
  dropAnswerHeaders({
    getHeaderNames: () => Object.keys(reply.getHeaders()),
    removeHeader: (name) => reply.removeHeader(name),
  })
  const answer = replyToFailedCommit(error)
  reply.code(answer?.status ?? 500)
  if (answer !== undefined) reply.headers(answer.headers)
}

function isStream(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false
  if (isFetchResponse(payload)) return payload.body !== null
  return 'pipe' in payload || 'getReader' in payload
}

/** Nobody will read it: a file or a query behind it is let go. */
function discard(payload: unknown): void {
  if (typeof payload !== 'object' || payload === null) return
  if ('destroy' in payload && typeof payload.destroy === 'function') payload.destroy()
}
