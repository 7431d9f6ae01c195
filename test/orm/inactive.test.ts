import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { inspect, PendingRollbackError, UniqueViolationError, type Session } from 'athanor'
import { blog, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A session whose transaction was ended by a flush: there was a tag "taken" before. */
async function failedSession({
  session,
  sent,
}: TestDatabase): Promise<{ s: Session; user: User; clash: Tag }> {
  const s = session()
  s.add(new Tag({ name: 'taken' }))
  const user = s.add(new User({ name: 'ada' }))
  await s.commit()
  user.name = 'changed'
  await s.flush()
  const clash = s.add(new Tag({ name: 'taken' }))
  sent.clear()
  await assert.rejects(s.flush(), UniqueViolationError)
  return { s, user, clash }
}

/** Warnings with this code that are emitted while the test runs. */
function warnings(t: TestContext, code: string): string[] {
  const messages: string[] = []
  const note = (warning: Error): void => {
    if (Reflect.get(warning, 'code') === code) messages.push(warning.message)
  }
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  return messages
}

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  const { errorsFailTransactions, hasInsertOrRollback } = database.facts
  const lasting = database.needs('transactions that outlive an error', !errorsFailTransactions)
  const failing = database.needs('transactions that fail with an error', errorsFailTransactions)
  const orRollback = database.needs('INSERT OR ROLLBACK', hasInsertOrRollback)
  describe(`an inactive transaction on ${database.name}`, () => {
    // session 2.41
    it('is rolled back already, and refuses all but its rollback, each time with the first error', async (t) => {
      const opened = await database.open(t, blog)
      const { s } = await failedSession(opened)
      assert.deepEqual(opened.sent.kinds(), ['insert', 'rollback'])
      assert.equal(s.isHoldingConnection, false)
      const uses = [
        () => s.select(Tag).all(),
        () => s.get(Tag, 99),
        () => s.flush(),
        () => s.begin(),
        () => s.commit(),
        () => s.beginNested(() => {}),
        () => s.transaction(() => {}),
        () => s.sql`select 1`.all(),
        () => s.commit(),
      ]
      for (const use of uses) {
        const error = await failure('PENDING_ROLLBACK', ['name', 'rollback()'], use)
        assert.ok(
          error instanceof PendingRollbackError && error.cause instanceof UniqueViolationError,
        )
      }
      assert.equal(opened.sent.count(), 0)
      await s.rollback()
      assert.equal(await s.select(Tag).count(), 1)
    })

    // session 2.41
    it('has its objects where they stood', async (t) => {
      const opened = await database.open(t, blog)
      const { s, user, clash } = await failedSession(opened)
      assert.deepEqual([user.name, inspect(user).state], ['ada', 'persistent'])
      assert.deepEqual(
        [clash.name, inspect(clash).state, s.has(clash)],
        ['taken', 'transient', false],
      )
    })

    // session 2.42
    it('can be left by rollback, expunge and close, and its objects can be read', async (t) => {
      const opened = await database.open(t, blog)
      const { s, user } = await failedSession(opened)
      assert.equal(user.shout, 'ADA')
      s.expunge(user)
      assert.equal(inspect(user).state, 'detached')
      await s.rollback()
      s.add(new Tag({ name: 'next' }))
      await s.commit()
      const other = await failedSession(await database.open(t, blog))
      await other.s.close()
      assert.equal(other.s.isClosed, true)
    })

    // session 2.43
    it('discards what is changed in it, with a warning that names the objects', async (t) => {
      const messages = warnings(t, 'ATHANOR_DISCARDED')
      const opened = await database.open(t, blog)
      const { s, user } = await failedSession(opened)
      user.email = 'ada@example.org'
      const tag = s.add(new Tag({ name: 'late' }))
      await s.rollback()
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(messages.length, 1)
      assert.ok(
        messages[0]?.includes(`User#${user.id}`) && messages[0].includes('Tag'),
        messages[0],
      )
      assert.deepEqual([user.email, inspect(tag).state], [null, 'transient'])
    })

    // session 2.43
    it('warns of nothing when nothing was changed in it', async (t) => {
      const messages = warnings(t, 'ATHANOR_DISCARDED')
      const { s } = await failedSession(await database.open(t, blog))
      await s.rollback()
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(messages, [])
    })

    // session 2.44
    it(
      'is not made by a statement that fails and leaves the transaction open',
      lasting,
      async (t) => {
        const { session, sent } = await database.open(t, blog)
        const s = session()
        const tag = s.add(new Tag({ name: 'a' }))
        await s.flush()
        await assert.rejects(
          Promise.resolve(s.insert(Tag).values({ name: 'a' })),
          UniqueViolationError,
        )
        assert.equal(inspect(tag).state, 'persistent')
        await s.commit()
        assert.deepEqual(sent.kinds(), ['begin', 'insert', 'insert', 'commit'])
      },
    )

    // session 2.44
    it('is made by a statement that fails and its transaction with it', failing, async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      await assert.rejects(
        Promise.resolve(s.insert(Tag).values({ name: 'a' })),
        UniqueViolationError,
      )
      assert.equal(inspect(tag).state, 'transient')
      const error = await failure('PENDING_ROLLBACK', [], () => s.select(Tag).all())
      assert.ok(error.cause instanceof UniqueViolationError)
      await s.rollback()
      assert.equal(await s.select(Tag).count(), 0)
    })

    // session 2.45
    it(
      'is made by a statement with which the database ends the transaction',
      orRollback,
      async (t) => {
        const opened = await database.open(t, blog)
        const s = opened.session()
        s.add(new Tag({ name: 'taken' }))
        await s.commit()
        const tag = s.add(new Tag({ name: 'lost' }))
        await s.flush()
        await assert.rejects(
          s.sql`insert or rollback into tag (name) values (${'taken'})`.all(),
          UniqueViolationError,
        )
        assert.equal(inspect(tag).state, 'transient')
        const error = await failure('PENDING_ROLLBACK', [], () => s.select(Tag).all())
        assert.ok(error.cause instanceof UniqueViolationError)
        await s.rollback()
        assert.deepEqual(await s.select(Tag.c.name).all(), ['taken'])
      },
    )

    // session 2.45
    it('is made in a savepoint too, for the whole transaction', orRollback, async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const outer = s.add(new Tag({ name: 'taken' }))
      await s.flush()
      const block = s.beginNested(async () => {
        await s.sql`insert or rollback into tag (name) values (${'taken'})`.all()
      })
      await assert.rejects(block, UniqueViolationError)
      assert.equal(inspect(outer).state, 'transient')
      await failure('PENDING_ROLLBACK', [], () => s.commit())
      await s.rollback()
      assert.equal(await s.select(Tag).count(), 0)
    })

    it('is made by a lost connection, in a savepoint too', several, async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const held: { close(): unknown }[] = []
      using _ = db.engine.events.on('checkout', ({ connection }) => held.push(connection))
      const outer = s.add(new Tag({ name: 'outer' }))
      const block = s.beginNested(async () => {
        s.add(new Tag({ name: 'inner' }))
        await held.at(-1)?.close()
        await s.flush()
      })
      await assert.rejects(block)
      assert.equal(inspect(outer).state, 'transient')
      await failure('PENDING_ROLLBACK', [], () => s.commit())
      await s.rollback()
      s.add(outer)
      await s.commit()
      assert.deepEqual(await session().select(Tag.c.name).all(), ['outer'])
    })

    // session 4.44
    it('is what operations find that were called before the error', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'taken' }))
      await s.commit()
      s.add(new Tag({ name: 'taken' }))
      const [flush, query, commit] = await Promise.allSettled([
        s.flush(),
        s.select(Tag).all(),
        s.commit(),
      ])
      assert.ok(flush.status === 'rejected' && flush.reason instanceof UniqueViolationError)
      for (const result of [query, commit]) {
        assert.ok(result.status === 'rejected' && result.reason instanceof PendingRollbackError)
        assert.equal(result.reason.cause, flush.reason)
      }
    })
  })
}
