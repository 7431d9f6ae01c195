import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  bigint,
  boolean,
  bytes,
  date,
  decimal,
  float,
  id,
  int,
  json,
  localTimestamp,
  max,
  min,
  oneOf,
  sql,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from 'athanor'
import type { ColumnExpression } from '../../src/sql/index.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'

class Sample extends Model({
  id: id(),
  whole: int().nullable(),
  large: bigint().nullable(),
  share: float().nullable(),
  price: decimal(12, 2).nullable(),
  note: text().nullable(),
  name: varchar(20).nullable(),
  open: boolean().nullable(),
  at: timestamp().nullable(),
  local: localTimestamp().nullable(),
  day: date().nullable(),
  hour: time().nullable(),
  key: uuid().nullable(),
  data: bytes().nullable(),
  meta: json<unknown>().nullable(),
  role: oneOf('a', 'b').nullable(),
}) {}

type Property = Exclude<keyof typeof Sample.c, 'id'>
type Pair = readonly [low: unknown, high: unknown]

/** Two values of each type, the lower one first. */
const PAIRS: Readonly<Record<string, Pair>> = {
  whole: [-1, 2 ** 40],
  large: [-1n, 9_007_199_254_740_993n],
  share: [0.1, 0.5],
  price: ['-2.50', '10.25'],
  note: ['a\\', "b'"],
  name: ['A', 'a'],
  open: [false, true],
  at: [new Date('1969-07-20T20:17:40.123Z'), new Date('2024-02-29T12:30:00.001Z')],
  local: ['2024-02-29 12:30:00', '2024-02-29 12:30:01'],
  day: ['1969-07-20', '2024-02-29'],
  hour: ['01:02:03', '23:59:59'],
  key: ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-00000000000a'],
  data: [new Uint8Array([0, 39, 92]), new Uint8Array([255, 0])],
  meta: [{ a: [1, null, 'x'] }, { a: [1, null, 'y'] }],
  role: ['a', 'b'],
}

/** Types whose values have no order that databases agree on, or none at all. */
const UNORDERED = new Set(['meta', 'data', 'open', 'key'])

async function openSamples(t: Parameters<DatabaseKind['open']>[0], database: DatabaseKind) {
  const { session } = await database.open(t, { Sample })
  const s = session()
  const rowOf = (place: 0 | 1): object =>
    Object.fromEntries(Object.entries(PAIRS).map(([key, pair]) => [key, pair[place]]))
  await s.insert(Sample).values([rowOf(0), rowOf(1), {}])
  await s.commit()
  return s
}

const columnOf = (property: string): ColumnExpression =>
  Sample.c[property as Property] as unknown as ColumnExpression

for (const database of databases()) {
  describe(`values of each type in queries on ${database.name}`, () => {
    for (const [property, [low, high]] of Object.entries(PAIRS)) {
      // settled H14
      it(`finds, lists, replaces and gives back: ${property}`, async (t) => {
        const s = await openSamples(t, database)
        const column = columnOf(property)
        const ids = (condition: unknown): Promise<number[]> =>
          s
            .select(Sample.c.id)
            .where(condition as never)
            .orderBy(Sample.c.id)
            .all()
        assert.deepEqual(await ids(column.eq(low)), [1])
        assert.deepEqual(await ids(column.ne(low)), [2])
        assert.deepEqual(await ids(column.in([low, high])), [1, 2])
        assert.deepEqual(await ids(column.in([high, null])), [2, 3])
        assert.deepEqual(await ids(column.notIn([high])), [1])
        const values = s.select(column as never).orderBy(Sample.c.id)
        assert.deepEqual(await values.all(), [low, high, null])
        const filled = s.select(column.coalesce(high) as never).orderBy(Sample.c.id)
        assert.deepEqual(await filled.all(), [low, high, high])
        assert.equal(
          await s
            .update(Sample)
            .where({ id: 3 })
            .set({ [property]: low }),
          1,
        )
        assert.deepEqual(await ids(column.eq(low)), [1, 3])
        const [first] = await s.select(Sample).where({ id: 1 }).all()
        assert.deepEqual(Reflect.get(first ?? {}, property), low)
        await s.flush()
      })
    }

    for (const [property, [low, high]] of Object.entries(PAIRS).filter(
      ([each]) => !UNORDERED.has(each),
    )) {
      it(`sorts and compares: ${property}`, async (t) => {
        const s = await openSamples(t, database)
        const column = columnOf(property)
        const [extremes] = await s
          .select({ least: min(column as never), most: max(column as never) })
          .all()
        assert.deepEqual(extremes, { least: low, most: high })
        const above = s.select(Sample.c.id).where(column.gt(low))
        assert.deepEqual(await above.all(), [2])
        const between = s.select(Sample.c.id).where(column.between(low, low))
        assert.deepEqual(await between.all(), [1])
        const falling = s.select(Sample.c.id).where(column.isNotNull())
        assert.deepEqual(await falling.orderBy(column.desc() as never).all(), [2, 1])
      })
    }

    // settled M15
    it('binds values in raw SQL as columns do', async (t) => {
      const s = await openSamples(t, database)
      for (const property of ['whole', 'large', 'share', 'open', 'at', 'data', 'note', 'day']) {
        const name = sql.ref(property)
        const [low] = PAIRS[property] ?? []
        const rows = await s.sql<{ id: number }>`select id from sample where ${name} = ${low}`.all()
        assert.deepEqual(rows, [{ id: 1 }], property)
        await s.sql`update sample set ${name} = ${low} where id = ${3}`.all()
        assert.equal(await s.sql`select 1 from sample where ${name} = ${low}`.count(), 2, property)
      }
    })

    it('selects conditions as booleans', async (t) => {
      const s = await openSamples(t, database)
      const rows = await s
        .select({ large: Sample.c.whole.gt(0), open: Sample.c.open.eq(true) })
        .orderBy(Sample.c.id)
        .all()
      assert.deepEqual(rows, [
        { large: false, open: false },
        { large: true, open: true },
        { large: null, open: null },
      ])
    })
  })
}
