import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from 'athanor'
import { Account, blog, Tag } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** Stores an account; gives it in a session that has read them. */
async function stored({ session, sent }: TestDatabase): Promise<{ s: Session; account: Account }> {
  const writer = session()
  writer.add(new Account({ balance: '1.00' }))
  await writer.commit()
  const s = session()
  const account = await s.getOne(Account, 1)
  sent.clear()
  return { s, account }
}

for (const database of databases()) {
  describe(`versions on ${database.name}`, () => {
    // settled H12
    it('move with the row only: an object with changes is not refreshed by a query', async (t) => {
      const opened = await database.open(t, blog)
      const { s, account } = await stored(opened)
      await s.commit()
      const other = opened.session()
      const theirs = await other.getOne(Account, 1)
      theirs.balance = '5.00'
      await other.commit()
      await s.noAutoflush(async () => {
        account.balance = '2.00'
        await s.select(Account).all()
      })
      assert.equal(account.version, 1)
      await failure('STALE_DATA', ['Account#1'], () => s.commit())
      await s.rollback()
      await s.refresh(account)
      assert.deepEqual([account.version, account.balance], [2, '5.00'])
    })

    // settled H13
    it('of a form are compared at once, and with the row by the flush', async (t) => {
      const opened = await database.open(t, blog)
      const { s, account } = await stored(opened)
      await failure('STALE_DATA', ['version 7', 'version 1'], () => s.expectVersion(account, 7))
      s.expectVersion(account, 1)
      const other = opened.session()
      const theirs = await other.getOne(Account, 1)
      theirs.balance = '5.00'
      await other.commit()
      await s.refresh(account, { only: [] })
      account.balance = '2.00'
      await failure('STALE_DATA', ['version 1'], () => s.commit())
      await s.rollback()
      s.expectVersion(account, 2)
      account.balance = '3.00'
      await s.commit()
      assert.equal((await opened.session().getOne(Account, 1)).version, 3)
    })

    // settled H13
    it('of a form are left to the row where memory does not know it', async (t) => {
      const opened = await database.open(t, blog)
      const { s, account } = await stored(opened)
      const other = opened.session()
      const theirs = await other.getOne(Account, 1)
      theirs.balance = '5.00'
      await other.commit()
      await s.commit()
      s.expectVersion(account, 2)
      account.balance = '6.00'
      await s.commit()
      const hollow = opened.session()
      hollow.expectVersion(hollow.reference(Account, 1), 3)
      await failure('ARGUMENT', ['Tag', 'version()'], () => s.expectVersion(s.reference(Tag, 1), 1))
      assert.equal((await opened.session().getOne(Account, 1)).balance, '6.00')
    })

    // settled H13
    it('cannot be assigned', async (t) => {
      const opened = await database.open(t, blog)
      const { s, account } = await stored(opened)
      Object.assign(account, { version: 9 })
      await failure('ARGUMENT', ['Account.version', 'expectVersion'], () => s.commit())
      assert.deepEqual(opened.sent.kinds(), [])
    })
  })
}
