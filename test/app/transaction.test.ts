import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { open, Post, titles } from './support.ts'

describe('db.transaction and db.transactional', () => {
  // seed 18
  it('commit on return, roll back on throw, and pass through what comes back', async (t) => {
    const { db } = await open(t)
    const save = db.transactional(async function save(
      this: unknown,
      title: string,
      fails: boolean,
    ) {
      db.session.add(new Post({ title }))
      if (fails) throw new Error(`no ${title}`)
      return [this, title]
    })
    await db.run(async () => {
      const self = { save }
      assert.deepEqual(await self.save('a', false), [self, 'a'])
      await assert.rejects(save('b', true), /no b/)
      assert.equal(await db.transaction(() => 7), 7)
    })
    assert.deepEqual(await titles(db), ['a'])
  })

  // settled H6
  it('take over what was begun before them, pending changes included', async (t) => {
    const { db, sent } = await open(t)
    await db.run(async () => {
      await db.select(Post).all()
      db.session.add(new Post({ title: 'before' }))
      sent.clear()
      await db.transaction(() => db.session.add(new Post({ title: 'inside' })))
      assert.deepEqual(
        sent.kinds().filter((kind) => kind !== 'insert'),
        ['begin', 'commit'],
      )
    })
    assert.deepEqual(await titles(db), ['before', 'inside'])
  })

  // settled H7
  it('wait for one another when they are started in parallel, and each stands or falls alone', async (t) => {
    const { db } = await open(t)
    await db.run(async () => {
      const [a, b, c] = await Promise.allSettled([
        db.transaction(async () => {
          db.session.add(new Post({ title: 'a' }))
          await db.session.flush()
          await sleep(10)
          throw new Error('a falls')
        }),
        db.transaction(async () => {
          await sleep(1)
          db.session.add(new Post({ title: 'b' }))
        }),
        db.select(Post).count(),
      ])
      assert.deepEqual([a.status, b.status, c.status], ['rejected', 'fulfilled', 'fulfilled'])
    })
    assert.deepEqual(await titles(db), ['b'])
  })

  it('nest in scopes of their own without waiting for one another', async (t) => {
    const { db } = await open(t)
    await db.run(async () => {
      const { session } = db
      await db.transaction(async () => {
        await session.select(Post).count()
        const inner = await db.run(() => db.transaction(async () => session.select(Post).count()))
        assert.equal(
          inner,
          0,
          'the outer session is used inside the inner block, and belongs to the outer one',
        )
      })
    })
  })

  it('roll back when the scope may not be committed, be it said in a savepoint', async (t) => {
    const { db } = await open(t)
    await db.run(async (scope) => {
      await db.transaction(async () => {
        db.session.add(new Post({ title: 'outer' }))
        await db.transaction(() => {
          db.session.add(new Post({ title: 'inner' }))
          scope.setRollbackOnly('the form is wrong')
        })
      })
    })
    assert.deepEqual(await titles(db), [])
  })

  for (const commit of ['manual', 'onSuccess'] as const) {
    it(`are waited for when the scope ends before them, also where the policy is ${commit}`, async (t) => {
      const { db } = await open(t)
      let block: Promise<unknown> = Promise.resolve()
      await db.run(
        () => {
          block = db.transaction(async () => {
            db.session.add(new Post({ title: 'not awaited' }))
            await sleep(20)
          })
        },
        { commit },
      )
      await block
      assert.deepEqual(await titles(db), ['not awaited'])
    })
  }
})
