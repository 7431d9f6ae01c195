/**
 * What the reader of a doc comment takes for granted: source file -> program with `EXAMPLE` where its example stands.
 *
 * The examples of pages, and of source files that are missing here, are whole programs.
 */
export const SURROUNDINGS: Readonly<Record<string, string>> = {
  'src/database.ts': `
import { Database, Model, id, varchar } from 'athanor'
class Post extends Model({ id: id(), title: varchar(200) }) {}
EXAMPLE
await db.dispose()
`,
  'src/orm/session/model.ts': `
import { Model, belongsTo, id, int, varchar } from 'athanor'
class User extends Model({ id: id(), name: varchar(80) }) {}
EXAMPLE
new Post({ title: 'Hello', author: new User({ name: 'ada' }) }).excerpt() // => 'Hello'
`,
  'src/orm/session/session.ts': `
import { Database, Model, id, varchar } from 'athanor'
class Post extends Model({ id: id(), title: varchar(200) }) {}
const db = new Database({ url: 'sqlite::memory:', models: { Post } })
await db.createAll()
await db.run(async () => {
  db.session.add(new Post({ title: 'Good' }))
  await db.session.commit()
})
await db.run(async () => {
EXAMPLE
})
const stored = await db.run(() => db.session.getOne(Post, 1))
stored.title // => 'Better'
await db.dispose()
`,
  'src/adapters/fastify/index.ts': `
import Fastify from 'fastify'
import { Database, Model, id, varchar } from 'athanor'
import { athanor } from 'athanor/fastify'
class Post extends Model({ id: id(), title: varchar(200) }) {}
const db = new Database({ url: 'sqlite::memory:', models: { Post } })
await db.createAll()
const app = Fastify()
EXAMPLE
const reply = await app.inject({ method: 'POST', url: '/posts', body: { title: 'Hello' } })
reply.statusCode // => 201
const titles = await db.run(() => db.select(Post.c.title).all())
titles // => ['Hello']
await app.close()
`,
}
