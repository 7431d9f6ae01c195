import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Session } from 'athanor'
import { Account, blog, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** Stores a user and an account; gives them in a session that has read them. */
async function stored(
  { session, sent }: TestDatabase,
  options = {},
): Promise<{ s: Session; user: User; account: Account }> {
  const writer = session()
  writer.addAll([new User({ name: 'ada' }), new Account({ balance: '1.00' })])
  await writer.commit()
  const s = session(options)
  const [user, account] = [await s.getOne(User, 1), await s.getOne(Account, 1)]
  sent.clear()
  return { s, user, account }
}

const LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  const { isolationLevels } = database.supports
  const missing = LEVELS.find((level) => !isolationLevels.includes(level))
  /** Where readers under it keep nobody from writing. */
  const oneState = isolationLevels.includes('repeatable read') ? 'repeatable read' : 'serializable'
  describe(`isolation on ${database.name}`, () => {
    // session 2.51
    it('is asked for by engine, session and transaction, and then the first statement begins', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session({ isolation: 'serializable' })
      await s.select(Tag).all()
      await s.rollback()
      assert.deepEqual(opened.sent.kinds(), ['begin', 'select', 'rollback'])
      const usual = opened.session()
      await usual.transaction(() => usual.select(Tag).all(), { isolation: 'serializable' })
      assert.deepEqual(opened.sent.kinds(), ['begin', 'select', 'commit'])
      await usual.select(Tag).all()
      assert.deepEqual(opened.sent.kinds(), ['select'])
      const strict = await database.open(t, blog, { engineOptions: { isolation: 'serializable' } })
      await strict.session().select(Tag).all()
      assert.deepEqual(strict.sent.kinds(), ['begin', 'select'])
    })

    // session 2.51
    it('is asked for by begin(), until the transaction ends', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.begin({ isolation: 'serializable' })
      await s.select(Tag).all()
      await s.commit()
      await s.select(Tag).all()
      assert.deepEqual(sent.kinds(), ['begin', 'select', 'commit', 'select'])
    })

    // session 2.52
    it('cannot be changed once the transaction has begun, and then nothing is sent', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      sent.clear()
      await failure('ILLEGAL_STATE', ['begun'], () =>
        s.transaction(() => {}, { isolation: 'serializable' }),
      )
      await failure('ILLEGAL_STATE', ['begun'], () => s.begin({ isolation: 'serializable' }))
      await s.transaction(async () => {
        await failure('ILLEGAL_STATE', ['serializable', 'outermost'], () =>
          s.transaction(() => {}, { isolation: 'serializable' }),
        )
      })
      assert.deepEqual(sent.kinds(), ['commit'])
      assert.equal(inspect(tag).state, 'persistent')
    })

    // session 2.53
    const lacking = database.needs('level that it lacks', missing !== undefined)
    it(
      'is never silently another level: one that the database lacks is an error',
      lacking,
      async (t) => {
        const { session, sent } = await database.open(t, blog)
        const s = session(missing === undefined ? {} : { isolation: missing })
        s.add(new Tag({ name: 'a' }))
        await failure('ARGUMENT', [missing ?? ''], () => s.commit())
        assert.equal(sent.count(), 0)
        assert.equal(s.isHoldingConnection, false)
      },
    )

    // session 2.54
    // settled B14
    it('autocommit sends neither BEGIN nor COMMIT, and states follow commit and rollback all the same', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session({ isolation: 'autocommit' })
      const [kept, added] = [s.add(new Tag({ name: 'a' })), new Tag({ name: 'b' })]
      await s.commit()
      assert.deepEqual([inspect(kept).state, inspect(kept).isStale], ['persistent', true])
      s.add(added)
      await s.flush()
      await s.rollback()
      assert.equal(inspect(added).state, 'transient')
      assert.deepEqual(sent.kinds(), ['insert', 'insert'])
      assert.equal(await session().select(Tag).count(), 2)
    })

    // session 2.55
    it('readOnly refuses a flush with work before any SQL, for a session and for a transaction', async (t) => {
      const opened = await database.open(t, blog)
      const { s, user } = await stored(opened, { readOnly: true })
      user.name = 'changed'
      await failure('READ_ONLY', ['read-only'], () => s.flush())
      await failure('READ_ONLY', ['read-only'], () =>
        s.insert(Tag).values({ name: 'a' }).returning().all(),
      )
      await failure('READ_ONLY', ['read-only'], () => s.sql`delete from ${Tag}`.all())
      assert.deepEqual(
        opened.sent.kinds().filter((kind) => kind !== 'delete'),
        [],
      )
      await s.rollback()
      const other = opened.session()
      const block = (): Promise<void> =>
        other.transaction(() => void other.add(new Tag({ name: 'a' })), { readOnly: true })
      await failure('READ_ONLY', ['read-only'], block)
      assert.equal(opened.sent.count(), 0)
    })

    // session 2.55
    // settled H4
    it(
      'readOnly reads on leased connections, and in one state where a level asks for it',
      several,
      async (t) => {
        const opened = await database.open(t, blog)
        const { s } = await stored(opened, { readOnly: true })
        await s.select(User).all()
        await s.sql`select 1`.all()
        assert.equal(s.isHoldingConnection, false)
        const selects = opened.sent.kinds().filter((kind) => kind === 'select')
        assert.equal(selects.length, 2)
        const snapshot = opened.session({ readOnly: true, isolation: oneState })
        assert.equal(await snapshot.select(User).count(), 1)
        const writer = opened.session()
        writer.add(new User({ name: 'bob' }))
        await writer.commit()
        assert.equal(await snapshot.select(User).count(), 1)
        assert.deepEqual(
          await snapshot.sql<{ n: number }>`select count(*) as n from ${User}`.all(),
          [{ n: 1 }],
        )
        await snapshot.rollback()
        assert.equal(await snapshot.select(User).count(), 2)
      },
    )

    // settled H5
    it('serializable refuses to change what was read before the transaction', async (t) => {
      const opened = await database.open(t, blog)
      const { s, user } = await stored(opened)
      const block = s.transaction(() => void (user.name = 'changed'), { isolation: 'serializable' })
      await failure('READ_OUTSIDE_TRANSACTION', ['User#1', 'serializable', 'inside'], () => block)
      assert.deepEqual(opened.sent.kinds(), [])
      assert.equal(user.name, 'ada')
      await s.transaction(
        async () => {
          await s.getOne(User, 1)
          user.name = 'changed'
        },
        { isolation: 'serializable' },
      )
      assert.equal((await opened.session().getOne(User, 1)).name, 'changed')
    })

    // settled H5
    it('serializable refuses it after a commit too, and of an object from another session', async (t) => {
      const opened = await database.open(t, blog)
      const { s, user } = await stored(opened, { isolation: 'serializable' })
      user.name = 'one'
      await s.commit()
      user.name = 'two'
      await failure('READ_OUTSIDE_TRANSACTION', ['User#1'], () => s.commit())
      await s.rollback()
      s.expunge(user)
      const other = opened.session({ isolation: 'serializable' })
      await other.select(Tag).all()
      other.add(user)
      user.name = 'three'
      await failure('READ_OUTSIDE_TRANSACTION', ['User#1'], () => other.flush())
    })

    // settled H5
    it('serializable lets a version take care of itself, and what is new or was read inside', async (t) => {
      const opened = await database.open(t, blog)
      const { s, account } = await stored(opened)
      await s.transaction(
        async () => {
          account.balance = '2.00'
          const tag = s.add(new Tag({ name: 'a' }))
          await s.flush()
          tag.name = 'b'
          const [user] = await s.select(User).all()
          assert.ok(user !== undefined)
          user.email = 'ada@example.org'
        },
        { isolation: 'serializable' },
      )
      const reader = opened.session()
      assert.deepEqual(
        [(await reader.getOne(Account, 1)).balance, (await reader.getOne(Tag, 1)).name],
        ['2.00', 'b'],
      )
    })
  })
}
