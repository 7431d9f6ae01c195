import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorView } from '../views/errors.ts'

/** Lets editors pass. Others are led to the login and come back after it; a form of theirs is refused. */
export function requireEditor(
  request: FastifyRequest,
  reply: FastifyReply,
  done: () => void,
): void {
  if (request.visit.user !== null) return done()
  if (request.method === 'GET')
    void reply.seeOther(`/login?next=${encodeURIComponent(request.url)}`)
  else void reply.page(errorView(403, request.id))
}
