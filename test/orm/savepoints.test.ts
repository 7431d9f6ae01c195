import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  inspect,
  IntegrityError,
  PendingRollbackError,
  UniqueViolationError,
  type Session,
} from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** Thrown to leave a block. */
class Leave extends Error {}

/** Runs `body` in a savepoint that is rolled back. */
async function undone(s: Session, body: () => Promise<void> | void): Promise<void> {
  const block = s.beginNested(async () => {
    await body()
    throw new Leave()
  })
  await assert.rejects(block, Leave)
}

/** Names of the tags that are stored. */
function tagNames({ session }: TestDatabase): Promise<string[]> {
  return session().select(Tag.c.name).orderBy(Tag.c.id).all()
}

for (const database of databases()) {
  describe(`savepoints on ${database.name}`, () => {
    // session 2.31
    it('flush before they begin, with autoflush off as well', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session({ autoflush: false })
      s.add(new Tag({ name: 'outside' }))
      await undone(s, () => void s.add(new Tag({ name: 'inside' })))
      await s.commit()
      // where a savepoint travels with the first statement behind it, one without statements is never sent
      const empty = database.supports.flights ? [] : ['savepoint', 'rollback to', 'release']
      assert.deepEqual(opened.sent.kinds(), ['begin', 'insert', ...empty, 'commit'])
      assert.deepEqual(await tagNames(opened), ['outside'])
    })

    // session 2.31
    it('have names of their own', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const add = (name: string): unknown => s.add(new Tag({ name }))
      add('outside')
      await s.beginNested(async () => {
        add('first')
        await s.beginNested(() => void add('second'))
      })
      await s.beginNested(() => void add('third'))
      const names = opened.sent.texts().filter((text) => text.startsWith('savepoint'))
      assert.equal(new Set(names).size, 3)
    })

    // session 2.32
    // settled B3
    it('flush and are released on return; what they did is stored with the rest', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'outside' }))
      const given = await s.beginNested((own) => own.add(new Tag({ name: 'inside' })))
      assert.deepEqual(opened.sent.kinds(), ['begin', 'insert', 'savepoint', 'insert', 'release'])
      assert.equal(inspect(given).state, 'persistent')
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['outside', 'inside'])
    })

    // session 2.32
    it('undo on throw what was changed inside, and nothing else', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const [outer, inner, clean] = ['a', 'b', 'c'].map((name) => s.add(new User({ name })))
      assert.ok(outer !== undefined && inner !== undefined && clean !== undefined)
      await s.commit()
      await s.load([outer, inner, clean])
      outer.email = 'outside@example.org'
      await undone(s, async () => {
        outer.name = 'a inside'
        inner.name = 'b inside'
        await s.flush()
        inner.email = 'unflushed'
      })
      assert.deepEqual(
        [outer.name, outer.email, inner.name, inner.email],
        ['a', 'outside@example.org', 'b', null],
      )
      assert.deepEqual([inspect(outer).isStale, inspect(clean).isStale], [true, false])
      await s.commit()
      const stored = await opened.session().getOne(User, outer.id)
      assert.deepEqual([stored.name, stored.email], ['a', 'outside@example.org'])
    })

    // session 2.33
    it('make transient what was added inside, and keep what was added before', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const before = s.add(new Tag({ name: 'before' }))
      const inside: Tag[] = []
      await undone(s, async () => {
        inside.push(s.add(new Tag({ name: 'flushed' })))
        await s.flush()
        inside.push(s.add(new Tag({ name: 'pending' })))
      })
      assert.deepEqual(
        [before, ...inside].map((tag) => inspect(tag).state),
        ['persistent', 'transient', 'transient'],
      )
      assert.equal(await s.get(Tag, before.id), before)
    })

    // session 2.34
    it('hand what they did to the transaction around them, which can undo it', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const [changed, deleted] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      const added: Tag[] = []
      const work = (): Promise<void> =>
        s.beginNested(async () => {
          await s.beginNested(() => void (changed.name = 'changed'))
          await s.beginNested(() => s.delete(deleted))
          await s.beginNested(() => void added.push(s.add(new Tag({ name: 'c' }))))
        })
      await undone(s, work)
      assert.deepEqual(
        [changed.name, inspect(deleted).state, inspect(added[0] ?? changed).state],
        ['a', 'persistent', 'transient'],
      )
      await work()
      await s.rollback()
      assert.deepEqual(
        [changed.name, inspect(deleted).state, inspect(added[1] ?? changed).state],
        ['a', 'persistent', 'transient'],
      )
      await work()
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['changed', 'c'])
    })

    // session 2.35
    it('let a loop skip the records that are there already', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const skipped: string[] = []
      for (const name of ['a', 'b', 'a', 'c', 'b']) {
        await s
          .beginNested(() => void s.add(new Tag({ name })))
          .catch((error: unknown) => {
            assert.ok(error instanceof UniqueViolationError)
            skipped.push(name)
          })
      }
      await s.commit()
      assert.deepEqual(skipped, ['a', 'b'])
      assert.deepEqual(await tagNames(opened), ['a', 'b', 'c'])
    })

    // session 2.36
    it('take a failed flush upon themselves', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const kept = s.add(new Tag({ name: 'kept' }))
      await s.beginNested(async () => {
        const before = s.add(new Tag({ name: 'in the savepoint' }))
        await s.flush()
        await s.beginNested(async () => {
          s.add(new Tag({ name: 'kept' }))
          await assert.rejects(s.flush(), UniqueViolationError)
          await assert.rejects(s.select(Tag).all(), PendingRollbackError)
          s.setRollbackOnly()
        })
        assert.equal(inspect(before).state, 'persistent')
      })
      assert.equal(inspect(kept).state, 'persistent')
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['kept', 'in the savepoint'])
    })

    // session 2.37
    it('that cannot be rolled back leave the whole transaction inactive', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const tag = s.add(new Tag({ name: 'outside' }))
      await undone(s, async () => {
        s.add(new Tag({ name: 'inside' }))
        await s.flush()
        await s.sql`rollback`.all()
      })
      assert.equal(inspect(tag).state, 'transient')
      await failure('PENDING_ROLLBACK', ['rollback()'], () => s.select(Tag).all())
      await s.rollback()
      s.add(tag)
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['outside'])
    })

    // session 2.38
    it('are closed with their transaction: nothing more runs in them', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'kept' }))
      await s.beginNested(async () => {
        await s.commit()
        await failure('ILLEGAL_STATE', ['finished'], () => s.select(Tag).all())
        await failure('ILLEGAL_STATE', ['finished'], () => s.beginNested(() => {}))
        await s.rollback()
        await s.rollback()
      })
      await s.beginNested(() => void s.add(new Tag({ name: 'next' })))
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['kept', 'next'])
    })

    // session 2.40
    it('are sent inside BEGIN only, when something is written in them', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      await s.beginNested(async () => {
        await s.select(Tag).all()
        s.add(new Tag({ name: 'a' }))
      })
      await s.commit()
      assert.deepEqual(opened.sent.kinds(), [
        'select',
        'begin',
        'savepoint',
        'insert',
        'release',
        'commit',
      ])
      const auto = opened.session({ isolation: 'autocommit' })
      await failure('ILLEGAL_STATE', ['autocommit'], () => auto.beginNested(() => {}))
    })

    it('keep a failing statement of the database to themselves', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'a' }))
      const failing = s.beginNested(() => s.insert(Post).values({ title: 'orphan', authorId: 99 }))
      await assert.rejects(Promise.resolve(failing), IntegrityError)
      await s.commit()
      assert.deepEqual(await tagNames(opened), ['a'])
    })
  })
}
