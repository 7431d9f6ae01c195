import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UniqueViolationError } from 'athanor'
import { blog, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`listeners on ${database.name}`, () => {
    // session 3.9
    it('of a flush may query, and may not flush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const counts: number[] = []
      s.on('beforeFlush', async () => {
        counts.push(await s.select(Tag).count())
        await failure('ILLEGAL_STATE', ['flush'], () => s.flush())
        await failure('ILLEGAL_STATE', ['beforeFlush'], () => s.rollback())
      })
      s.add(new Tag({ name: 'a' }))
      await s.flush()
      assert.deepEqual(counts, [0])
      assert.deepEqual(sent.kinds(), ['select', 'begin', 'insert'])
    })

    it('that throw leave what is pending as it is', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const listener = s.on('beforeFlush', () => {
        throw new Error('not yet')
      })
      const tag = s.add(new Tag({ name: 'a' }))
      await assert.rejects(s.flush(), /not yet/)
      assert.deepEqual([s.has(tag), sent.count()], [true, 0])
      listener[Symbol.dispose]()
      await s.flush()
      s.add(new Tag({ name: 'b' }))
      s.on('beforeFlush', () => {
        if (sent.events.length === 2) throw new Error('not now')
      })
      await assert.rejects(s.flush(), /not now/)
      assert.deepEqual(sent.kinds(), ['begin', 'insert'])
      await s.commit()
      assert.equal(await session().select(Tag).count(), 2)
    })

    it('keep no one out for ever: what they leave running is waited for', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.on('beforeCommit', () => void s.select(User).all())
      s.add(new Tag({ name: 'a' }))
      const [, tags] = await Promise.all([s.commit(), s.select(Tag).all()])
      assert.equal(tags.length, 1)
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select', 'commit', 'select'])
    })

    it('hear of a rollback when it is done, and can go on', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const heard: unknown[] = []
      s.on('afterRollback', async () => heard.push(await s.select(Tag).count()))
      s.addAll([new Tag({ name: 'a' }), new Tag({ name: 'a' })])
      await assert.rejects(s.flush(), UniqueViolationError)
      assert.deepEqual(heard, [])
      await s.rollback()
      assert.deepEqual(heard, [0])
    })
  })
}
