import { UniqueViolationError } from 'athanor'
import { Router } from 'express'
import { hashPassword, verifyPassword } from '../shared/passwords.ts'
import type { BlogDatabase } from './database.ts'
import { field } from './form.ts'
import type { Logins } from './logins.ts'
import { NAME_LENGTH, User } from './models.ts'
import { loginPage, registerPage } from './views.ts'

/** Registering, logging in and out. */
export function authRoutes(db: BlogDatabase, logins: Logins): Router {
  const router = Router()

  router.get('/register', (_request, response) => void response.send(registerPage()))

  router.post('/register', async (request, response) => {
    const [name, password] = [field(request, 'name'), field(request, 'password')]
    const problem = problemOf(name, password) ?? (await register(db, name, password))
    if (problem === undefined) response.redirect(303, '/auth/login')
    else response.status(422).send(registerPage(name, problem))
  })

  router.get('/login', (_request, response) => void response.send(loginPage()))

  router.post('/login', async (request, response) => {
    const [name, password] = [field(request, 'name'), field(request, 'password')]
    const user = await User.query().where({ name }).oneOrNull()
    if (user !== null && (await verifyPassword(password, user.passwordHash))) {
      logins.begin(user, response)
      response.redirect(303, '/')
      return
    }
    const problem = user === null ? 'Nobody has this name.' : 'The password is another one.'
    response.status(422).send(loginPage(name, problem))
  })

  router.post('/logout', (_request, response) => {
    logins.end(response)
    response.redirect(303, '/')
  })

  return router
}

function problemOf(name: string, password: string): string | undefined {
  if (name === '') return 'Please choose a name.'
  if (name.length > NAME_LENGTH) return `Please choose a name of at most ${NAME_LENGTH} characters.`
  if (password === '') return 'Please choose a password.'
  return undefined
}

/** Stores a user. That the name is free is known by the commit, and by nothing before it: two people may ask for it at once. */
async function register(
  db: BlogDatabase,
  name: string,
  password: string,
): Promise<string | undefined> {
  db.session.add(new User({ name, passwordHash: await hashPassword(password) }))
  try {
    await db.session.commit()
    return undefined
  } catch (error) {
    if (error instanceof UniqueViolationError) return `The name ${name} is taken.`
    throw error
  }
}
