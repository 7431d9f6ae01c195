import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { evaluated, Item, threeItems } from './fixtures.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  const returning = database.needs('RETURNING of INSERT', database.supports.insertReturning)
  describe(`bulk INSERT on ${database.name}`, () => {
    // session 7.1
    it('makes no objects, flushes first, batches, and counts its rows', async (t) => {
      const { session, sent } = await database.open(t, { ...blog, Item })
      const s = session()
      s.add(new Tag({ name: 'pending' }))
      const count = await s
        .insert(Item)
        .values(Array.from({ length: 61 }, (_, i) => ({ code: `c${i}` })))
      assert.equal(count, 61)
      assert.deepEqual(targets(sent), ['insert tag', 'insert item', 'insert item', 'insert item'])
      await s.rollback()
      assert.equal(await session().select(Item).count(), 0, 'it runs in the transaction')
    })

    // session 7.17
    it('has few texts, however many rows go together', async (t) => {
      const { session, db, sent } = await database.open(t, { ...blog, Item })
      const s = session()
      const before = db.engine.statements.size
      let code = 0
      for (let count = 1; count <= 70; count += 3)
        await s
          .insert(Item)
          .values(Array.from({ length: count }, () => ({ code: `c${(code += 1)}`, state: 'old' })))
      const bulk = new Set(sent.events.splice(0).map(({ sql }) => sql)).size
      assert.ok(bulk <= 5, `${bulk} texts of bulk inserts`)
      assert.ok(db.engine.statements.size - before <= 3)
      for (let count = 1; count <= 70; count += 3)
        s.addAll(Array.from({ length: count }, () => new Tag({ name: `t${(code += 1)}` })))
      await s.flush()
      const flushed = new Set(sent.events.splice(0).map(({ sql }) => sql)).size
      assert.ok(flushed <= 3, `${flushed} texts of a flush`)
    })

    // session 7.1
    // settled A7
    it('evaluates client defaults once a row, when it is sent', async (t) => {
      const { session } = await database.open(t, { Item })
      const s = session()
      evaluated.times = 0
      const insert = s.insert(Item).values([{ code: 'a' }, { code: 'b' }, { code: 'c', stock: 99 }])
      assert.equal(evaluated.times, 0)
      await insert
      assert.equal(evaluated.times, 2)
      assert.deepEqual(await s.select(Item.c.stock).orderBy(Item.c.code).all(), [1, 2, 99])
    })

    // session 7.3
    it('takes a missing key for a default and null for NULL', async (t) => {
      const { session, sent } = await database.open(t, { Item })
      const s = session()
      sent.clear()
      await s
        .insert(Item)
        .values([
          { code: 'a' },
          { code: 'b', note: null },
          { code: 'c', note: 'own' },
          { code: 'd', state: 'old' },
        ])
      assert.deepEqual(targets(sent), ['insert item', 'insert item', 'insert item', 'insert item'])
      const rows = await s
        .select({ code: Item.c.code, state: Item.c.state, note: Item.c.note })
        .orderBy(Item.c.code)
        .all()
      assert.deepEqual(rows, [
        { code: 'a', state: 'new', note: 'none' },
        { code: 'b', state: 'new', note: null },
        { code: 'c', state: 'new', note: 'own' },
        { code: 'd', state: 'old', note: 'none' },
      ])
    })

    // session 7.2
    it(
      'gives objects of the session, or columns, when they are asked for',
      returning,
      async (t) => {
        const { session, sent } = await database.open(t, { Item })
        const s = session()
        const made = await s
          .insert(Item)
          .values([{ code: 'a' }, { code: 'b' }])
          .returning()
          .all()
        assert.deepEqual(
          made.map(({ code, state }) => [code, state]),
          [
            ['a', 'new'],
            ['b', 'new'],
          ],
        )
        sent.clear()
        assert.equal(await s.get(Item, made[0]?.id ?? 0), made[0])
        assert.equal(sent.count(), 0)
        const row = await s
          .insert(Item)
          .values({ code: 'c' })
          .returning({ code: Item.c.code, note: Item.c.note })
          .one()
        assert.deepEqual(row, { code: 'c', note: 'none' })
      },
    )

    // session 7.6
    // settled B24
    it('leaves or updates an existing row, as it is told', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [item] = await s.select(Item).orderBy(Item.c.code).all()
      assert.ok(item)
      await s
        .insert(Item)
        .values([
          { code: 'a', stock: 1 },
          { code: 'z', stock: 1 },
        ])
        .onConflict(['shop', 'code'])
        .doNothing()
      await s
        .insert(Item)
        .values([{ code: 'b', stock: 2, note: 'all' }])
        .onConflict(['shop', 'code'])
        .doUpdate()
      await s
        .insert(Item)
        .values([{ code: 'c', stock: 3 }])
        .onConflict(['shop', 'code'])
        .doUpdate({ stock: Item.c.stock.plus(1) })
      const rows = await s
        .select({ code: Item.c.code, stock: Item.c.stock, note: Item.c.note })
        .orderBy(Item.c.code)
        .all()
      assert.deepEqual(
        rows.map(({ code, stock, note }) => `${code} ${stock} ${note}`),
        ['a 10 none', 'b 2 all', 'c 11 none', 'z 1 none'],
      )
    })

    // session 7.6
    // session 7.2
    it('refreshes objects in memory that an upsert has updated', returning, async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [a, b] = await s.select(Item).orderBy(Item.c.code).all()
      assert.ok(a && b)
      const [same] = await s
        .insert(Item)
        .values({ code: 'a', stock: 77 })
        .onConflict(['shop', 'code'])
        .doUpdate()
        .returning()
        .all()
      assert.equal(same, a)
      assert.equal(a.stock, 77)
      await s.insert(Item).values({ code: 'b', stock: 78 }).onConflict(['shop', 'code']).doUpdate()
      assert.equal(inspect(b).isStale, true, 'which row was updated is not known')
      assert.equal((await s.getOne(Item, b.id)).stock, 78)
    })

    // session 7.7
    // settled B7
    it('inserts or gets rows by unique columns, in the order of the rows', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const known = await s.select(Item).where({ code: 'b' }).one()
      opened.sent.clear()
      const [x, b, again, y] = await s.insertOrGet(
        Item,
        [
          { shop: 1, code: 'x' },
          { shop: 1, code: 'b', stock: 0 },
          { shop: 1, code: 'b' },
          { shop: 2, code: 'b' },
        ],
        ['shop', 'code'],
      )
      assert.deepEqual(
        targets(opened.sent).filter((target) => target !== 'insert item'),
        ['select item'],
      )
      assert.equal(b, known)
      assert.equal(again, known)
      assert.deepEqual([x?.code, b?.stock, y?.shop, y === b], ['x', 10, 2, false])
      assert.deepEqual(await s.insertOrGet(Item, [], ['shop', 'code']), [])
      await s.commit()
      assert.equal(await opened.session().select(Item).count(), 5)
    })

    // session 7.7
    it('says what insertOrGet needs', async (t) => {
      const { session, sent } = await database.open(t, { ...blog, Item })
      const s = session()
      sent.clear()
      await failure('ARGUMENT', ['Item', 'without "shop"', 'told apart by it'], () =>
        s.insertOrGet(Item, [{ code: 'a' }], ['shop', 'code']),
      )
      await failure('ARGUMENT', ['Tag', '"nam"', 'Did you mean "name"?'], () =>
        s.insertOrGet(Tag, [{ name: 'x' }], ['nam' as 'name']),
      )
      assert.equal(sent.count(), 0)
    })

    it('names an unknown column and a value that it does not take', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await failure(
        'ARGUMENT',
        ['Cannot insert into Tag with "nam"', 'Did you mean "name"?'],
        async () => s.insert(Tag).values({ nam: 'x' } as never),
      )
      await failure('ARGUMENT', ['Tag.name', 'string'], async () =>
        s.insert(Tag).values({ name: 7 as never }),
      )
      assert.equal(sent.count(), 0)
      await failure('UNIQUE_VIOLATION', ['name'], async () =>
        s.insert(Tag).values([{ name: 'x' }, { name: 'x' }]),
      )
    })
  })
}
