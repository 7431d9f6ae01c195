import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Account, blog } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  describe(`a version column on ${database.name}`, () => {
    // session 3.28
    it('begin with 1 and grow by one with each UPDATE, which asks for the old one', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      assert.equal(account.version, 1)
      sent.clear()
      account.balance = '2'
      await s.flush()
      account.balance = '3'
      await s.commit()
      const updates = sent.events
        .filter(({ kind }) => kind === 'update')
        .map(({ parameters }) => parameters.map(String))
      assert.deepEqual(updates, [
        ['2.00', '2', String(account.id), '1'],
        ['3.00', '3', String(account.id), '2'],
      ])
      assert.deepEqual([account.version, await session().select(Account.c.version).one()], [3, 3])
    })

    // session 3.28
    // session 3.31
    it('reject an UPDATE of a row that was changed meanwhile', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      const rival = session()
      ;(await rival.getOne(Account, account.id)).balance = '100'
      await rival.commit()
      account.balance = '2'
      sent.clear()
      const error = await failure(
        'STALE_DATA',
        [`Account#${account.id}`, 'with version 1', 'changed it meanwhile'],
        () => s.flush(),
      )
      assert.equal(error.info['reason'], 'changed')
      assert.deepEqual(targets(sent), ['update account', 'select account'])
      await s.rollback()
      await s.refresh(account)
      assert.deepEqual([account.balance, account.version], ['100.00', 2])
      account.balance = '102'
      await s.commit()
      assert.equal(account.version, 3)
    })

    // session 3.31
    it('tell a row that is gone from one that was changed', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      const rival = session()
      rival.delete(await rival.getOne(Account, account.id))
      await rival.commit()
      account.balance = '2'
      const error = await failure('STALE_DATA', ['deleted it meanwhile'], () => s.flush())
      assert.equal(error.info['reason'], 'deleted')
    })

    // session 3.31
    it('cost no more statement to explain outside development', async (t) => {
      const { session, sent } = await database.open(t, blog, { diagnostics: false })
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      const rival = session()
      await rival.deleteFrom(Account).everyRow()
      await rival.commit()
      account.balance = '2'
      sent.clear()
      await failure('STALE_DATA', ['changed or deleted it meanwhile'], () => s.commit())
      assert.deepEqual(targets(sent), ['update account'])
    })

    // session 3.28
    it('guard a DELETE as well', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      const rival = session()
      ;(await rival.getOne(Account, account.id)).balance = '100'
      await rival.commit()
      s.delete(account)
      await failure(
        'STALE_DATA',
        ['Cannot delete', `Account#${account.id}`, 'with version 1'],
        () => s.commit(),
      )
      await s.rollback()
      assert.equal(await session().select(Account.c.balance).one(), '100.00')
    })

    // session 3.30
    it('are left alone by a criteria UPDATE', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1' }))
      await s.commit()
      await s.update(Account).where({ id: account.id }).set({ balance: '5' })
      await s.commit()
      assert.equal(await session().select(Account.c.version).one(), 1)
    })
  })
}
