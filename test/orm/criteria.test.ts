import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, sql } from 'athanor'
import { blog, Post, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { Item, threeItems } from './fixtures.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  const { updateReturning, deleteReturning } = database.supports
  const returning = database.needs(
    'RETURNING of UPDATE and DELETE',
    updateReturning && deleteReturning,
  )
  describe(`criteria UPDATE and DELETE on ${database.name}`, () => {
    // session 7.4
    it('update objects in memory, and count rows', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [a, b, c] = await s.select(Item).orderBy(Item.c.code).all()
      assert.ok(a && b && c)
      c.note = 'pending'
      assert.equal(
        await s
          .update(Item)
          .where({ code: ['a', 'c'] })
          .set({ stock: Item.c.stock.plus(5), note: null }),
        2,
      )
      assert.equal(inspect(a).isStale, !updateReturning, 'which rows they are must be known')
      if (!updateReturning) await s.select(Item).all()
      assert.deepEqual([a.stock, b.stock, c.stock], [15, 10, 15])
      assert.deepEqual([a.note, b.note, c.note], [null, 'none', null])
      assert.deepEqual(inspect(c).modified, [])
      await s.rollback()
      if (!updateReturning) await s.select(Item).all()
      assert.deepEqual([a.stock, c.stock], [10, 10])
    })

    // session 7.4
    it('take deleted objects out of the session', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [a, b] = await s.select(Item).orderBy(Item.c.code).all()
      assert.ok(a && b)
      assert.equal(await s.deleteFrom(Item).where(Item.c.code.eq('a')), 1)
      if (deleteReturning)
        assert.deepEqual([s.has(a), inspect(a).state, s.has(b)], [false, 'deleted', true])
      assert.equal(await s.get(Item, a.id), null)
      await s.rollback()
      const again = await s.get(Item, a.id)
      if (deleteReturning) assert.deepEqual([s.has(a), again === a], [true, true])
      assert.equal(again?.code, 'a')
    })

    it('give back touched rows as objects, or columns of them', returning, async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const known = await s.select(Item).where({ code: 'a' }).one()
      const updated = await s.update(Item).everyRow().set({ state: 'sold' }).returning().all()
      assert.equal(updated.length, 3)
      assert.ok(updated.includes(known))
      assert.equal(known.state, 'sold')
      const deleted = await s
        .deleteFrom(Item)
        .where({ code: ['b', 'c'] })
        .returning({ code: Item.c.code, stock: Item.c.stock })
        .all()
      assert.deepEqual(
        deleted.toSorted((x, y) => x.code.localeCompare(y.code)),
        [
          { code: 'b', stock: 10 },
          { code: 'c', stock: 10 },
        ],
      )
      assert.deepEqual(
        updated.filter((item) => s.has(item)),
        [known],
      )
    })

    // session 7.8
    // settled B8
    // settled B9
    it('must say which rows are meant', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      await failure('ARGUMENT', ['Cannot delete', 'Item', 'everyRow()'], async () =>
        s.deleteFrom(Item),
      )
      await failure('ARGUMENT', ['Cannot update', 'Item', 'everyRow()'], async () =>
        s.update(Item).set({ stock: 1 }),
      )
      assert.equal(opened.sent.count(), 0)
      assert.equal(await s.update(Item).set({ stock: 1 }).everyRow(), 3)
      assert.equal(await s.deleteFrom(Item).everyRow(), 3)
    })

    // settled H19
    it('refuse an empty or undefined condition', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      await failure('ARGUMENT', ['Item', 'everyRow()'], async () => s.deleteFrom(Item).where({}))
      await failure('ARGUMENT', ['Item', 'everyRow()'], async () =>
        s.update(Item).where({}).set({ stock: 1 }),
      )
      await failure('ARGUMENT', ['Item by code', 'undefined'], async () =>
        s.deleteFrom(Item).where({ code: undefined as never }),
      )
      await failure('ARGUMENT', ['stock', 'undefined'], async () =>
        s
          .update(Item)
          .everyRow()
          // @ts-expect-error undefined is no value: consumers without exactOptionalPropertyTypes get this far
          .set({ stock: undefined }),
      )
      assert.equal(opened.sent.count(), 0)
      assert.equal(await s.select(Item).count(), 3)
    })

    it('ask through relations, and refuse joins', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.addAll([
        new Post({ title: 'a', author: new User({ name: 'ada' }) }),
        new Post({ title: 'b', author: new User({ name: 'bob' }) }),
      ])
      assert.equal(
        await s
          .update(Post)
          .where(Post.c.author.has({ name: 'ada' }))
          .set({ title: sql`upper(${sql.ref(Post.c.title)})` }),
        1,
      )
      assert.deepEqual(await s.select(Post.c.title).orderBy(Post.c.id).all(), ['A', 'b'])
      await failure('ARGUMENT', ['has no joins', 'author.has('], async () =>
        s.deleteFrom(Post).where(Post.c.author.c.name.eq('ada')),
      )
    })
  })
}
