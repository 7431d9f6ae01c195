import type { FastifyInstance } from 'fastify'
import { searchWords } from '../search/words.ts'
import { searchView } from '../views/lists.ts'
import { line } from '../web/fields.ts'
import { readForm } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'

const QUERY = { q: line('The search', { min: 0, max: 100 }) }

/** Full-text search. */
export function searchRoutes(app: FastifyInstance, wiki: Wiki): void {
  app.get('/search', async (request, reply) => {
    const query = readForm(QUERY, request.query).texts.q.slice(0, 100)
    const hits = await wiki.search.find(wiki.db.session, searchWords(query), 30)
    return reply.page(searchView(query, hits))
  })
}
