import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countStatements } from 'athanor/testing'
import { Author, models, Post } from '../app/support.ts'
import { databases } from '../support/databases.ts'

for (const database of databases()) {
  describe(`countStatements on ${database.name}`, () => {
    it('counts what a function sent, without recordQueries', async (t) => {
      const { db } = await database.open(t, models)
      await db.run(() => db.select(Post).all())
      const counted = await countStatements(db, () =>
        db.run(
          async () => {
            db.session.add(new Author({ name: 'Ada' }))
            await db.session.commit()
            return db.session.select(Author).count()
          },
          { isolation: 'serializable' },
        ),
      )
      assert.equal(counted.result, 1)
      assert.equal(counted.count, 2)
      assert.deepEqual(counted.kinds.slice(0, 3), ['begin', 'insert', 'commit'])
      assert.deepEqual(
        counted.queries
          .filter(({ kind }) => kind === 'insert')
          .map(({ location, parameters }) => [location.replace(/:.*/, ''), parameters]),
        [['test/testing/count-statements.test.ts', [['Ada']]]],
      )
      const { count } = await countStatements(db, () => db.select(Post))
      assert.equal(count, 0)
    })

    it('counts relations of many objects as one statement', async (t) => {
      const { db } = await database.open(t, models)
      await db.run(
        () => {
          for (let i = 0; i < 100; i += 1) db.session.add(new Author({ name: `${i}` }))
        },
        { commit: 'onSuccess' },
      )
      const { count } = await countStatements(db, () =>
        db.run(async () => {
          for (const author of await db.select(Author).all()) await author.posts.load()
        }),
      )
      assert.equal(count, 2)
    })

    it('counts those of a scope and of the scopes inside it, and no others', async (t) => {
      const { db } = await database.open(t, models)
      await using other = db.openScope()
      const { count, queries } = await db.run((scope) =>
        countStatements(scope, async () => {
          await db.select(Post).all()
          await db.run(() => db.select(Author).count())
          await other.session.select(Author).all()
        }),
      )
      assert.equal(count, 2)
      assert.deepEqual(
        queries.map(({ rows }) => rows),
        [0, 1],
      )
    })

    it('passes on what the function throws, and hears nothing afterwards', async (t) => {
      const { db } = await database.open(t, models)
      const failure = new Error('the work failed')
      await assert.rejects(
        countStatements(db, () => {
          throw failure
        }),
        failure,
      )
      assert.equal(db.engine.events.has('statement'), true, 'the test itself listens')
      const counted = await countStatements(db, () => 1)
      await db.run(() => db.select(Post).all())
      assert.deepEqual([counted.count, counted.queries], [0, []])
      assert.equal(db.application.calls, undefined)
    })
  })
}
