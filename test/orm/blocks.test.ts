import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IllegalStateError, PendingRollbackError } from 'athanor'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`the transaction of a block on ${database.name}`, () => {
    // settled H6
    it('takes over what the session has begun, pending changes included', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.select(Tag).all()
      s.add(new Tag({ name: 'before' }))
      await s.flush()
      s.add(new Tag({ name: 'pending' }))
      sent.clear()
      await s.transaction(() => void s.add(new Tag({ name: 'inside' })))
      assert.deepEqual(sent.kinds(), ['insert', 'insert', 'commit'])
      assert.equal(await session().select(Tag).count(), 3)
    })

    // settled H6
    it('that may be repeated refuses what a second run would not repeat', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      await failure('ILLEGAL_STATE', ['retry', 'before the block'], () =>
        s.transaction(() => {}, { retry: 1 }),
      )
      await s.flush()
      await failure('ILLEGAL_STATE', ['retry'], () => s.transaction(() => {}, { retry: 1 }))
      await s.commit()
      await s.transaction(() => {}, { retry: 1 })
      await failure('ARGUMENT', ['-1'], () => s.transaction(() => {}, { retry: -1 }))
    })

    // settled A5
    // session 2.56
    it('is repeated in the same session: added objects are new again, all others stale', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const kept = s.add(new Tag({ name: 'kept' }))
      await s.commit()
      sent.clear()
      const made: Tag[] = []
      await s.transaction(
        async () => {
          await s.getOne(Tag, kept.id)
          kept.name += '+'
          made.push(s.add(new Tag({ name: 'new' })))
          await s.flush()
          if (made.length < 3) throw Object.assign(new Error('again'), { retryable: true })
        },
        { retry: 5 },
      )
      const once = ['begin', 'select', 'insert', 'update']
      assert.deepEqual(
        sent.kinds().toSorted(),
        [...once, 'rollback', ...once, 'rollback', ...once, 'commit'].toSorted(),
      )
      assert.deepEqual(
        made.map((tag) => s.has(tag)),
        [false, false, true],
      )
      assert.deepEqual(await session().select(Tag.c.name).orderBy(Tag.c.id).all(), ['kept+', 'new'])
    })

    // settled A5
    it('is not repeated once it was committed inside, nor more often than it was said', async (t) => {
      const { session } = await database.open(t, blog)
      const again = Object.assign(new Error('again'), { retryable: true })
      const s = session()
      let runs = 0
      const committing = s.transaction(
        async () => {
          runs += 1
          s.add(new Tag({ name: `n${runs}` }))
          await s.commit()
          throw again
        },
        { retry: 3 },
      )
      await assert.rejects(committing, (error) => error === again)
      assert.equal(runs, 1)
      const failing = s.transaction(
        () => {
          runs += 1
          throw again
        },
        { retry: 1 },
      )
      await assert.rejects(failing, (error) => error === again)
      assert.equal(runs, 3)
      await failure('ILLEGAL_STATE', ['retry'], () =>
        s.transaction(() => s.transaction(() => {}, { retry: 1 })),
      )
    })

    // settled B4
    it('can be marked to be rolled back: its block does so in silence, commit() refuses with the reason', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const result = await s.transaction(async () => {
        s.add(new Tag({ name: 'a' }))
        await s.flush()
        s.setRollbackOnly('a dry run')
        assert.equal(s.isRollbackOnly, true)
        await assert.rejects(s.commit(), IllegalStateError)
        return 'done'
      })
      assert.deepEqual([result, s.isRollbackOnly], ['done', false])
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'rollback'])
      s.add(new Tag({ name: 'b' }))
      s.setRollbackOnly('a dry run')
      await failure('ILLEGAL_STATE', ['setRollbackOnly()', 'a dry run'], () => s.commit())
      await s.rollback()
      await s.commit()
      assert.equal(await s.select(Tag).count(), 0)
    })

    it('throws what a caught error has left undone', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      await s.commit()
      const block = s.transaction(async () => {
        s.add(new Tag({ name: 'lost' }))
        await s.flush()
        s.add(new Tag({ name: 'a' }))
        await s.flush().catch(() => {})
      })
      await assert.rejects(block, PendingRollbackError)
      assert.deepEqual(await s.select(Tag.c.name).all(), ['a'])
    })
  })
}
