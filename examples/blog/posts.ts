import { assign } from 'athanor'
import { Router, type Request } from 'express'
import type { BlogDatabase } from './database.ts'
import { field } from './form.ts'
import type { Logins } from './logins.ts'
import { Post, type User } from './models.ts'
import { createPage, indexPage, updatePage } from './views.ts'

const NO_TITLE = 'Please give the post a title.'

/** Reading and writing posts. */
export function postRoutes(db: BlogDatabase, logins: Logins): Router {
  const router = Router()

  router.get('/', async (request, response) => {
    const posts = await Post.query()
      .with('author')
      .orderBy(Post.c.createdAt.desc(), Post.c.id.desc())
      .all()
    response.send(indexPage(await logins.userOf(request), posts))
  })

  router
    .route('/create')
    .get(logins.required((user, _request, response) => void response.send(createPage(user))))
    .post(
      logins.required(async (user, request, response) => {
        const form = { title: field(request, 'title'), body: field(request, 'body') }
        if (form.title === '') {
          response.status(422).send(createPage(user, form, NO_TITLE))
          return
        }
        db.session.add(new Post({ ...form, author: user }))
        await db.session.commit()
        response.redirect(303, '/')
      }),
    )

  router
    .route('/:id/update')
    .get(
      logins.required(async (user, request, response) => {
        response.send(updatePage(user, await ownPost(db, user, request)))
      }),
    )
    .post(
      logins.required(async (user, request, response) => {
        const post = await ownPost(db, user, request)
        const form = { title: field(request, 'title'), body: field(request, 'body') }
        if (form.title === '') {
          response.status(422).send(updatePage(user, { id: post.id, ...form }, NO_TITLE))
          return
        }
        assign(post, form, ['title', 'body'])
        await db.session.commit()
        response.redirect(303, '/')
      }),
    )

  router.post(
    '/:id/delete',
    logins.required(async (user, request, response) => {
      db.session.delete(await ownPost(db, user, request))
      await db.session.commit()
      response.redirect(303, '/')
    }),
  )

  return router
}

/** The post that the address names: 404 when there is none, 403 when somebody else wrote it. */
async function ownPost(db: BlogDatabase, user: User, request: Request): Promise<Post> {
  const post = await db.getOr404(Post, request.params['id'], {
    description: 'There is no such post.',
  })
  if (post.authorId === user.id) return post
  throw new ForbiddenError('Only its author may change a post.')
}

/** Answered as 403, with its message. */
class ForbiddenError extends Error {
  readonly statusCode = 403
  readonly expose = true
}
