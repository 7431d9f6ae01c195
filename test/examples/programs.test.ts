import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../support/databases.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { addressOf, endsCleanly, start } from './support/program.ts'
import { Visitor } from './support/visitor.ts'

interface Example {
  /** Stores something. */
  readonly write: (visitor: Visitor) => Promise<{ readonly status: number }>
  /** Where it is seen, and how. */
  readonly path: string
  readonly shows: RegExp
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  blog: {
    write: async (visitor) => {
      const account = { name: 'ann', password: 'secret' }
      await visitor.post('/auth/register', account)
      await visitor.post('/auth/login', account)
      return visitor.post('/create', { title: 'A first post', body: '' })
    },
    path: '/',
    shows: /A first post/,
  },
  todo: {
    write: (visitor) => visitor.post('/new', { title: 'Shop', text: 'bread' }),
    path: '/',
    shows: /bread/,
  },
  koa: {
    write: (visitor) => visitor.json('POST', '/notes', { title: 'A note', text: '' }),
    path: '/notes/1',
    shows: /A note/,
  },
  node: {
    write: (visitor) => visitor.json('POST', '/', { url: 'https://example.org/' }),
    path: '/nothing',
    shows: /There is no such link/,
  },
}

// Each program does with DATABASE_URL what all do: one of them shows it on all databases. In another process a PGlite in memory takes seconds to start.
const [first, ...others] = databases().filter(({ name }) => name !== 'pglite')

for (const [name, example] of Object.entries(EXAMPLES)) {
  for (const database of name === 'blog' ? [first, ...others] : [first]) {
    if (database === undefined) continue
    it(`the program of ${name} stores in ${database.name} what lasts, and ends cleanly`, async (t) => {
      const { url, release } = await database.lend()
      t.after(release)
      const env = { DATABASE_URL: url, PORT: '0' }
      const program = start(t, `${name}/main.ts`, { env })
      const { status } = await example.write(new Visitor(await addressOf(program)))
      assert.ok(status === 201 || status === 303, String(status))
      await endsCleanly(program, 'SIGTERM')
      const again = start(t, `${name}/main.ts`, { env })
      const { body } = await new Visitor(await addressOf(again)).get(example.path)
      assert.match(body, example.shows)
      await endsCleanly(again, 'SIGINT')
    })
  }
}

describe('the command init-db of the blog', () => {
  it('empties the tables', async (t) => {
    const env = { DATABASE_URL: `sqlite:${join(temporaryFolder(t), 'blog.db')}`, PORT: '0' }
    const before = start(t, 'blog/main.ts', { env })
    await EXAMPLES['blog']?.write(new Visitor(await addressOf(before)))
    await endsCleanly(before)
    const command = start(t, 'blog/init-db.ts', { env })
    assert.equal(await command.ended, 0)
    assert.equal(command.output(), 'The tables are empty.\n')
    const after = start(t, 'blog/main.ts', { env })
    const { body } = await new Visitor(await addressOf(after)).get('/')
    assert.match(body, /Nobody has written anything yet/)
    await endsCleanly(after)
  })
})
