import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SerializationError, UniqueViolationError } from 'athanor'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from '../orm/support.ts'

for (const database of databases()) {
  describe(`scope.afterCommit on ${database.name}`, () => {
    // web 93
    it('is dropped with what it belongs to: a transaction, or a savepoint that was rolled back', async (t) => {
      const { db } = await database.open(t, blog)
      const ran: string[] = []
      await db.run(async (scope) => {
        const { session } = scope
        const note = (what: string): void => scope.afterCommit(() => ran.push(what))
        session.add(new Tag({ name: 'a' }))
        note('outer')
        const failing = session.beginNested(async () => {
          note('lost')
          await session.beginNested(() => note('released, and lost all the same'))
          throw new Error('no')
        })
        await assert.rejects(failing, /no/)
        await session.beginNested(() => note('released'))
        assert.deepEqual(ran, [])
        await session.commit()
        assert.deepEqual(ran.splice(0), ['outer', 'released'])

        note('rolled back')
        await session.rollback()
        note('reset')
        await session.reset()
        note('of a commit that fails')
        session.add(new Tag({ name: 'a' }))
        await assert.rejects(session.commit(), UniqueViolationError)
        await session.rollback()
        await session.commit()
        assert.deepEqual(ran, [])
      })
    })

    // web 93
    it('runs once for a transaction that was replayed, and cannot use the session', async (t) => {
      const { db } = await database.open(t, blog)
      const ran: number[] = []
      let runs = 0
      await db.run((scope) =>
        db.transaction(
          async (session) => {
            const run = (runs += 1)
            scope.afterCommit(async () => {
              await failure('ILLEGAL_STATE', ['afterCommit', 'db.run()'], () => session.flush())
              ran.push(run)
            })
            session.add(new Tag({ name: 'a' }))
            await session.flush()
            if (run < 3) throw new SerializationError('Two transactions met.')
          },
          { retry: 2 },
        ),
      )
      assert.deepEqual(ran, [3])
      await db.run(async () => {
        await using session = db.createSession()
        session.afterCommit(() => ran.push(4))
        await session.commit()
      })
      assert.deepEqual(ran, [3, 4])
    })
  })
}
