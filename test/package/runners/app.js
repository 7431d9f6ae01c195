import { Database, Model, id, varchar } from 'athanor'
import { athanor } from 'athanor/fastify'
import fastify from 'fastify'

export class User extends Model({ id: id(), name: varchar(80).unique() }) {}

/** The one of the application; its tests use it too. */
export const db = new Database({ url: process.env['DATABASE_URL'], models: { User } })

export function createApp() {
  const app = fastify()
  app.register(athanor, { db, commit: 'onSuccess' })
  app.post('/users', async (request, reply) => {
    const user = db.session.add(new User({ name: request.body.name }))
    reply.code(201)
    return { name: user.name }
  })
  app.get('/users', () => db.select(User.c.name).all())
  return app
}
