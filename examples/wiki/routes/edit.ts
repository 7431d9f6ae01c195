import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readArticle } from '../markdown/article.ts'
import { cleanText } from '../models/clean-text.ts'
import { parseLocation, pathOf, titleFor } from '../models/location.ts'
import { BODY_LENGTH, TITLE_LENGTH } from '../models/page.ts'
import { Page } from '../models/index.ts'
import { compareTexts } from '../services/diff.ts'
import { revisePage, type CurrentPage } from '../services/revise-page.ts'
import { conflictView, editView, type EditForm } from '../views/edit.ts'
import { errorView } from '../views/errors.ts'
import { choice, count, line, location, paragraphs, tags } from '../web/fields.ts'
import { readForm } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'
import type { AtLocation } from './at-location.ts'
import { requireEditor } from './require-editor.ts'

const FIELDS = {
  location,
  title: line('The title', { min: 1, max: TITLE_LENGTH }),
  body: paragraphs('The text', { min: 1, max: BODY_LENGTH }),
  tags,
  summary: line('What you changed', { min: 0, max: 200 }),
  version: count(0),
  action: choice(['save', 'preview']),
}

/** Writing: the form, its preview, and `/pages/save`. */
export function editRoutes(app: FastifyInstance, wiki: Wiki): void {
  const options = { preHandler: requireEditor }

  app.get('/new', options, (request, reply) => reply.page(editView(request.visit, newForm(''))))

  app.get<AtLocation>('/edit/*', options, async (request, reply) => {
    const at = parseLocation(request.params['*'])
    if (at === undefined) return reply.page(errorView(404, request.id))
    const page = await Page.at(at).oneOrNull()
    if (page === null) return reply.page(editView(request.visit, newForm(at)))
    const texts = {
      location: at,
      title: page.title,
      body: page.body,
      tags: page.tags.map((tag) => tag.name).join(', '),
    }
    return reply.page(
      editView(request.visit, {
        texts: { ...texts, summary: '', version: String(page.version) },
        problems: {},
      }),
    )
  })

  app.post('/pages/save', options, async (request, reply) => {
    const form = readForm(FIELDS, request.body)
    const preview = form.texts.action === 'preview' ? readArticle(form.texts.body) : undefined
    if (!form.ok || preview !== undefined)
      return reply.page(editView(request.visit, form, preview?.render(preview.links)))
    const outcome = await revisePage(wiki, form.values, request.visit.user)
    if (outcome.kind === 'saved')
      return reply.seeOther(`${pathOf(form.values.location)}?done=saved`)
    return answerConflict(form, outcome.current, request, reply)
  })
}

/** The editor's text stays; the form now begins from the version that it lost against, so that saving again is a decision. */
export function answerConflict(
  form: EditForm,
  current: CurrentPage | null,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const texts = { ...form.texts, version: String(current?.version ?? 0) }
  const rival = current && {
    title: current.title,
    tags: current.tags.map((tag) => tag.name),
    lines: compareTexts(current.body, cleanText(texts.body)),
  }
  return reply.page(conflictView(request.visit, { ...form, texts }, rival))
}

function newForm(at: string): EditForm {
  const title = at === '' ? '' : titleFor(at)
  return {
    texts: { location: at, title, body: '', tags: '', summary: '', version: '0' },
    problems: {},
  }
}
