import { isClientError } from 'athanor'
import { athanor } from 'athanor/koa'
import Koa, { type Context, type Next } from 'koa'
import type { NotesDatabase } from './database.ts'
import { notesRoutes } from './notes.ts'

/** The application. Closing the database is the caller's affair. */
export function createApp(db: NotesDatabase): Koa {
  const app = new Koa()
  // A request is a unit of work: what it leaves changed is committed before its answer leaves, and rolled back when that is 400 or more.
  athanor(app, db, { commit: 'onSuccess' })
  app.use(errorsAsJson)
  app.use(notesRoutes(db))
  return app
}

/** Errors that were made for clients, as the 404 of `getOr404` and the 400 of `assign`, are answered as JSON; all others go on to Koa. */
async function errorsAsJson(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    if (!isClientError(error)) throw error
    ctx.status = error.statusCode
    ctx.body = { message: error.message }
  }
}
