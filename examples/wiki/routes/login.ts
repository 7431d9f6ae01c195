import type { FastifyInstance } from 'fastify'
import { User } from '../models/index.ts'
import { verifyPassword } from '../../shared/passwords.ts'
import { loginView } from '../views/login.ts'
import { anything } from '../web/fields.ts'
import { readForm } from '../web/form.ts'
import { logIn, logOut } from '../web/login.ts'
import type { Wiki } from '../wiki.ts'

const LOGIN = { name: anything, password: anything, next: anything }

/** Coming in and going out. */
export function loginRoutes(app: FastifyInstance, wiki: Wiki): void {
  app.get('/login', (request, reply) => {
    const { next } = readForm(LOGIN, request.query).texts
    return reply.page(loginView(request.visit, { name: '', next: localPath(next), refused: false }))
  })

  app.post('/login', async (request, reply) => {
    const { name, password, next } = readForm(LOGIN, request.body).texts
    const user = await wiki.db.session.select(User).where({ name }).oneOrNull()
    const { passwordCost } = wiki.settings
    const known = await verifyPassword(password, user?.passwordHash, passwordCost)
    if (user === null || !known)
      return reply.page(loginView(request.visit, { name, next: localPath(next), refused: true }))
    logIn(reply, user, wiki.settings.secureCookies)
    return reply.seeOther(localPath(next))
  })

  app.post('/logout', async (_request, reply) => {
    logOut(reply)
    return reply.seeOther('/?done=out')
  })
}

/** A path of this wiki, or the front page: nobody is sent elsewhere by a link that somebody else made. */
function localPath(path: string): string {
  if (!path.startsWith('/') || !URL.canParse(path, 'http://wiki')) return '/'
  const url = new URL(path, 'http://wiki')
  return url.host === 'wiki' ? url.pathname + url.search : '/'
}
