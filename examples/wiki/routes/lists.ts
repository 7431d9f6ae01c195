import type { FastifyInstance } from 'fastify'
import { Page } from '../models/index.ts'
import { recentChanges } from '../services/history.ts'
import { allPages, tagCounts } from '../services/lists.ts'
import { allPagesView, recentView, taggedView, tagsView } from '../views/lists.ts'
import { count, line } from '../web/fields.ts'
import { valuesOf } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'

const NUMBER = { page: count(1) }
const TAGGED = { tag: line('The tag', { min: 1, max: 40 }), page: count(1) }

/** All pages, pages by tag, all tags, recent changes. A page of a list that does not exist is a 404: `db.paginate` sees to it. */
export function listRoutes(app: FastifyInstance, wiki: Wiki): void {
  const { db } = wiki

  app.get('/pages', async (request, reply) => {
    const { page } = valuesOf(NUMBER, request.query)
    return reply.page(allPagesView(await db.paginate(allPages(db.session), { page, perPage: 30 })))
  })

  for (const path of ['/pages/list/:tag', '/pages/list/:tag/:page']) {
    app.get(path, async (request, reply) => {
      const { tag, page } = valuesOf(TAGGED, request.params)
      return reply.page(taggedView(tag, await db.paginate(Page.tagged(tag), { page, perPage: 15 })))
    })
  }

  app.get('/tags', async (_request, reply) =>
    reply.page(tagsView(await tagCounts(db.session).all())),
  )

  app.get('/recent', async (request, reply) => {
    const { page } = valuesOf(NUMBER, request.query)
    return reply.page(
      recentView(await db.paginate(recentChanges(db.session), { page, perPage: 30 })),
    )
  })
}
