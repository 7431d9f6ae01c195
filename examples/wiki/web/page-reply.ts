import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Html } from '../../shared/html.ts'
import { layout } from '../views/layout.ts'
import type { Visit } from './visit.ts'

/** A page as a view makes it: what goes into the layout. */
export interface View {
  /** Heading of the browser's window; the wiki's title follows it. */
  readonly title: string
  readonly content: Html
  /** The answer's status. Default 200. */
  readonly status?: number
  /** For search engines and previews. */
  readonly description?: string
}

declare module 'fastify' {
  interface FastifyReply {
    /** Answers with a page. */
    page(view: View): FastifyReply
    /** Answers a form that was accepted: 303, so that reloading the next page sends nothing again. */
    seeOther(path: string): FastifyReply
  }
}

/** Teaches every reply to send pages. */
export function addPageReplies(app: FastifyInstance): void {
  app.decorateReply('page', function page(this: FastifyReply, view: View) {
    return sendPage(this, this.request.visit, view)
  })
  app.decorateReply('seeOther', function seeOther(this: FastifyReply, path: string) {
    return this.redirect(path, 303)
  })
}

/** Answers with a page where the reply could not learn it: before any hook has run. */
export function sendPage(reply: FastifyReply, visit: Visit, view: View): FastifyReply {
  return reply
    .status(view.status ?? 200)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'private, no-cache')
    .send(layout(visit, view).toString())
}
