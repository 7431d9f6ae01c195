import type { NotFoundError } from 'athanor'
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

/** Errors that were made for clients, as the 404 of `getOr404`, are answered as JSON; all others go on to Koa. */
async function errorsAsJson(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    const { expose, status, message } = error as Partial<NotFoundError>
    if (expose !== true || status === undefined) throw error
    ctx.status = status
    ctx.body = { message }
  }
}
