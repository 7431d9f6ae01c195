// Run by bundle.test.ts, as it is and as a minified bundle: prints what it made of the database and what it answered.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  belongsTo,
  Database,
  hasMany,
  id,
  int,
  manyToMany,
  Model,
  timestamp,
  varchar,
} from 'athanor'
import { athanor } from 'athanor/node'

class BlogPost extends Model({
  id: id(),
  title: varchar(80).unique(),
  authorId: int().nullable(),
  writtenAt: timestamp().nullable(),
  author: () => belongsTo(Author),
  tags: () => manyToMany(Tag, { through: 'post_tags' }),
}) {
  get heading(): string {
    return `# ${this.title}`
  }
}
class Author extends Model({
  id: id(),
  name: varchar(80),
  posts: () => hasMany(BlogPost, 'author'),
}) {}
class Tag extends Model({
  id: id(),
  name: varchar(40).unique(),
  posts: () => manyToMany(BlogPost, { inverse: 'tags' }),
}) {}
class HTTPLog extends Model({ id: id(), line: varchar(80) }, { bind: 'logs' }) {}

const db = new Database({
  url: 'sqlite::memory:',
  engines: { logs: 'sqlite+better-sqlite3::memory:' },
  models: { BlogPost, Author, Tag, HTTPLog },
})
async function main(): Promise<void> {
  await db.createAll()

  const server = createServer(
    athanor(db, { commit: 'onSuccess' })(async (request, response) => {
      if (request.method === 'POST') {
        const author = new Author({ name: 'Ada' })
        const post = db.session.add(new BlogPost({ title: 'First', author }))
        post.tags.add(new Tag({ name: 'news' }))
        db.session.add(new HTTPLog({ line: 'POST' }))
      }
      const posts = await db.select(BlogPost).with('author', 'tags').all()
      const headings = posts.map(({ heading }) => heading)
      const unknown = await db.getOr404(BlogPost, 99).catch((error: Error) => error.message)
      response.end(JSON.stringify({ posts, headings, unknown, inspected: String(posts[0]) }))
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answers = []
  for (const method of ['GET', 'POST', 'POST', 'GET']) {
    const response = await fetch(url, { method })
    answers.push([response.status, await response.text()])
  }
  server.close()
  const tables: unknown[] = []
  for (const engine of ['default', 'logs'])
    await db.run(async ({ session }) => {
      tables.push(
        await session.sql({ engine })`select name, sql from sqlite_master order by name`.all(),
      )
    })
  await db.dispose()
  process.stdout.write(JSON.stringify({ tables, answers }, null, 1))
}

void main()
