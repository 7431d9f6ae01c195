import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Database } from 'athanor'
import { testScope } from 'athanor/testing'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from '../orm/support.ts'

type Db = Database

const tagNames = (db: Db): Promise<string[]> =>
  db.run(() => db.select(Tag.c.name).orderBy(Tag.c.name).all())

/** Stands outside of every scope: a timer or a socket of somebody else. */
function outside<T>(work: () => Promise<T>): { start: () => void; done: Promise<T> } {
  const { promise: begun, resolve: start } = Promise.withResolvers<void>()
  return { start, done: begun.then(work) }
}

for (const database of databases()) {
  describe(`units of work in a testScope on ${database.name}`, () => {
    // session 2.48
    it('take turns where they are parallel, and all are stored for the test', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      const names = Array.from({ length: 8 }, (_, i) => `tag ${i}`)
      await Promise.all(
        names.map((name, i) =>
          db.run(async ({ session }) => {
            session.add(new Tag({ name }))
            await session.flush()
            await session.select(Tag).all()
            if (i % 2 === 0) await session.commit()
          }),
        ),
      )
      assert.deepEqual(
        await tagNames(db),
        names.filter((_, i) => i % 2 === 0),
      )
      await scope.end()
      assert.deepEqual(await tagNames(db), [])
    })

    it('do not see what another one has not committed: they wait', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      const order: string[] = []
      const reader = outside(async () => {
        const found = await tagNames(db)
        order.push('read')
        return found
      })
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'a' }))
        await session.flush()
        reader.start()
        session.add(new Tag({ name: 'b' }))
        await session.flush()
        order.push('commit')
        await session.commit()
      })
      assert.deepEqual(await reader.done, ['a', 'b'])
      assert.deepEqual(order, ['commit', 'read'])
    })

    it('keep nobody waiting by reading', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        await session.select(Tag).all()
        const writer = outside(() =>
          db.run(() => db.session.add(new Tag({ name: 'a' })), { commit: 'onSuccess' }),
        )
        writer.start()
        await writer.done
        assert.equal(await session.select(Tag).count(), 1)
      })
    })

    it('say who keeps them waiting for too long', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db, { waitMs: 1 })
      const other = outside(() => db.run(() => db.select(Tag).all(), { name: 'GET /tags' }))
      await db.run(
        async ({ session }) => {
          session.add(new Tag({ name: 'a' }))
          await session.flush()
          other.start()
          const said = ['"GET /tags"', '"the test"', 'Commit or roll back', 'waitMs']
          await failure('POOL_TIMEOUT', said, () => other.done)
          await session.commit()
        },
        { name: 'the test' },
      )
      assert.deepEqual(await tagNames(db), ['a'])
    })

    // settled H27
    // web 33
    it('run inside that of the scope around them, where they would wait for themselves', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'outer' }))
        await session.flush()
        await db.run(async (inner) => {
          inner.session.add(new Tag({ name: 'inner' }))
          await inner.session.commit()
          assert.deepEqual(await tagNames(db), ['inner', 'outer'])
          inner.session.add(new Tag({ name: 'lost' }))
          await inner.session.flush()
        })
        session.add(new Tag({ name: 'outer too' }))
        await session.commit()
      })
      assert.deepEqual(await tagNames(db), ['inner', 'outer', 'outer too'])
    })

    // session 2.32
    it('keep their savepoints apart from those of the scope around them', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'outer' }))
        await session.beginNested(async () => {
          session.add(new Tag({ name: 'undone' }))
          await session.flush()
          await db.run(async ({ session: inner }) => {
            await inner.beginNested(async () => {
              inner.add(new Tag({ name: 'undone with it' }))
              await inner.flush()
            })
            await inner.sql`savepoint own`
            await inner.sql`rollback to savepoint own`
            await inner.commit()
          })
          session.setRollbackOnly()
        })
        await session.commit()
      })
      assert.deepEqual(await tagNames(db), ['outer'])
    })

    it('wait for those inside theirs before they go on', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'outer' }))
        await session.flush()
        const { promise: hasWritten, resolve: written } = Promise.withResolvers<void>()
        const inner = db.run(async (scope) => {
          scope.session.add(new Tag({ name: 'rolled back' }))
          await scope.session.flush()
          written()
          await scope.session.select(Tag).all()
        })
        await hasWritten
        session.add(new Tag({ name: 'outer too' })) // not inside the savepoint that goes
        await Promise.all([session.flush(), inner])
        await session.commit()
      })
      assert.deepEqual(await tagNames(db), ['outer', 'outer too'])
    })

    it('may be single statements at the same time, of which one fails alone', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      const holder = { name: 'one for both', parent: undefined }
      using one = await db.engine.connect({ holder })
      using two = await db.engine.connect({ holder })
      const [wrong, right] = [
        'insert into nowhere (name) values (1)',
        "insert into tag (name) values ('a')",
      ]
      const outcomes = await Promise.allSettled([
        one.execute({ sql: wrong, parameters: [] }),
        two.execute({ sql: right, parameters: [] }),
      ])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      )
      assert.deepEqual(await tagNames(db), ['a'])
    })

    // settled H27
    it('may be forks, which are committed by themselves', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      await db.run(async (own) => {
        const [one, two] = [own.fork(), own.fork()]
        one.add(new Tag({ name: 'one' }))
        two.add(new Tag({ name: 'two' }))
        await Promise.all([one.commit(), two.flush().then(() => two.rollback())])
        own.session.add(new Tag({ name: 'main' }))
        await own.session.commit()
      })
      assert.deepEqual(await tagNames(db), ['main', 'one'])
      await scope.end()
      assert.deepEqual(await tagNames(db), [])
    })

    it('give up their place in the queue when they are aborted', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      const abort = new AbortController()
      const waiting = outside(() => db.run(() => db.select(Tag).all(), { signal: abort.signal }))
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'a' }))
        await session.flush()
        waiting.start()
        abort.abort()
        await assert.rejects(waiting.done)
        await session.commit()
      })
      assert.deepEqual(await tagNames(db), ['a'])
    })
  })
}
