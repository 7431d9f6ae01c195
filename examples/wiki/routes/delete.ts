import { StaleDataError } from 'athanor'
import type { FastifyInstance } from 'fastify'
import { deletePage } from '../services/delete-page.ts'
import { deleteView } from '../views/delete.ts'
import { count, line } from '../web/fields.ts'
import { valuesOf } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'
import { pageAt, type AtLocation } from './at-location.ts'
import { requireEditor } from './require-editor.ts'

const FIELDS = { location: line('The location', { min: 1, max: 200 }), version: count() }

/** Deleting, after a question. */
export function deleteRoutes(app: FastifyInstance, wiki: Wiki): void {
  const options = { preHandler: requireEditor }

  app.get<AtLocation>('/delete/*', options, async (request, reply) =>
    reply.page(deleteView(request.visit, await pageAt(request.params['*']))),
  )

  app.post('/pages/delete', options, async (request, reply) => {
    const { location, version } = valuesOf(FIELDS, request.body)
    const page = await pageAt(location)
    try {
      await deletePage(wiki, page, version)
    } catch (error) {
      if (!(error instanceof StaleDataError)) throw error
      await wiki.db.session.rollback()
      return reply.page(deleteView(request.visit, await pageAt(location), true))
    }
    return reply.seeOther('/pages?done=deleted')
  })
}
