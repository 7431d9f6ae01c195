import { DatabaseError } from 'athanor'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorView, forbiddenFormView } from '../views/errors.ts'
import { sendPage } from './page-reply.ts'
import { SECURITY_HEADERS } from './security.ts'
import { Visit } from './visit.ts'

/** Pages for whatever goes wrong. An error's own text is shown only where it is meant for visitors; the rest is logged under the request's id. */
export function addErrorPages(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => reply.page(errorView(404, request.id)))
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? statusOf(error)
    if (status === 503) void reply.header('retry-after', '1')
    if (status >= 500) request.log.error(error)
    if (error.code?.startsWith('FST_CSRF'))
      return reply.page(forbiddenFormView(request.visit, request.body))
    return reply.page(errorView(status, request.id))
  })
}

/** A deadlock, or a connection that was lost: nothing is stored, and the same request may succeed in a moment. */
function statusOf(error: unknown): number {
  return error instanceof DatabaseError && error.retryable ? 503 : 500
}

/** The answer to an address that is no well-formed URL: it is given before any hook has run. */
export function answerBadUrl(title: string) {
  return (_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const visit = new Visit(request, reply, title)
    void sendPage(reply.headers(SECURITY_HEADERS), visit, errorView(400, request.id))
  }
}
