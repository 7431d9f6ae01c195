import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AnyEntity, ClassOf, Database } from 'athanor'
import * as blog from '../../examples/blog/database.ts'
import { Post, User } from '../../examples/blog/models.ts'
import * as koa from '../../examples/koa/database.ts'
import { Note } from '../../examples/koa/models.ts'
import * as node from '../../examples/node/database.ts'
import { Link } from '../../examples/node/models.ts'
import * as todo from '../../examples/todo/database.ts'
import { Todo } from '../../examples/todo/models.ts'
import { databases } from '../support/databases.ts'
import { addressOf, endsCleanly, start } from './support/program.ts'
import { Visitor } from './support/visitor.ts'

interface Example {
  /** Stores one object of `model`. */
  readonly write: (visitor: Visitor) => Promise<{ readonly status: number }>
  readonly model: ClassOf<AnyEntity>
  readonly createDatabase: (url: string) => Pick<Database, 'run' | 'dispose'>
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  blog: {
    ...blog,
    model: Post,
    write: async (visitor) => {
      const account = { name: 'ann', password: 'secret' }
      await visitor.post('/auth/register', account)
      await visitor.post('/auth/login', account)
      return visitor.post('/create', { title: 'A first post', body: '' })
    },
  },
  todo: {
    ...todo,
    model: Todo,
    write: (visitor) => visitor.post('/new', { title: 'Shop', text: 'bread' }),
  },
  koa: {
    ...koa,
    model: Note,
    write: (visitor) => visitor.json('POST', '/notes', { title: 'A note', text: '' }),
  },
  node: {
    ...node,
    model: Link,
    write: (visitor) => visitor.json('POST', '/', { url: 'https://example.org/' }),
  },
}

// Each program does with DATABASE_URL what all do: one of them shows it on all databases. What another process stores in a PGlite in memory is gone with it.
const [first, ...others] = databases().filter(({ name }) => name !== 'pglite')

for (const [name, { write, model, createDatabase }] of Object.entries(EXAMPLES)) {
  for (const database of name === 'blog' ? [first, ...others] : [first]) {
    if (database === undefined) continue
    it(`the program of ${name} stores in the ${database.name} that DATABASE_URL names, and ends cleanly`, async (t) => {
      const { url, release } = await database.lend()
      t.after(release)
      const program = start(t, `${name}/main.ts`, { env: { DATABASE_URL: url, PORT: '0' } })
      const { status } = await write(new Visitor(await addressOf(program)))
      assert.ok(status === 201 || status === 303, String(status))
      await endsCleanly(program)
      const db = createDatabase(url)
      const stored = await db.run(({ session }) => session.select(model).count())
      await db.dispose()
      assert.equal(stored, 1)
    })
  }
}

it('the command init-db of the blog empties its tables', async (t) => {
  if (first === undefined) return
  const { url, release } = await first.lend()
  t.after(release)
  const db = blog.createDatabase(url)
  await db.createAll()
  const user = new User({ name: 'ann', passwordHash: '' })
  await db.run(({ session }) => session.add(user), { commit: 'onSuccess' })
  const command = start(t, 'blog/init-db.ts', { env: { DATABASE_URL: url } })
  assert.equal(await command.ended, 0, command.output())
  assert.equal(command.output(), 'The tables are empty.\n')
  const left = await db.run(() => User.query().count())
  await db.dispose()
  assert.equal(left, 0)
})
