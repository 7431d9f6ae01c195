import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { athanor } from 'athanor/hono'
import { Hono } from 'hono'
import { csrf } from 'hono/csrf'
import type { TodoDatabase } from './database.ts'
import { Todo } from './models.ts'
import { Notices } from './notices.ts'
import { listPage, newPage } from './views.ts'

/** The application. Closing the database is the caller's affair. */
export function createApp(db: TodoDatabase, secret: string): Hono {
  const app = new Hono()
  const notices = new Notices(secret)
  // A request is a unit of work: what it leaves changed is committed before its answer leaves. No route calls commit().
  app.use(athanor(db, { commit: 'onSuccess' }))
  app.use(csrf())
  app.use('/style.css', serveStatic({ root: join(import.meta.dirname, '../shared/public') }))

  app.get('/', async (c) => {
    const todos = await Todo.query().orderBy(Todo.c.createdAt.desc(), Todo.c.id.desc()).all()
    return c.html(listPage(todos, await notices.take(c)))
  })

  app.get('/new', (c) => c.html(newPage({ title: '', text: '' })))

  app.post('/new', async (c) => {
    const { title, text } = await c.req.parseBody()
    const todo = { title: textOf(title), text: textOf(text) }
    const problem = problemOf(todo)
    if (problem !== undefined) return c.html(newPage(todo, problem), 422)
    db.session.add(new Todo(todo))
    await notices.leave(c, 'added')
    return c.redirect('/', 303)
  })

  app.post('/update', async (c) => {
    const form = await c.req.parseBody()
    // Only those that differ from what was read are written.
    for (const todo of await Todo.query().all()) todo.done = `done.${todo.id}` in form
    await notices.leave(c, 'updated')
    return c.redirect('/', 303)
  })

  return app
}

function problemOf({ title, text }: { title: string; text: string }): string | undefined {
  if (title === '') return 'Please give it a title.'
  if (text === '') return 'Please say what is to be done.'
  return undefined
}

/** A field may be missing, or a file. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
