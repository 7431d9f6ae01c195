import type { FastifyInstance } from 'fastify'
import { COMMENT_LENGTH } from '../models/comment.ts'
import { pathOf } from '../models/location.ts'
import { Comment, Page, User } from '../models/index.ts'
import { commentFormView } from '../views/comments.ts'
import { count, line, paragraphs } from '../web/fields.ts'
import { readForm, valuesOf } from '../web/form.ts'
import type { Wiki } from '../wiki.ts'
import { requireEditor } from './require-editor.ts'

const PLACE = { page: count(), parent: count(0) }
const REMOVE = { id: count() }
const body = paragraphs('Your comment', { min: 1, max: COMMENT_LENGTH })
const name = line('Your name', { min: 1, max: 60 })

/** Saying something about a page, answering, and, for editors, removing what does not belong. */
export function commentRoutes(app: FastifyInstance, wiki: Wiki): void {
  const { db } = wiki

  app.post('/comments', async (request, reply) => {
    const { user } = request.visit
    const place = valuesOf(PLACE, request.body)
    const page = await db.getOr404(Page, place.page)
    const parent =
      place.parent === 0
        ? null
        : await db.oneOr404(db.session.select(Comment).where({ id: place.parent, pageId: page.id }))
    const form = readForm({ body, name: user === null ? name : () => user.name }, request.body)
    if (!form.ok) return reply.page(commentFormView(request.visit, { ...form, page, parent }))
    if (user === null && (await isEditorsName(wiki, form.values.name))) {
      const problems = { name: 'This is the name of an editor. Take another one, or log in.' }
      return reply.page(commentFormView(request.visit, { ...form, problems, page, parent }))
    }
    const comment = db.session.add(new Comment({ ...form.values, page, parent, author: user }))
    await db.session.flush() // the redirect needs the comment's id
    return reply.seeOther(`${pathOf(page.location)}?done=commented#comment:${comment.id}`)
  })

  app.post('/comments/:id/remove', { preHandler: requireEditor }, async (request, reply) => {
    const comment = await db.getOr404(Comment, valuesOf(REMOVE, request.params).id)
    const page = await db.getOr404(Page, comment.pageId)
    comment.removed = true
    return reply.seeOther(`${pathOf(page.location)}?done=removed#comment:${comment.id}`)
  })
}

function isEditorsName(wiki: Wiki, asked: string): Promise<boolean> {
  return wiki.db.session.select(User).where(User.c.name.lower().eq(asked.toLowerCase())).exists()
}
