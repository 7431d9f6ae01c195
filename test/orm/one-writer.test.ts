import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`where one may write at a time on ${database.name}`, () => {
    const oneWriter = database.needs('single writer', database.facts.hasOneWriter)

    // session 6.72
    it('a session that has read can write, though another has committed meanwhile', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.select(Tag).all()
      const other = session()
      other.add(new Tag({ name: 'theirs' }))
      await other.commit()
      sent.clear()
      s.add(new Tag({ name: 'mine' }))
      await s.commit()
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'commit'])
      assert.equal(await s.select(Tag).count(), 2)
    })

    // settled A14
    it(
      'a transaction that may write takes the right to at its first statement',
      oneWriter,
      async (t) => {
        const { session } = await database.open(t, blog, { engineOptions: { lockTimeoutMs: 30 } })
        const s = session({ begin: 'onFirstStatement' })
        await s.select(Tag).all()
        const other = session()
        other.add(new Tag({ name: 'theirs' }))
        await failure('LOCK_TIMEOUT', ['Held longest', 'session opened at'], () => other.commit())
        s.add(new Tag({ name: 'mine' }))
        await s.commit()
        await other.commit()
        assert.deepEqual(await s.select(Tag.c.name).orderBy(Tag.c.id).all(), ['mine', 'theirs'])
      },
    )

    // settled A14
    it(
      'one that only reads keeps nobody from writing, and sees what was there',
      oneWriter,
      async (t) => {
        const { session } = await database.open(t, blog, { engineOptions: { lockTimeoutMs: 30 } })
        const s = session({ begin: 'onFirstStatement', readOnly: true })
        assert.equal(await s.select(Tag).count(), 0)
        const other = session()
        other.add(new Tag({ name: 'theirs' }))
        await other.commit()
        assert.equal(await s.select(Tag).count(), 0)
        await s.rollback()
        assert.equal(await s.select(Tag).count(), 1)
      },
    )
  })
}
