import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bytes,
  boolean,
  decimal,
  inspect,
  int,
  json,
  Model,
  text,
  timestamp,
  varchar,
  type KeyedRow,
  type StaleDataError,
} from 'athanor'
import { databases, type TestDatabase } from '../support/databases.ts'
import { Item, threeItems } from './fixtures.ts'
import { failure, targets } from './support.ts'

/** A column of each kind, and a key of two. */
class Reading extends Model({
  station: varchar(20).primaryKey(),
  hour: int().primaryKey(),
  value: decimal(8, 3),
  valid: boolean(),
  at: timestamp().nullable(),
  raw: bytes().nullable(),
  extra: json<{ tags: string[] }>().nullable(),
  note: text().nullable(),
}) {}

for (const database of databases()) {
  describe(`updateMany on ${database.name}`, () => {
    // session 7.5
    it('gives each row its values in one statement, and leaves out what a row leaves out', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const items = await s.select(Item).orderBy(Item.c.code).all()
      const rows: KeyedRow<Item>[] = items.map(({ id }, i) => ({ id, stock: i, note: `n${i}` }))
      targets(opened.sent)
      assert.equal(await s.updateMany(Item, rows), 3)
      assert.equal(await s.updateMany(Item, []), 0)
      assert.deepEqual(targets(opened.sent), ['update item'])
      await s.commit()
      assert.deepEqual(await storedItems(opened), [
        ['a', 0, 'n0'],
        ['b', 1, 'n1'],
        ['c', 2, 'n2'],
      ])
      const [first, , third] = items
      assert.ok(first && third)
      assert.equal(
        await s.updateMany(Item, [
          { id: first.id, stock: 50 },
          { id: third.id, note: null, stock: undefined },
        ]),
        2,
      )
      await s.commit()
      assert.deepEqual(await storedItems(opened), [
        ['a', 50, 'n0'],
        ['b', 1, 'n1'],
        ['c', 2, null],
      ])
    })

    // session 7.5
    it('sends one statement for 64 rows', async (t) => {
      const opened = await database.open(t, { Item })
      const s = opened.session()
      await s
        .insert(Item)
        .values(Array.from({ length: 73 }, (_, i) => ({ code: `c${i}`, stock: 0 })))
      await s.commit()
      const ids = await s.select(Item.c.id).orderBy(Item.c.id).all()
      targets(opened.sent)
      assert.equal(
        await s.updateMany(
          Item,
          ids.map((id, i) => ({ id, stock: i })),
        ),
        73,
      )
      assert.deepEqual(targets(opened.sent), ['update item', 'update item'])
      await s.commit()
      assert.deepEqual(
        await s.select(Item.c.stock).orderBy(Item.c.id).all(),
        ids.map((_, i) => i),
      )
    })

    // session 7.5
    it('rejects with STALE_DATA when a row is not there', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [id] = await s.select(Item.c.id).orderBy(Item.c.id).all()
      assert.ok(id !== undefined)
      const error = await failure('STALE_DATA', ['2 rows of Item', '"item" has 1 of them'], () =>
        s.updateMany(Item, [
          { id, stock: 1 },
          { id: 4711, stock: 2 },
        ]),
      )
      assert.deepEqual(
        [(error as StaleDataError).info['expected'], (error as StaleDataError).info['matched']],
        [2, 1],
      )
      await s.rollback()
      assert.deepEqual(await s.select(Item.c.stock).all(), [10, 10, 10])
    })

    it('has objects in memory follow, and puts them back with a rollback', async (t) => {
      const opened = await database.open(t, { Item })
      await threeItems(opened)
      const s = opened.session()
      const [a, b] = await s.select(Item).orderBy(Item.c.code).all()
      assert.ok(a && b)
      b.note = 'pending'
      await s.updateMany(Item, [
        { id: a.id, stock: 1 },
        { id: b.id, stock: 2 },
      ])
      if (!database.supports.updateReturning) await s.select(Item).all()
      assert.deepEqual([a.stock, b.stock, b.note], [1, 2, 'pending'])
      assert.deepEqual(inspect(b).modified, [])
      await s.rollback()
      if (!database.supports.updateReturning) await s.select(Item).all()
      assert.deepEqual([a.stock, b.stock, b.note], [10, 10, 'none'])
    })

    it('stores values of every kind, and finds rows by a key of several columns', async (t) => {
      const { session } = await database.open(t, { Reading })
      const s = session()
      const keys = [1, 2].map((hour) => ({ station: 'north', hour }))
      await s.insert(Reading).values(keys.map((key) => ({ ...key, value: '0', valid: false })))
      const rows: KeyedRow<Reading>[] = keys.map((key, i) => ({
        ...key,
        value: `1234${i}.125`,
        valid: i === 0,
        at: i === 0 ? new Date('2026-03-29T01:30:00.125Z') : null,
        raw: Uint8Array.of(0, 255, i),
        extra: i === 0 ? { tags: ['a', "b'c"] } : null,
        note: i === 0 ? null : 'läßt',
      }))
      assert.equal(await s.updateMany(Reading, rows), 2)
      await s.commit()
      const stored = await session().select(Reading).orderBy(Reading.c.hour).all()
      for (const [i, reading] of stored.entries()) {
        const { value, valid, at, raw, extra, note } = reading
        const { station: _station, hour: _hour, ...expected } = rows[i] ?? assert.fail()
        assert.deepEqual(
          { value, valid, at, raw: raw && new Uint8Array(raw), extra, note },
          expected,
        )
      }
    })

    it('refuses rows without a whole key, with the key of another, or with nothing to set, and sends nothing', async (t) => {
      const { session, sent } = await database.open(t, { Item, Reading })
      const s = session()
      const rows: [string, typeof Item | typeof Reading, object[]][] = [
        ['no station, hour', Reading, [{ station: 'north', valid: true }]],
        [
          'two rows have the key 7',
          Item,
          [
            { id: 7, stock: 1 },
            { id: 7, stock: 2 },
          ],
        ],
        ['beside its key', Item, [{ id: 7 }]],
        ['stok', Item, [{ id: 7, stok: 1 }]],
      ]
      for (const [part, model, wrong] of rows)
        await failure('ARGUMENT', [part], () => s.updateMany<Item | Reading>(model, wrong))
      assert.equal(sent.count(), 0)
    })
  })
}

/** What is stored, by code. */
async function storedItems(opened: TestDatabase): Promise<unknown[]> {
  const items = await opened.session().select(Item).orderBy(Item.c.code).all()
  return items.map(({ code, stock, note }) => [code, stock, note])
}
