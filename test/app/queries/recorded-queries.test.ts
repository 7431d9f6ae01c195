import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordedQuery } from 'athanor'
import { databases } from '../../support/databases.ts'
import { Author, models, Post } from '../support.ts'

const kinds = (queries: readonly RecordedQuery[]): string[] => queries.map(({ kind }) => kind)

for (const database of databases()) {
  describe(`recorded queries on ${database.name}`, () => {
    // web 82
    it('are off unless asked for, in order, empty without statements, and gone with the scope', async (t) => {
      const off = await database.open(t, models, { diagnostics: true })
      await off.db.run(async (scope) => {
        await off.db.select(Post).all()
        assert.deepEqual(scope.queries, [])
      })

      const { db } = await database.open(t, models, { recordQueries: true })
      let atTeardown: readonly RecordedQuery[] = []
      const scope = await db.run(async (own) => {
        assert.deepEqual(own.queries, [])
        own.onTeardown(() => {
          atTeardown = own.queries
        })
        await db.select(Post).all()
        db.session.add(new Author({ name: 'Ada' }))
        await db.session.flush()
        await db.session.select(Author).count()
        assert.deepEqual(kinds(own.queries), ['select', 'insert', 'select'])
        return own
      })
      assert.deepEqual(kinds(atTeardown), ['select', 'insert', 'select'])
      assert.deepEqual(scope.queries, [])
      await db.run((next) => assert.deepEqual(next.queries, []))
    })

    // web 83
    // settled B29
    it('say what was sent, when, where from and what came of it', async (t) => {
      const { db } = await database.open(t, models, { recordQueries: true })
      await db.run(async (scope) => {
        const before = performance.now()
        const query = db.session.select(Author).where({ name: 'Ada' })
        await query.all()
        await query.all()
        db.session.add(new Author({ name: 'Ada' }))
        await db.session.flush()
        await query.all()
        const after = performance.now()
        const [first, second, insert, inside] = scope.queries
        assert.ok(first && second && insert && inside)
        assert.match(first.statement, /^select .* = (?:\?|\$1|cast\(\? as .*\))$/)
        assert.deepEqual(first.parameters, [['Ada']])
        assert.deepEqual(
          [first.cached, second.cached, first.rows, inside.rows, insert.rows],
          [false, true, 0, 1, 1],
        )
        assert.deepEqual([first.engine, first.kind, first.error], ['default', 'select', null])
        assert.equal(first.transactionId, null)
        assert.equal(typeof insert.transactionId, 'number')
        assert.equal(inside.transactionId, insert.transactionId)
        for (const { startTime, endTime, durationMs, location } of scope.queries) {
          assert.ok(before <= startTime && startTime <= endTime && endTime <= after)
          assert.equal(durationMs, endTime - startTime)
          assert.match(location, /recorded-queries\.test\.ts:\d+:\d+$/)
        }
        await db.session.commit()
        db.session.add(new Author({ name: 'Grace' }))
        await db.session.flush()
        assert.notEqual(scope.queries.at(-1)?.transactionId, insert.transactionId)
        assert.equal(scope.queries.at(-1)?.cached, true)
      })
    })

    // web 83
    it('are one entry for all parameter sets of a flush', async (t) => {
      const { db } = await database.open(t, models, { recordQueries: true })
      await db.run(async (scope) => {
        const authors = ['Ada', 'Grace', 'Mary'].map((name) => new Author({ name }))
        db.session.addAll(authors)
        await db.session.commit()
        const [insert, ...others] = scope.queries
        assert.deepEqual(insert?.parameters.flat(), ['Ada', 'Grace', 'Mary'])
        assert.deepEqual([insert?.rows, others], [3, []])
        const ids = authors.map((author) => author.id)
        for (const author of authors) author.name += '!'
        await db.session.commit()
        const updates = scope.queries.slice(1)
        assert.deepEqual(
          updates.map(({ parameters, rows }) => [parameters, rows]),
          [
            [
              [
                ['Ada!', ids[0]],
                ['Grace!', ids[1]],
                ['Mary!', ids[2]],
              ],
              3,
            ],
          ],
        )
        const [last] = authors
        assert.ok(last)
        for (const name of ['one', 'two']) {
          last.name = name
          await db.session.flush()
        }
        assert.equal(scope.queries.length, 4, 'flushes of their own are entries of their own')
      })
    })

    // web 84
    it('contain what failed, with its error', async (t) => {
      const { db } = await database.open(t, models, { recordQueries: true })
      await db.run(async (scope) => {
        db.session.addAll([new Post({ title: 'twice' }), new Post({ title: 'twice' })])
        const error = await db.session.flush().catch((thrown: unknown) => thrown)
        await db.session.rollback()
        assert.deepEqual(
          scope.queries.map(({ kind, error: recorded }) => [kind, recorded]),
          [['insert', error]],
        )
        await assert.rejects(db.session.sql`select nothing_that_is`.all())
        assert.equal(scope.queries.at(-1)?.kind, 'select')
        assert.ok(scope.queries.at(-1)?.error instanceof Error)
      })
    })

    // web 84
    it('contain BEGIN, COMMIT and savepoints where that is asked for', async (t) => {
      const work = async (transactions: boolean): Promise<string[]> => {
        const { db } = await database.open(t, models, { recordQueries: { transactions } })
        return db.run(async (scope) => {
          await db.transaction(
            async (session) => {
              session.add(new Author({ name: 'Ada' }))
              await session.flush()
              await db.transaction((inner) => {
                inner.add(new Author({ name: 'Grace' }))
              })
            },
            database.supports.isolationLevels.includes('serializable')
              ? { isolation: 'serializable' }
              : {},
          )
          return kinds(scope.queries).filter((kind) => kind !== 'other')
        })
      }
      assert.deepEqual(await work(false), ['insert', 'insert'])
      assert.deepEqual(await work(true), [
        'begin',
        'insert',
        'savepoint',
        'insert',
        'release',
        'commit',
      ])
    })

    // web 85
    it('of an inner scope are its own, and in the outer list only where that is asked for', async (t) => {
      const work = async (includeNested: boolean): Promise<string[][]> => {
        const { db } = await database.open(t, models, { recordQueries: { includeNested } })
        return db.run(async (outer) => {
          await db.select(Post).all()
          const inner = await db.run(async (scope) => {
            await db.select(Author).count()
            return scope.queries.map(({ location }) => location)
          })
          const fork = outer.fork()
          await fork.select(Author).exists()
          return [outer.queries.map(({ location }) => location), inner]
        })
      }
      const [outer, inner] = await work(false)
      assert.deepEqual([outer?.length, inner?.length], [2, 1])
      assert.ok(!outer?.includes(inner?.[0] ?? ''))
      const [all, nested] = await work(true)
      assert.deepEqual([all?.length, nested?.length], [3, 1])
      assert.equal(all?.[1], nested?.[0])
    })

    // session 7.9
    it('have those of connections without a session, and of sessions without a scope', async (t) => {
      const { db } = await database.open(t, models, { recordQueries: true })
      await db.run(async (scope) => {
        const connection = await db.engine.connect({ intent: 'read' })
        await connection.execute({ sql: 'select 41', parameters: [] })
        connection.close()
        await using session = db.createSession()
        await session.select(Post).count()
        assert.deepEqual(
          scope.queries.map(({ kind, cached }) => [kind, cached]),
          [
            ['select', false],
            ['select', false],
          ],
        )
      })
    })
  })
}
