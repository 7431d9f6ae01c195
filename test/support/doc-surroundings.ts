/** A database with posts. */
const BLOG = `import { Database, Model, id, varchar } from 'athanor'
class Post extends Model({ id: id(), title: varchar(200) }) {}
const db = new Database({ url: 'sqlite::memory:', models: { Post } })
await db.createAll()
`

/** Posts `First` to the server that listens, and looks at what is stored. */
const FIRST_POST_OVER_HTTP = `const reply = await fetch(\`http://127.0.0.1:\${(server.address() as AddressInfo).port}/posts\`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ title: 'First' }),
})
reply.status // => 201
const titles = await db.run(() => db.select(Post.c.title).all())
titles // => ['First']
server.close()
await db.dispose()
`

/** A program whose application answers requests of fetch by itself. */
const fetched = (imports: string, app: string): string => `
${imports}
${BLOG}const app = ${app}
EXAMPLE
const reply = await app.request('/posts', { method: 'POST', body: JSON.stringify({ title: 'First' }) })
reply.status // => 201
const titles = await db.run(() => db.select(Post.c.title).all())
titles // => ['First']
await db.dispose()
`

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
  'src/shell/start-shell.ts': `
${BLOG}process.stdin.push('.exit\\n') // who sits at the prompt leaves at once
EXAMPLE
await db.dispose()
process.stdin.destroy()
`,
  'src/orm/session/model.ts': `
import { Model, belongsTo, id, int, varchar } from 'athanor'
class User extends Model({ id: id(), name: varchar(80) }) {}
EXAMPLE
new Post({ title: 'Hello', author: new User({ name: 'ada' }) }).excerpt() // => 'Hello'
`,
  'src/orm/session/session.ts': `
${BLOG}await db.run(async () => {
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
  'src/adapters/express/index.ts': `
import type { AddressInfo } from 'node:net'
import express from 'express'
import { athanor } from 'athanor/express'
${BLOG}const app = express()
EXAMPLE
const server = app.listen(0)
${FIRST_POST_OVER_HTTP}`,
  'src/adapters/hono/index.ts': fetched(
    "import { Hono } from 'hono'\nimport { athanor } from 'athanor/hono'",
    'new Hono()',
  ),
  'src/adapters/h3/index.ts': fetched(
    "import { H3, readBody } from 'h3'\nimport { athanor } from 'athanor/h3'",
    'new H3()',
  ),
  'src/adapters/koa/index.ts': `
import type { AddressInfo } from 'node:net'
import Koa, { type Context } from 'koa'
import { athanor } from 'athanor/koa'
${BLOG}const app = new Koa()
interface PostContext extends Context {
  readonly request: Context['request'] & { readonly body: { readonly title: string } }
}
const routes = new Map<string, (ctx: PostContext) => unknown>()
const router = { post: (path: string, handler: (ctx: PostContext) => unknown): unknown => routes.set(path, handler) }
EXAMPLE
app.use((ctx) => {
  Object.assign(ctx.request, { body: { title: 'First' } })
  return routes.get(ctx.path)?.(ctx as unknown as PostContext) as undefined
})
const server = app.listen(0)
${FIRST_POST_OVER_HTTP}`,
  'src/adapters/nestjs/athanor-module.ts': `
import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { AthanorModule } from 'athanor/nestjs'
${BLOG}class AppModule {}
EXAMPLE
await app.init()
await app.close()
await db.dispose()
`,
  'src/adapters/node/index.ts': `
import { createServer as createHttpServer, type Server, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { athanor } from 'athanor/node'
${BLOG}let server: Server | undefined
const createServer = (listener: RequestListener): Server => (server = createHttpServer(listener))
EXAMPLE
if (server === undefined) throw new Error('no server')
server.listen(0)
${FIRST_POST_OVER_HTTP}`,
}
