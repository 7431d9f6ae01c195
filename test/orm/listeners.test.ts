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

    // session 5.2
    it('of a flush see what it would write, and may add to it and take from it', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [kept, gone] = [s.add(new Tag({ name: 'kept' })), s.add(new Tag({ name: 'gone' }))]
      await s.commit()
      const seen: string[][] = []
      s.on('beforeFlush', () => {
        const names = [s.new, s.dirty, s.deleted].map((entities) =>
          entities.map((entity) => (entity as Tag).name).join(),
        )
        seen.push(names)
        if (seen.length > 1) return
        kept.name = 'changed by the listener'
        s.add(new Tag({ name: 'added by the listener' }))
        s.delete(gone)
      })
      s.on('afterFlush', () => {
        if (seen.length === 1) s.add(new Tag({ name: 'added behind the flush' }))
      })
      s.add(new Tag({ name: 'new' }))
      kept.name = 'changed'
      sent.clear()
      await s.commit()
      assert.deepEqual(seen, [
        ['new', 'changed', ''],
        ['added behind the flush', '', ''],
      ])
      const names = ['added behind the flush', 'added by the listener', 'changed by the listener']
      assert.deepEqual(await session().select(Tag.c.name).orderBy(Tag.c.name).all(), [
        ...names,
        'new',
      ])
      kept.name = 'and back'
      kept.name = 'changed by the listener'
      assert.deepEqual([s.new, s.dirty, s.deleted], [[], [], []])
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
