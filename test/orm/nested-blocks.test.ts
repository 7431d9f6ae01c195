import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Tag } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** Names of the tags that are stored. */
function tagNames({ session }: TestDatabase): Promise<string[]> {
  return session().select(Tag.c.name).orderBy(Tag.c.id).all()
}

for (const database of databases()) {
  describe(`nested blocks on ${database.name}`, () => {
    // session 2.39
    it('do not overlap: the second of two at once is refused, and neither spoils the other', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const results = await s.transaction(() =>
        Promise.allSettled([
          s.beginNested(async () => {
            s.add(new Tag({ name: 'first' }))
            await s.flush()
          }),
          s.beginNested(() => void s.add(new Tag({ name: 'second' }))),
        ]),
      )
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      )
      await failure('ILLEGAL_STATE', ['sibling', 'fork()'], () =>
        Promise.reject((results[1] as PromiseRejectedResult).reason as Error),
      )
      assert.deepEqual(await tagNames(opened), ['first'])
    })

    // session 2.39
    it('wait for each other outside of a block', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'taken' }))
      await s.flush()
      opened.sent.clear()
      const names = ['a', 'taken', 'b']
      const results = await Promise.allSettled(
        names.map((name) => s.beginNested(() => void s.add(new Tag({ name })))),
      )
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      const once = ['savepoint', 'insert', 'release']
      assert.deepEqual(opened.sent.kinds(), [
        ...once,
        'savepoint',
        'insert',
        'rollback to',
        'release',
        ...once,
      ])
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['taken', 'a', 'b'])
    })

    it('that nobody awaits end before the block around them does', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const late = Promise.withResolvers<void>()
      await s.transaction(async () => {
        s.add(new Tag({ name: 'outer' }))
        void s.beginNested(async () => {
          s.add(new Tag({ name: 'inner' }))
          await late.promise
        })
        setImmediate(() => late.resolve())
      })
      assert.deepEqual(opened.sent.kinds(), [
        'begin',
        'insert',
        'savepoint',
        'insert',
        'release',
        'commit',
      ])
    })

    // session 8.9
    it('may be part of the block around them, or be forbidden', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await s.transaction(async () => {
        await s.transaction(() => void s.add(new Tag({ name: 'a' })), { nested: 'join' })
        await failure('ILLEGAL_STATE', ['forbid'], () =>
          s.transaction(() => {}, { nested: 'forbid' }),
        )
        await s.transaction(() => void s.add(new Tag({ name: 'b' })))
      })
      assert.deepEqual(sent.kinds(), [
        'begin',
        'insert',
        'savepoint',
        'insert',
        'release',
        'commit',
      ])
    })
  })
}
