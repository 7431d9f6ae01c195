import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readArticle } from '../markdown/article.ts'
import { parseLocation, pathOf } from '../models/location.ts'
import { Page } from '../models/index.ts'
import { conversation } from '../services/comments.ts'
import { articleView, missingPageView } from '../views/article.ts'
import { commentsSection } from '../views/comments.ts'
import { errorView } from '../views/errors.ts'
import type { Wiki } from '../wiki.ts'
import type { AtLocation } from './at-location.ts'

/** The front page and every page of the wiki. */
export function readRoutes(app: FastifyInstance, wiki: Wiki): void {
  app.get('/', (request, reply) => answerPage(wiki, 'home', request, reply))

  app.get<AtLocation>('/wiki/*', (request, reply) => {
    const asked = request.params['*']
    const location = parseLocation(asked)
    if (location === undefined) return reply.page(errorView(404, request.id))
    if (location !== asked) return reply.redirect(pathOf(location), 308) // one page, one address
    return answerPage(wiki, location, request, reply)
  })
}

/** Statements: the page with its editor, its tags, its conversation, and which of its links lead to a page; the number does not grow with any of them. */
async function answerPage(
  wiki: Wiki,
  location: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { session } = wiki.db
  const page = await Page.at(location).oneOrNull()
  if (page === null) return reply.page(missingPageView(request.visit, location))
  const article = readArticle(page.body)
  const threads = await conversation(session, page.id)
  const links = [...article.links]
  const existing =
    links.length === 0
      ? []
      : await session.select(Page.c.location).where(Page.c.location.in(links)).all()
  const comments = commentsSection(request.visit, page, threads)
  return reply.page(articleView({ page, article, existing: new Set(existing), comments }))
}
