import { assign, InvalidInputError } from 'athanor'
import type { Context, Middleware } from 'koa'
import { readJson } from '../shared/read-json.ts'
import type { NotesDatabase } from './database.ts'
import { Note } from './models.ts'

/** What a client may write. */
const WRITABLE = ['title', 'text'] as const

/** The notes as resources. Which page of them is asked for is in the query string: `/notes?page=2&per_page=50`. */
export function notesRoutes(db: NotesDatabase): Middleware {
  const noteOf = (id: string) => db.getOr404(Note, id, { description: 'There is no such note.' })

  const collection: Routes = {
    async GET(ctx) {
      const { q = '' } = ctx.query
      const notes = Note.query().orderBy(Note.c.createdAt.desc(), Note.c.id.desc())
      ctx.body = await db.paginate(q === '' ? notes : notes.where(Note.c.title.contains(String(q))))
    },
    async POST(ctx) {
      const note = db.session.add(titled(assign(Note, await readJson(ctx.req), WRITABLE)))
      await db.session.flush() // gives it its id
      ctx.status = 201
      ctx.set('Location', `/notes/${note.id}`)
      ctx.body = note
    },
  }

  const item: Routes = {
    async GET(ctx, id) {
      ctx.body = await noteOf(id)
    },
    async PATCH(ctx, id) {
      const body = await readJson(ctx.req)
      ctx.body = titled(assign(await noteOf(id), body, WRITABLE))
    },
    async DELETE(ctx, id) {
      db.session.delete(await noteOf(id))
      ctx.status = 204
    },
  }

  return async (ctx, next) => {
    const [path, id] = /^\/notes(?:\/([^/]+))?$/.exec(ctx.path) ?? []
    if (path === undefined) return next()
    const handle = (id === undefined ? collection : item)[ctx.method]
    return handle === undefined ? ctx.throw(405) : handle(ctx, id ?? '')
  }
}

/** By the methods of HTTP. */
type Routes = Readonly<Record<string, (ctx: Context, id: string) => Promise<void>>>

/** The note, unless it has no title. */
function titled(note: Note): Note {
  if (note.title === '') throw new InvalidInputError('A note needs a title.', { property: 'title' })
  return note
}
