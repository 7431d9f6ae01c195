import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IllegalStateError, Session } from 'athanor'
import { createRegistry } from '../../src/orm/index.ts'
import { blog, Tag } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A session of nobody's: no app tells it where its caller runs. */
function plainSession({ db }: TestDatabase): Session {
  const { engine } = db
  return new Session({
    registry: createRegistry(blog, { engineKeys: ['default'], dialectOf: () => engine.dialect }),
    engine: () => engine,
    holder: { name: 'a plain session', parent: undefined },
    options: {},
    diagnostics: true,
    paginate: () => Promise.reject(new Error('not here')),
    paginateKeyset: () => Promise.reject(new Error('not here')),
  })
}

for (const database of databases()) {
  describe(`a session without an app on ${database.name}`, () => {
    it('commits, rolls back, nests and queues as any other', async (t) => {
      const opened = await database.open(t, blog)
      await using s = plainSession(opened)
      await s.transaction(async () => {
        s.add(new Tag({ name: 'kept' }))
        const failing = s.beginNested(async () => {
          s.add(new Tag({ name: 'lost' }))
          await s.flush()
          throw new Error('no')
        })
        await assert.rejects(failing, /no/)
        assert.deepEqual(await Promise.all([s.select(Tag).count(), s.get(Tag, 99)]), [1, null])
      })
      assert.deepEqual(await opened.session().select(Tag.c.name).all(), ['kept'])
    })

    // settled A11
    // settled H7
    it('takes overlapping blocks for a mistake, and stores nothing of them', async (t) => {
      const opened = await database.open(t, blog)
      await using s = plainSession(opened)
      const late = Promise.withResolvers<void>()
      const block = s.transaction(async () => {
        s.add(new Tag({ name: 'outside' }))
        const nested = [
          s.beginNested(() => void s.add(new Tag({ name: 'first' }))),
          s.beginNested(async () => {
            await late.promise
            s.add(new Tag({ name: 'second' }))
          }),
        ]
        await failure('ILLEGAL_STATE', ['sibling'], () => nested[0])
        late.resolve()
        await assert.rejects(Promise.all(nested))
      })
      const error = await failure('PENDING_ROLLBACK', ['sibling'], () => block)
      assert.ok(error.cause instanceof IllegalStateError)
      assert.equal(await opened.session().select(Tag).count(), 0)
    })

    it('lets its listeners use it, and refuses SQL in those that hear of a commit', async (t) => {
      const opened = await database.open(t, blog)
      await using s = plainSession(opened)
      const seen: unknown[] = []
      s.on('beforeCommit', async () => seen.push(await s.select(Tag).count()))
      s.on('afterCommit', async () => {
        await failure('ILLEGAL_STATE', ['afterCommit'], () => s.select(Tag).count())
        seen.push('refused')
      })
      s.add(new Tag({ name: 'a' }))
      await s.commit()
      assert.deepEqual(seen, [1, 'refused'])
    })

    // session 2.7
    it('finishes a block by the commit in it', async (t) => {
      const opened = await database.open(t, blog)
      await using s = plainSession(opened)
      await s.transaction(async () => {
        s.add(new Tag({ name: 'a' }))
        await s.commit()
        await failure('ILLEGAL_STATE', ['finished'], () => s.select(Tag).all())
      })
      assert.equal(await s.select(Tag).count(), 1)
    })
  })
}
