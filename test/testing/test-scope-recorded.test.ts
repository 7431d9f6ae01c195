import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Database, RecordedQuery } from 'athanor'
import { countStatements, testScope } from 'athanor/testing'
import { databases } from '../support/databases.ts'
import { Engineer, Manager, Staff, staff } from '../support/staff.ts'

const recordQueries = {
  transactions: true,
  redact: (values: readonly unknown[]) =>
    values.map((value) => (typeof value === 'string' ? '***' : value)),
}

/** A write, a savepoint, one that is rolled back, a failure and reads; gives what was recorded. */
function work(db: Database): Promise<readonly RecordedQuery[]> {
  return db.run(async (scope) => {
    const { session } = scope
    const ada = session.add(new Engineer({ name: 'secret ada', level: 1 }))
    await session.flush()
    await session.beginNested(() => {
      ada.level = 2
    })
    await session.beginNested(async () => {
      session.add(new Manager({ name: 'secret max' }))
      await session.flush()
      session.setRollbackOnly()
    })
    await session.commit()
    await session.select(Staff).where({ name: 'secret ada' }).all()
    await assert.rejects(session.sql`select secret_column`.all())
    return scope.queries
  })
}

/** What does not depend on clocks and counters. */
const spelled = (queries: readonly RecordedQuery[]): string[] =>
  queries.map(({ kind, parameters, rows, error, transactionId, location }) => {
    const values = JSON.stringify(parameters.map((set) => set.map((value) => typeof value)))
    return `${kind} ${values} ${rows} ${error !== null} ${transactionId !== null} ${location}`
  })

for (const database of databases()) {
  describe(`recorded queries in a testScope on ${database.name}`, () => {
    it('are those of the program, as they are without it, and redacted', async (t) => {
      const { db } = await database.open(t, staff, { recordQueries })
      const scope = await testScope(db)
      const { result: inTest, queries } = await countStatements(db, () => work(db))
      await scope.end()
      const plain = await work(db)
      assert.deepEqual(spelled(inTest), spelled(plain))
      assert.ok(!JSON.stringify(plain).includes('secret ') && JSON.stringify(plain).includes('***'))
      assert.ok(inTest.some(({ kind }) => kind === 'rollback to'))
      assert.deepEqual(
        queries.map(({ kind }) => kind).filter((kind) => kind !== 'other'),
        inTest.map(({ kind }) => kind).filter((kind) => kind !== 'other'),
      )
    })
  })
}
