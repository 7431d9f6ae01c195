import { NotFoundError, type Loaded } from 'athanor'
import type { FastifyInstance } from 'fastify'
import { readArticle } from '../markdown/article.ts'
import { pathOf } from '../models/location.ts'
import type { Revision } from '../models/index.ts'
import { compareTexts } from '../services/diff.ts'
import { revision, revisionsOf } from '../services/history.ts'
import { revisePage } from '../services/revise-page.ts'
import { diffView, historyView, revisionView } from '../views/history.ts'
import { count, line } from '../web/fields.ts'
import { valuesOf } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'
import { pageAt, type AtLocation } from './at-location.ts'
import { answerConflict } from './edit.ts'
import { requireEditor } from './require-editor.ts'

const HISTORY = { version: count(0), page: count(1) }
const DIFF = { from: count(), to: count() }
const RESTORE = {
  location: line('The location', { min: 1, max: 200 }),
  version: count(),
  number: count(),
}

/** How a page came to be: its versions, two of them against each other, and the way back to one. */
export function historyRoutes(app: FastifyInstance, wiki: Wiki): void {
  app.get<AtLocation>('/history/*', async (request, reply) => {
    const page = await pageAt(request.params['*'])
    const query = valuesOf(HISTORY, request.query)
    if (query.version > 0) {
      const one = await revisionOf(wiki, page.id, query.version)
      return reply.page(revisionView(request.visit, page, one, readArticle(one.body)))
    }
    const changes = await wiki.db.paginate(revisionsOf(wiki.db.session, page.id), {
      page: query.page,
      perPage: 30,
    })
    return reply.page(historyView(page, changes))
  })

  app.get<AtLocation>('/diff/*', async (request, reply) => {
    const page = await pageAt(request.params['*'])
    const { from, to } = valuesOf(DIFF, request.query)
    const before = await revisionOf(wiki, page.id, Math.min(from, to))
    const after = await revisionOf(wiki, page.id, Math.max(from, to))
    return reply.page(diffView(page, before, after, compareTexts(before.body, after.body)))
  })

  app.post('/pages/restore', { preHandler: requireEditor }, async (request, reply) => {
    const { location, version, number } = valuesOf(RESTORE, request.body)
    const page = await pageAt(location)
    const { title, body, tags } = await revisionOf(wiki, page.id, number)
    const draft = {
      location: page.location,
      title,
      body,
      tags,
      summary: `Restored version ${number}`,
      version,
    }
    const outcome = await revisePage(wiki, draft, request.visit.user)
    if (outcome.kind === 'saved') return reply.seeOther(`${pathOf(location)}?done=restored`)
    const texts = { ...draft, tags: tags.join(', '), version: '' }
    return answerConflict({ texts, problems: {} }, outcome.current, request, reply)
  })
}

/** A version of a page. @throws {NotFoundError} Answered as 404 when there is none, or when the nightly job has removed it. */
async function revisionOf(
  wiki: Wiki,
  pageId: number,
  number: number,
): Promise<Loaded<Revision, 'author'>> {
  const one = await revision(wiki.db.session, pageId, number)
  if (one === null) throw new NotFoundError(`There is no version ${number} of this page.`)
  return one
}
