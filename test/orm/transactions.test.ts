import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IllegalStateError, PendingRollbackError } from 'athanor'
import { blog, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`a transaction on ${database.name}`, () => {
    // session 2.1
    it('takes a connection at the first write, and keeps it to the end', async (t) => {
      const { db, session, sent } = await database.open(t, blog)
      const s = session()
      assert.equal(s.isHoldingConnection, false)
      const before = db.engine.status.checkouts
      s.add(new Tag({ name: 'a' }))
      await s.flush()
      assert.equal(s.isHoldingConnection, true)
      assert.equal(await s.select(Tag).count(), 1)
      s.add(new Tag({ name: 'b' }))
      await s.commit()
      assert.equal(db.engine.status.checkouts, before + 1)
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select', 'insert', 'commit'])
      assert.equal(s.isHoldingConnection, false)
    })

    // session 2.1
    it('takes a connection at the first statement of any kind when it is told so', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session({ begin: 'onFirstStatement' })
      await s.select(Tag).all()
      await s.select(User).all()
      assert.equal(s.isHoldingConnection, true)
      await s.rollback()
      assert.deepEqual(sent.kinds(), ['begin', 'select', 'select', 'rollback'])
    })

    // session 2.2
    it('begins logically with the first add, change or statement, and ends with commit and rollback', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      assert.equal(s.inTransaction, false)
      const tag = s.add(new Tag({ name: 'a' }))
      assert.equal(s.inTransaction, true)
      assert.equal(sent.count(), 0)
      await s.commit()
      assert.equal(s.inTransaction, false)
      tag.name = 'b'
      assert.equal(s.inTransaction, true)
      await s.rollback()
      assert.equal(s.inTransaction, false)
      await s.select(Tag).all()
      assert.equal(s.inTransaction, true)
      await s.rollback()
      assert.equal(s.inTransaction, false)
    })

    // session 2.3
    it('costs nothing when nothing was done', async (t) => {
      const { db, session, sent } = await database.open(t, blog)
      const before = db.engine.status.checkouts
      const s = session()
      await s.commit()
      await s.rollback()
      await s.transaction(() => {})
      await s.beginNested(() => {})
      assert.equal(sent.count(), 0)
      assert.equal(db.engine.status.checkouts, before)
    })

    // session 2.4
    it('cannot begin twice: the error says where it began', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.begin()
      assert.deepEqual(sent.kinds(), ['begin'])
      await failure('ILLEGAL_STATE', ['transactions.test.ts', 'beginNested'], () => s.begin())
      await s.commit()
      s.add(new Tag({ name: 'a' }))
      await failure('ILLEGAL_STATE', ['by its first use'], () => s.begin())
    })

    // session 2.5
    it('does not begin by itself when autobegin is off', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session({ autobegin: false })
      const tag = new Tag({ name: 'a' })
      for (const use of [() => s.add(tag), () => s.select(Tag).all(), () => s.get(Tag, 1), () => s.flush()]) {
        await failure('ILLEGAL_STATE', ['autobegin', 'begin()'], use)
      }
      await s.begin()
      s.add(tag)
      await s.commit()
      await failure('ILLEGAL_STATE', ['autobegin'], () => s.delete(tag))
      await s.transaction(() => s.delete(tag))
      assert.equal(await session().select(Tag).count(), 0)
    })

    // session 2.6
    it('commits at the end of its block, and gives what the block gives', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const id = await s.transaction(async (own) => {
        assert.equal(own, s)
        const tag = own.add(new Tag({ name: 'a' }))
        await own.flush()
        return tag.id
      })
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'commit'])
      assert.equal((await session().getOne(Tag, id)).name, 'a')
    })

    // session 2.6
    it('rolls back when its block throws, and throws the same', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const reason = new Error('no')
      const block = s.transaction(async () => {
        s.add(new Tag({ name: 'a' }))
        await s.flush()
        throw reason
      })
      await assert.rejects(block, (error) => error === reason)
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'rollback'])
      assert.equal(await s.select(Tag).count(), 0)
    })

    // session 2.6
    it('keeps the reason when ROLLBACK fails too, which is told beside it', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const lost = new Error('lost')
      const reason = new Error('no')
      const warned: Error[] = []
      const note = (warning: Error): unknown => warned.push(warning)
      process.on('warning', note)
      t.after(() => process.off('warning', note))
      const block = s.transaction(async () => {
        using _ = db.engine.events.on('checkout', ({ connection }) => {
          const { execute } = connection
          connection.execute = function failing(command) {
            if (command.sql === 'rollback') throw lost
            return execute.call(this, command)
          }
        })
        s.add(new Tag({ name: 'a' }))
        await s.flush()
        throw reason
      })
      const error = await block.then(() => undefined, (thrown: unknown) => thrown)
      assert.equal(error, reason)
      assert.equal((Reflect.get(reason, 'suppressed') as Error).cause, lost)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(warned.map((warning) => Reflect.get(warning, 'code')), ['ATHANOR_ROLLBACK'])
      assert.equal(await session().select(Tag).count(), 0)
    })

    // session 2.7
    it('is finished by a commit inside its block: nothing more runs in it', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      await s.transaction(async () => {
        s.add(new Tag({ name: 'kept' }))
        await s.commit()
        s.add(new Tag({ name: 'late' }))
        await failure('ILLEGAL_STATE', ['transaction of this block is finished'], () => s.flush())
        await failure('ILLEGAL_STATE', ['finished'], () => s.select(Tag).all())
        await failure('ILLEGAL_STATE', ['finished'], () => s.commit())
        await failure('ILLEGAL_STATE', ['finished'], () => s.beginNested(() => {}))
        await s.rollback()
      })
      assert.deepEqual(await s.select(Tag.c.name).all(), ['kept'])
    })

    // session 2.7
    it('is finished by a rollback inside its block, and the session is usable behind it', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      await s.transaction(async () => {
        s.add(new Tag({ name: 'lost' }))
        await s.rollback()
        await failure('ILLEGAL_STATE', ['finished'], () => s.get(Tag, 1))
      })
      s.add(new Tag({ name: 'kept' }))
      await s.commit()
      assert.deepEqual(await s.select(Tag.c.name).all(), ['kept'])
    })

    // session 2.9
    it('may be tried again when BEGIN fails: nothing is lost and nothing is open', async (t) => {
      const { session } = await database.open(t, blog, { engineOptions: { lockTimeoutMs: 30 } })
      const writer = session()
      writer.add(new Tag({ name: 'first' }))
      await writer.flush()
      const s = session()
      s.add(new Tag({ name: 'second' }))
      await failure('LOCK_TIMEOUT', [], () => s.commit())
      assert.equal(s.isHoldingConnection, false)
      await failure('LOCK_TIMEOUT', [], () => session().begin())
      await writer.commit()
      await s.commit()
      assert.deepEqual(await s.select(Tag.c.name).orderBy(Tag.c.id).all(), ['first', 'second'])
    })

    // settled H6
    it('of a block takes over what the session has begun, pending changes included', async (t) => {
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
    it('of a block that may be repeated refuses what a second run would not repeat', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      await failure('ILLEGAL_STATE', ['retry', 'before the block'], () => s.transaction(() => {}, { retry: 1 }))
      await s.flush()
      await failure('ILLEGAL_STATE', ['retry'], () => s.transaction(() => {}, { retry: 1 }))
      await s.commit()
      await s.transaction(() => {}, { retry: 1 })
      await failure('ARGUMENT', ['-1'], () => s.transaction(() => {}, { retry: -1 }))
    })

    // settled A5
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
      assert.deepEqual(sent.kinds().toSorted(), [...once, 'rollback', ...once, 'rollback', ...once, 'commit'].toSorted())
      assert.deepEqual(made.map((tag) => s.has(tag)), [false, false, true])
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
      await failure('ILLEGAL_STATE', ['retry'], () => s.transaction(() => s.transaction(() => {}, { retry: 1 })))
    })

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

    it('of a block throws what a caught error has left undone', async (t) => {
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
