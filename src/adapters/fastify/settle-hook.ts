import type { FastifyReply, FastifyRequest } from 'fastify'
import { dropAnswerHeaders, isStream, replyToFailedCommit } from '../http/index.ts'
import { scopeOf, statusOfPayload } from './request-scope.ts'

/** Replies that another one has come after, while they waited for their commit. */
const disturbed = new WeakSet<FastifyReply>()

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
    disturbed.add(reply)
    discard(payload)
    return undefined
  }
  const status = statusOfPayload(payload) ?? reply.statusCode
  const settlement = scope.settle({ status, streaming: isStream(payload) })
  if (settlement === undefined) {
    done()
    return undefined
  }
  const restore = remember(reply)
  return settlement.then(restore, (error: unknown) => {
    discard(payload)
    prepareFailure(reply, error)
    throw error
  })
}

/** What undoes the changes that a second reply has made to the status and the headers of the first one. */
function remember(reply: FastifyReply): () => void {
  const { statusCode } = reply
  const headers = reply.getHeaders()
  return () => {
    if (!disturbed.has(reply)) return
    reply.code(statusCode)
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
    reply.headers(headers)
  }
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

/** Nobody will read it: a file or a query behind it is let go. */
function discard(payload: unknown): void {
  if (typeof payload !== 'object' || payload === null) return
  if ('destroy' in payload && typeof payload.destroy === 'function') payload.destroy()
}
