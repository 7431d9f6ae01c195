import { ArgumentError, assign } from 'athanor'
import type { Context, Middleware } from 'koa'
import { readJson } from '../shared/read-json.ts'
import type { NotesDatabase } from './database.ts'
import { Note } from './models.ts'

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
      const note = await fill(ctx, new Note({ title: '', text: '' }))
      db.session.add(note)
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
      ctx.body = await fill(ctx, await noteOf(id))
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

/** Takes over what the client may write, and nothing else that it sends. */
async function fill(ctx: Context, note: Note): Promise<Note> {
  const body = await readJson(ctx.req)
  try {
    assign(note, body, ['title', 'text'])
  } catch (error) {
    if (error instanceof ArgumentError)
      ctx.throw(400, 'A note has a title of at most 200 characters and a text.')
    throw error
  }
  if (note.title === '') ctx.throw(400, 'A note needs a title.')
  return note
}
