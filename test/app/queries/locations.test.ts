import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Kysely } from 'kysely'
import type { RecordedQuery } from 'athanor'
import { databases } from '../../support/databases.ts'
import { Author, models, Post, Tag } from '../support.ts'

/** Lines of this file that end in a mark such as `// @get`: by `path:line`. */
const MARKS: ReadonlyMap<string, string> = new Map(
  readFileSync(fileURLToPath(import.meta.url), 'utf8')
    .split('\n')
    .flatMap((text, i) => {
      const mark = /\/\/ @(\w+)$/.exec(text)?.[1]
      return mark === undefined ? [] : [[`test/app/queries/locations.test.ts:${i + 1}`, mark]]
    }),
)

/** `select get`: what each statement does, and the mark of the line that it is told to come from. */
function places(queries: readonly RecordedQuery[]): string[] {
  return queries
    .filter(({ kind }) => kind !== 'other')
    .map(({ kind, location }) => {
      const line = location.replace(/:\d+$/, '')
      return `${kind} ${MARKS.get(line) ?? location}`
    })
}

for (const database of databases()) {
  describe(`locations of recorded queries on ${database.name}`, () => {
    const open = async (t: Parameters<typeof database.open>[0]) => {
      const { db } = await database.open(t, models, { recordQueries: { transactions: true } })
      await db.run(
        () => {
          const author = new Author({ name: 'Ada' })
          db.session.add(author)
          db.session.add(new Post({ title: 'one', author }))
        },
        { commit: 'onSuccess' },
      )
      return db
    }

    // web 86
    it('are the line of the program, for lazy loads, flushes and commits too', async (t) => {
      const db = await open(t)
      await db.run(async (scope) => {
        const { session } = db
        const author = await session.getOne(Author, 1) // @get
        const posts = await author.posts.load() // @lazy
        posts.add(new Post({ title: 'two' }))
        await session.select(Post.c.title).all() // @query
        await session.commit() // @commit
        await session.load([author], 'posts') // @load
        for (const post of posts) post.views += 1
        await session.flush() // @flush
        await session.rollback() // @rollback
        const found = places(scope.queries)
        const flush = found.indexOf('begin query')
        assert.ok(flush > 0, found.join())
        assert.deepEqual(found.slice(0, flush), ['select get', 'select lazy'])
        const rest = found.slice(flush)
        assert.deepEqual(rest.slice(0, 2), ['begin query', 'insert query'])
        assert.deepEqual(
          rest.filter((place) => !place.endsWith(' query')),
          [
            'commit commit',
            ...rest.filter((place) => place === 'select load'),
            'begin flush',
            'update flush',
            'rollback rollback',
          ],
        )
        assert.ok(rest.includes('select load'))
      })
    })

    // web 86
    it('are where a call was made, though it is awaited elsewhere and sent later', async (t) => {
      const db = await open(t)
      await db.run(async (scope) => {
        const { session } = db
        const calls = [
          session.get(Author, 5), // @first
          session.get(Author, 6), // @second
          session.select(Post).all(), // @third
        ]
        await turn()
        await Promise.all(calls)
        session.add(new Author({ name: 'Grace' }))
        const commit = session.commit() // @started
        await turn()
        await commit
        assert.deepEqual(places(scope.queries), [
          'select first',
          'select second',
          'select third',
          'begin started',
          'insert started',
          'commit started',
        ])
      })
    })

    it('are the block for what the end of a block sends, and the calls in it for the rest', async (t) => {
      const db = await open(t)
      await db.run(async (scope) => {
        const block = async (): Promise<void> => {
          await db.session.get(Author, 7) // @inside
          db.session.add(new Author({ name: 'Grace' }))
        }
        await db.transaction(block) // @block
        assert.deepEqual(places(scope.queries), [
          'select inside',
          'begin block',
          'insert block',
          'commit block',
        ])
      })
    })

    it('are known for statements that are sent by being awaited, streams and Kysely', async (t) => {
      const db = await open(t)
      await db.run(async (scope) => {
        const { session } = db
        await session.update(Post).set({ views: 2 }).where({ id: 1 }) // @update
        await session.insert(Author).values({ name: 'Mary' }) // @insert
        await session.deleteFrom(Author).where({ id: 99 }) // @delete
        await session.sql`select 1` // @raw
        const query = session.select(Author)
        const kysely = session.kysely as unknown as Kysely<{ author: { id: number } }>
        for await (const author of query.stream()) assert.ok(author.id > 0) // @stream
        await kysely.selectFrom('author').selectAll().execute() // @kysely
        await session.insertOrGet(Tag, [{ name: 'new' }], ['name']) // @either
        assert.deepEqual(
          places(scope.queries).filter((place) => !/^(?:begin|rollback|commit)/.test(place)),
          [
            'update update',
            'insert insert',
            'delete delete',
            'select raw',
            'select stream',
            'select kysely',
            'insert either',
            'select either',
          ],
        )
      })
    })

    it('are the end of the work for what a policy commits, and unknown where nothing of the program is on the stack', async (t) => {
      const db = await open(t)
      let ended: string[] = []
      const work = (): void => {
        db.scope.onTeardown(() => {
          ended = places(seen?.queries ?? [])
        })
        const seen: typeof db.scope | undefined = db.scope
        db.session.add(new Author({ name: 'Grace' }))
      }
      await db.run(work, { commit: 'onSuccess' }) // @run
      assert.deepEqual(ended, ['begin run', 'insert run', 'commit run'])

      const scope = db.openScope()
      scope.session.add(new Author({ name: 'Mary' }))
      const { promise, resolve } = Promise.withResolvers<void>()
      const commit = scope.session.commit.bind(scope.session)
      setImmediate(commit as () => void)
      scope.session.on('afterCommit', () => resolve())
      await promise
      assert.deepEqual(places(scope.queries), [
        'begin <unknown>',
        'insert <unknown>',
        'commit <unknown>',
      ])
      await scope.close()
    })
  })
}
