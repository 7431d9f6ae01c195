import { join } from 'node:path'
import { isClientError } from 'athanor'
import { athanor } from 'athanor/express'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { authRoutes } from './auth.ts'
import type { BlogDatabase } from './database.ts'
import { Logins } from './logins.ts'
import { postRoutes } from './posts.ts'
import { errorPage } from './views.ts'

/** The application. Closing the database is the caller's affair. */
export function createApp(db: BlogDatabase, secret: string): Express {
  const logins = new Logins(db, secret)
  const app = express()
  app.use(athanor(db))
  app.use(express.static(join(import.meta.dirname, '../shared/public')))
  app.use(express.urlencoded({ extended: false }))
  app.use('/auth', authRoutes(db, logins))
  app.use(postRoutes(db, logins))
  app.use(answerErrors(logins))
  return app
}

/** Errors that were made for people, as the 404 of `getOr404`, say what they have to say; all others go on to Express. */
function answerErrors(logins: Logins): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    if (!isClientError(error)) next(error)
    else
      response.status(error.statusCode).send(errorPage(await logins.userOf(request), error.message))
  }
}
