import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { databases } from '../../support/databases.ts'
import { Author, Log, models, Post } from '../support.ts'

const warnings = (log: Log): string[] =>
  log.of('ATHANOR_REPEATED_STATEMENT').map(({ message }) => message)

for (const database of databases()) {
  describe(`repeated statements on ${database.name}`, () => {
    // web 87
    it('are told once, with the statement, the count, the place and what to do', async (t) => {
      const logger = new Log()
      const { db } = await database.open(t, models, { recordQueries: true, logger })
      const loadOneByOne = async (keys: number): Promise<void> => {
        for (let key = 1; key <= keys; key += 1) await db.session.get(Author, key)
      }
      await db.run(() => loadOneByOne(9), { name: 'GET /few' })
      assert.deepEqual(warnings(logger), [])
      await db.run(() => loadOneByOne(25), { name: 'GET /many' })
      await db.run(() => loadOneByOne(25), { name: 'GET /many' })
      const [message, ...more] = warnings(logger)
      assert.match(
        message ?? '',
        /^"GET \/many" has sent the same statement 10 times on engine "default", the last time at test\/app\/queries\/repeated-statements\.test\.ts:\d+:\d+: select .*\. Load the rows together: .*with\('name'\).*session\.load/,
      )
      assert.deepEqual(more, [])
    })

    it('are told by the name of the route, though it was known only behind the first statement', async (t) => {
      const logger = new Log()
      const { db } = await database.open(t, models, { recordQueries: { repeats: 2 }, logger })
      let name = 'GET /authors/7'
      const scope = db.openScope(
        {},
        {
          settings: () => ({ name }),
          statusOf: () => 200,
          pageQuery: () => ({}),
          firstUse() {},
        },
      )
      await scope.run(() => db.session.get(Author, 1))
      name = 'GET /authors/:id'
      scope.rereadSettings()
      await scope.run(() => db.session.get(Author, 2))
      await scope.close()
      assert.match(warnings(logger)[0] ?? '', /^"GET \/authors\/:id" has sent/)
    })

    it('are told of writes, but not of the parts of one flush', async (t) => {
      const logger = new Log()
      const { db } = await database.open(t, models, { recordQueries: { repeats: 3 }, logger })
      await db.run(async () => {
        const posts = Array.from({ length: 8 }, (_, i) => new Post({ title: `${i}` }))
        db.session.addAll(posts)
        await db.session.commit()
        for (const post of posts) post.views = 1
        await db.session.commit()
        assert.deepEqual(warnings(logger), [])
        for (const post of posts) {
          post.views = 2
          await db.session.flush()
        }
        await db.session.commit()
      })
      assert.equal(warnings(logger).length, 1)
      assert.match(warnings(logger)[0] ?? '', /3 times .* update .*\. Write the rows together/)
    })

    it('do not count what one load sends in several parts, nor other statements', async (t) => {
      const logger = new Log()
      const { db } = await database.open(t, models, { recordQueries: { repeats: 2 }, logger })
      await db.run(async () => {
        const authors = Array.from({ length: 1_001 }, (_, i) => new Author({ name: `${i}` }))
        db.session.addAll(authors)
        await db.session.commit()
      })
      await db.run(async (scope) => {
        const authors = await db.session.select(Author).with('posts').all()
        assert.equal(authors.length, 1_001)
        assert.ok(scope.queries.length >= 3, 'keys are loaded 500 at a time')
        for (let i = 0; i < 5; i += 1) await db.session.sql`select 1`.all()
      })
      assert.deepEqual(warnings(logger), [])
    })
  })
}
