import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  describe(`operations of one session at once on ${database.name}`, () => {
    // session 4.42
    // session 8.3
    it('run in the order of their calls, and each has its own result', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const writer = session()
      writer.addAll([new User({ name: 'ada' }), new Tag({ name: 'ts' })])
      await writer.commit()
      sent.clear()
      const s = session()
      const [user, tags, count, missing, one] = await Promise.all([
        s.get(User, 1),
        s.select(Tag).all(),
        s.select(User).count(),
        s.get(User, 99),
        s.sql<{ n: number }>`select 1 as n`.one(),
      ])
      assert.deepEqual(
        [user?.name, tags.map(({ name }) => name), count, missing, one.n],
        ['ada', ['ts'], 1, null, 1],
      )
      assert.deepEqual(
        sent.events
          .filter(({ kind }) => kind === 'select')
          .map(({ sql }) => /from "(\w+)"/.exec(sql)?.[1]),
        ['user', 'tag', 'user', 'user', undefined],
      )
    })

    // session 4.42
    it('share objects, whoever has loaded them', async (t) => {
      const { session } = await database.open(t, blog)
      const writer = session()
      writer.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await writer.commit()
      const s = session()
      const [post, again, list] = await Promise.all([
        s.get(Post, 1),
        s.get(Post, 1),
        s.select(Post).with('author').all(),
      ])
      assert.equal(post, again)
      assert.equal(post, list[0])
    })

    // session 4.43
    it('flush before each query what was added until its turn, and never twice at once', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      const first = s.select(Tag).count()
      s.add(new Tag({ name: 'b' }))
      const second = s.select(Tag).count()
      const flushes = Promise.all([s.flush(), s.flush(), s.flush()])
      assert.deepEqual(await Promise.all([first, second]), [2, 2])
      await flushes
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'insert', 'select', 'select'])
    })

    const lasting = database.needs(
      'transactions that go on after an error',
      !database.facts.errorsFailTransactions,
    )
    it('fail each for itself, and leave the others alone', lasting, async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const results = await Promise.allSettled([
        s.select(Tag).count(),
        s.sql`select * from nowhere`.all(),
        s.getOne(Tag, 5),
        s.select(User).all(),
      ])
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
    })

    // settled A6
    // session 2.29
    it('are waited for by a commit that was called after them', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      const [count] = await Promise.all([s.select(Tag).count(), s.commit()])
      assert.equal(count, 1)
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select', 'commit'])
    })

    // session 6.76
    it('settle after their call has returned, in order, though the driver answers at once', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      const order: string[] = []
      const calls = [
        s
          .select(Tag)
          .all()
          .then(() => order.push('select')),
        s.get(Tag, tag.id).then(() => order.push('get')),
        s.flush().then(() => order.push('flush')),
        s.commit().then(() => order.push('commit')),
      ]
      order.push('called')
      await Promise.all(calls)
      assert.deepEqual(order, ['called', 'select', 'get', 'flush', 'commit'])
      void s.get(Tag, tag.id).then(() => order.push('late'))
      assert.equal(order.length, 5)
    })

    it('settle in the order of their calls, whatever they are', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      const tags = s.select(Tag).orderBy(Tag.c.id)
      const calls: Record<string, () => PromiseLike<unknown>> = {
        all: () => tags.all(),
        count: () => tags.count(),
        known: () => s.get(Tag, tag.id),
        exists: () => tags.exists(),
        sql: () => s.sql`select 1 as one`.all(),
        unknown: () => s.get(Tag, tag.id + 1),
        first: () => tags.first(),
        update: () => s.update(Tag).set({ name: 'b' }).where({ id: tag.id }),
        one: () => tags.one(),
        value: () => s.select(Tag.c.name).oneOrNull(),
        flush: () => s.flush(),
        getOne: () => s.getOne(Tag, tag.id),
        commit: () => s.commit(),
        last: () => s.get(Tag, tag.id),
      }
      const order: string[] = []
      await Promise.all(
        Object.entries(calls).map(([name, call]) => call().then(() => order.push(name))),
      )
      assert.deepEqual(order, Object.keys(calls))
    })

    // session 4.45
    it('run truly at once on forks, which share nothing', async (t) => {
      const { db, session } = await database.open(t, blog)
      await db.run(async (scope) => {
        const tag = db.session.add(new Tag({ name: 'a' }))
        await db.session.commit()
        const [one, two] = [scope.fork(), scope.fork()]
        const [first, second] = await Promise.all([
          one.getOne(Tag, tag.id),
          two.getOne(Tag, tag.id),
        ])
        assert.equal(new Set([tag, first, second]).size, 3)
        first.name = 'b'
        await one.commit()
        assert.deepEqual([first.name, second.name, tag.name], ['b', 'a', 'a'])
      })
      assert.deepEqual(await session().select(Tag.c.name).all(), ['b'])
    })
  })

  describe(`blocks of one session at once on ${database.name}`, () => {
    // settled H7
    it('run one after the other, each in a transaction of its own', async (t) => {
      const { db, session, sent } = await database.open(t, blog)
      await db.run(async () => {
        const work = (name: string) => async () => {
          db.session.add(new Tag({ name }))
          await db.session.flush()
          await sleep(1)
          assert.equal(await db.session.select(Tag).count(), name === 'a' ? 1 : 2)
        }
        await Promise.all([db.transaction(work('a')), db.transaction(work('b'))])
      })
      const once = ['begin', 'insert', 'select', 'commit']
      assert.deepEqual(sent.kinds(), [...once, ...once])
      assert.equal(await session().select(Tag).count(), 2)
    })

    // settled H7
    it('do not die with one another', async (t) => {
      const { db, session } = await database.open(t, blog)
      await db.run(async () => {
        const failing = db.transaction(async () => {
          db.session.add(new Tag({ name: 'lost' }))
          await db.session.flush()
          await sleep(1)
          throw new Error('no')
        })
        const results = await Promise.allSettled([
          failing,
          db.transaction(() => void db.session.add(new Tag({ name: 'kept' }))),
        ])
        assert.deepEqual(
          results.map(({ status }) => status),
          ['rejected', 'fulfilled'],
        )
      })
      assert.deepEqual(await session().select(Tag.c.name).all(), ['kept'])
    })

    // settled H7
    // settled A11
    it('keep out what is called outside of them until they end', async (t) => {
      const { db, sent } = await database.open(t, blog)
      await db.run(async () => {
        const { session } = db
        const [flushed, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
        const block = db.transaction(async () => {
          session.add(new Tag({ name: 'a' }))
          await session.flush()
          flushed.resolve()
          await gate.promise
          assert.equal(await session.select(User).count(), 0)
        })
        await flushed.promise
        const outside = Promise.all([session.select(Tag).count(), session.rollback()])
        await sleep(1)
        assert.deepEqual(sent.kinds(), ['begin', 'insert'])
        gate.resolve()
        await block
        assert.deepEqual(await outside, [1, undefined])
        assert.deepEqual(sent.kinds(), ['select', 'commit', 'select'])
      })
    })

    // settled H7
    it('let what they have started themselves run in them, at once too', async (t) => {
      const { db, sent } = await database.open(t, blog)
      await db.run(() =>
        db.transaction(async () => {
          const work = async (name: string): Promise<number> => {
            await sleep(1)
            db.session.add(new Tag({ name }))
            return await db.session.select(Tag).count()
          }
          const counts = await Promise.all([work('a'), work('b'), work('c')])
          assert.equal(Math.max(...counts), 3)
        }),
      )
      assert.deepEqual(
        sent.kinds().filter((kind) => kind !== 'insert' && kind !== 'select'),
        ['begin', 'commit'],
      )
    })

    it('of two sessions may stand in each other', several, async (t) => {
      const { db, session } = await database.open(t, blog)
      await db.run((scope) =>
        db.transaction(async () => {
          db.session.add(new Tag({ name: 'outer' }))
          const fork = scope.fork()
          const known = await fork.transaction(async () => {
            await db.session.select(Tag).all()
            return await fork.select(Tag).count()
          })
          assert.equal(known, 0)
        }),
      )
      assert.equal(await session().select(Tag).count(), 1)
    })

    it('finish only what was called inside: a commit that was queued before is no end of theirs', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'before' }))
      await Promise.all([
        s.select(Tag).all(),
        s.commit(),
        s.transaction(async () => {
          s.add(new Tag({ name: 'inside' }))
          await s.flush()
          assert.equal(await s.select(Tag).count(), 2)
        }),
      ])
      assert.equal(await session().select(Tag).count(), 2)
    })
  })
}
