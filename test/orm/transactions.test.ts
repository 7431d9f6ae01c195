import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  describe(`a transaction on ${database.name}`, () => {
    const oneWriter = database.needs('single writer', database.facts.hasOneWriter)

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
      assert.deepEqual(sent.kinds(), database.supports.flights ? [] : ['begin'])
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
      for (const use of [
        () => s.add(tag),
        () => s.select(Tag).all(),
        () => s.get(Tag, 1),
        () => s.flush(),
      ]) {
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
    it('keeps the reason when ROLLBACK fails too, which is told beside it', several, async (t) => {
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
          const { execute, flight } = connection
          connection.execute = function failing(command) {
            if (command.sql === 'rollback') throw lost
            return execute.call(this, command)
          }
          if (flight === undefined) return
          connection.flight = async function failing(parts) {
            return parts.commands.some(({ sql }) => sql === 'rollback')
              ? { results: [], error: lost, commitSent: false }
              : await flight.call(this, parts)
          }
        })
        s.add(new Tag({ name: 'a' }))
        await s.flush()
        throw reason
      })
      const error = await block.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.equal(error, reason)
      assert.equal((Reflect.get(reason, 'suppressed') as Error).cause, lost)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(
        warned.map((warning) => Reflect.get(warning, 'code')),
        ['ATHANOR_ROLLBACK'],
      )
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
    it(
      'may be tried again when BEGIN fails: nothing is lost and nothing is open',
      oneWriter,
      async (t) => {
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
      },
    )
  })
}
