import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RecordQueriesOptions } from 'athanor'
import { Author, Database, models, open, Post, Tag } from '../support.ts'

describe('the option recordQueries', () => {
  // web 87
  it('keeps the last statements of a scope: 1 000, or as many as it says', async (t) => {
    const small = await open(t, { recordQueries: { limit: 3, repeats: 0 } })
    await small.db.run(async (scope) => {
      for (let key = 1; key <= 5; key += 1) await small.db.session.get(Author, key)
      assert.deepEqual(
        scope.queries.map(({ parameters }) => parameters),
        [[[3]], [[4]], [[5]]],
      )
    })
    const usual = await open(t, { recordQueries: { repeats: 0 } })
    await usual.db.run(async (scope) => {
      for (let key = 1; key <= 1_001; key += 1) await usual.db.session.get(Author, key)
      assert.deepEqual([scope.queries.length, scope.queries[0]?.parameters], [1_000, [[2]]])
    })
  })

  // web 87
  it('keeps of the values what redact gives, and none when that fails', async (t) => {
    const redact: RecordQueriesOptions['redact'] = (parameters, { statement, engine }) => {
      assert.equal(engine, 'default')
      if (statement.includes('"post"')) throw new Error('the redaction is broken')
      if (statement.includes('"tag"')) return Promise.resolve([]) as never
      return parameters.map((value) => (typeof value === 'string' ? '***' : value))
    }
    const { db, log } = await open(t, { recordQueries: { redact } })
    await db.run(async (scope) => {
      await db.session.select(Author).where({ name: 'secret', id: 7 }).all()
      await db.session.select(Post).where({ title: 'secret' }).all()
      await db.session.select(Tag).where({ name: 'secret' }).all()
      assert.deepEqual(
        scope.queries.map(({ parameters }) => parameters),
        [[['***', 7]], [[]], [[]]],
      )
      assert.ok(!JSON.stringify(scope.queries).includes('secret'))
    })
    assert.deepEqual(
      log.of('ATHANOR_LISTENER').map(({ facts }) => (facts['err'] as Error).message),
      ['the redaction is broken', 'it gave no list of values'],
    )
  })

  it('gives a toolbar a list that can be written as JSON, whatever was bound', async (t) => {
    const { db } = await open(t, { recordQueries: true })
    await db.run(async (scope) => {
      await db.session.sql`select ${12n} as n, ${Uint8Array.of(1, 2, 3)} as b`.all()
      await assert.rejects(db.session.sql`select nothing`.all())
      const [written, failed] = JSON.parse(JSON.stringify(scope.queries)) as Record<
        string,
        unknown
      >[]
      assert.deepEqual(Object.keys(written ?? {}).toSorted(), [
        'cached',
        'durationMs',
        'endTime',
        'engine',
        'error',
        'kind',
        'location',
        'parameters',
        'rows',
        'startTime',
        'statement',
        'transactionId',
      ])
      assert.deepEqual(written?.['parameters'], [['12', '<3 bytes>']])
      assert.match(String(failed?.['error']), /^ProgrammingError: .*nothing/)
      assert.match(String(failed?.['location']), /recording-options\.test\.ts:\d+:\d+$/)
    })
  })

  it('refuses what it does not know', () => {
    const failure = (recordQueries: unknown): Error & { code?: string } => {
      try {
        void new Database({
          url: 'sqlite::memory:',
          models,
          recordQueries: recordQueries as RecordQueriesOptions,
        })
      } catch (error) {
        return error as Error
      }
      throw new assert.AssertionError({ message: 'nothing was thrown' })
    }
    assert.match(failure({ limits: 5 }).message, /"limits" of recordQueries\. Did you mean "limit"/)
    assert.equal(failure({ limits: 5 }).code, 'UNKNOWN_OPTION')
    for (const wrong of ['yes', 1, null, { limit: 0 }, { repeats: -1 }, { redact: true }])
      assert.equal(failure(wrong).code, 'CONFIGURATION', JSON.stringify(wrong))
  })

  it('holds for an application of its own where initApp says so', async (t) => {
    const { db } = await open(t)
    const app = {}
    db.initApp(app, { url: 'sqlite::memory:', recordQueries: true })
    await db.run((scope) => assert.deepEqual(scope.queries, []), { app })
    await db.run(
      async (scope) => {
        await db.createAll()
        assert.ok(scope.queries.length > 0)
      },
      { app },
    )
  })
})
