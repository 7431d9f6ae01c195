import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  bigint,
  boolean,
  bytes,
  custom,
  date,
  decimal,
  float,
  id,
  inspect,
  int,
  json,
  localTimestamp,
  oneOf,
  text,
  time,
  timestamp,
  uuid,
  uuidv7,
  varchar,
} from 'athanor'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}

/** A column of each type. */
class Every extends Model({
  id: id(),
  count: int(),
  ratio: float(),
  big: bigint(),
  price: decimal(10, 2),
  exact: decimal(),
  title: text(),
  code: varchar(5),
  isOpen: boolean(),
  at: timestamp(),
  local: localTimestamp(),
  day: date(),
  hour: time(),
  key: uuid(),
  hash: bytes(),
  tree: json<unknown>(),
  state: oneOf('open', 'shut'),
  money: custom<Money>({
    sqlType: 'integer',
    encode: ({ cents }) => cents,
    decode: (cents: number) => new Money(cents),
  }),
}) {}

type Values = Omit<ConstructorParameters<typeof Every>[0], 'id'>

const PLAIN: Values = {
  count: 7,
  ratio: 0.1,
  big: 7n,
  price: '12.50',
  exact: '0.000000000000000001',
  title: 'Grüße, 世界 \u{1F30D}',
  code: 'abcde',
  isOpen: true,
  at: new Date('2024-02-29T12:34:56.789Z'),
  local: '2024-02-29 12:34:56',
  day: '2024-02-29',
  hour: '12:34:56',
  key: uuidv7(),
  hash: new Uint8Array([0, 1, 255]),
  tree: { a: [1, null, { b: 'x' }], c: true },
  state: 'open',
  money: new Money(1250),
}
/** Values at the edges of their types. */
const EDGES: Values = {
  ...PLAIN,
  count: Number.MIN_SAFE_INTEGER,
  ratio: 5e-324,
  big: 2n ** 63n - 1n,
  price: '-99999999.99',
  exact: '123456789012345678901234567890.5',
  title: '',
  code: '\u{1F30D}\u{1F30D}\u{1F30D}\u{1F30D}\u{1F30D}',
  isOpen: false,
  at: new Date(-1),
  local: '1970-01-01 00:00:00',
  day: '0001-01-01',
  hour: '00:00:00',
  hash: new Uint8Array(0),
  tree: [],
  state: 'shut',
  money: new Money(0),
}

const WRONG: readonly [column: keyof Values, value: unknown, expects: string][] = [
  ['count', 1.5, 'an integer'],
  ['count', '1', 'an integer'],
  ['ratio', Number.NaN, 'a finite number'],
  ['big', 1, 'a bigint of 64 bits'],
  ['big', 2n ** 63n, 'a bigint of 64 bits'],
  ['price', 12.5, 'a decimal number as text'],
  ['price', '123456789.00', 'a decimal number as text of at most 10 digits, 2 of them decimals'],
  ['price', '0.001', 'a decimal number as text of at most 10 digits, 2 of them decimals'],
  ['title', 7, 'a string'],
  ['code', 'abcdef', 'a string of at most 5 characters'],
  ['isOpen', 1, 'a boolean'],
  ['at', '2024-02-29', 'a valid Date'],
  ['at', new Date('nonsense'), 'a valid Date'],
  ['at', new Date(8.64e15), 'a valid Date of the years 0 to 9999'],
  ['at', new Date(-1e15), 'a valid Date of the years 0 to 9999'],
  ['day', new Date(), "a date as 'YYYY-MM-DD'"],
  ['day', '2026-02-29', "a date as 'YYYY-MM-DD'"],
  ['day', '0000-01-01', "a date as 'YYYY-MM-DD'"],
  ['hour', '25', "a time as 'HH:MM:SS'"],
  ['hour', '23:60:00', "a time as 'HH:MM:SS'"],
  ['hour', '24:00:01', "a time as 'HH:MM:SS'"],
  ['local', '2026-13-01 00:00:00', "a local time as 'YYYY-MM-DD HH:MM:SS'"],
  ['local', '2026-12-01 24:30:00', "a local time as 'YYYY-MM-DD HH:MM:SS'"],
  ['key', 'x', 'a UUID as text'],
  ['hash', 'abc', 'a Uint8Array'],
  ['tree', () => 1, 'a value that JSON can say'],
  ['state', 'ajar', "one of 'open', 'shut'"],
]

describe('uuidv7', () => {
  // settled M8
  it('makes keys of version 7 that sort by the time at which they were made', async () => {
    const first = uuidv7()
    await new Promise((resolve) => setTimeout(resolve, 2))
    const second = uuidv7()
    for (const key of [first, second]) {
      assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
    assert.ok(first < second)
    assert.ok(
      Math.abs(Number.parseInt(first.replace('-', '').slice(0, 12), 16) - Date.now()) < 60_000,
    )
  })
})

for (const database of databases()) {
  describe(`column types on ${database.name}`, () => {
    for (const [name, values] of Object.entries({
      'ordinary values': PLAIN,
      'values at the edges': EDGES,
    })) {
      it(`give back ${name} as they were`, async (t) => {
        const { session } = await database.open(t, { Every })
        const s = session()
        const made = s.add(new Every(values))
        await s.commit()
        const read = await session().select(Every).one()
        assert.deepEqual(Object.entries(read), Object.entries(made))
        const { id: _, ...columns } = read
        assert.deepEqual(columns, { ...values })
      })

      // settled H14
      it(`write nothing after a row of ${name} was read`, async (t) => {
        const { session, sent } = await database.open(t, { Every })
        const s = session()
        s.add(new Every(values))
        await s.commit()
        const other = session()
        const read = await other.select(Every).one()
        sent.clear()
        assert.deepEqual(inspect(read).modified, [])
        await other.commit()
        assert.equal(sent.count(), 0)
      })

      // settled H14
      it(`write nothing after a row of ${name} was written`, async (t) => {
        const { session, sent } = await database.open(t, { Every })
        const s = session()
        const made = s.add(new Every(values))
        await s.flush()
        sent.clear()
        assert.deepEqual(inspect(made).modified, [])
        await s.flush()
        assert.equal(sent.count(), 0)
      })
    }

    // web 98
    it('name the column whose codec cannot store a value', async (t) => {
      const { session } = await database.open(t, { Every })
      const s = session()
      s.add(new Every({ ...PLAIN, tree: { big: 1n } }))
      await assert.rejects(s.flush(), { code: 'BIND', message: /It was meant for Every\.tree\./ })
    })

    // settled H14
    it('write nothing where the database spells a value in another way', async (t) => {
      const { session, sent } = await database.open(t, { Every })
      const s = session()
      s.add(new Every(PLAIN))
      await s.commit()
      await s.sql`update ${Every} set tree = ${'{ "c": true,   "a": [1, null, {"b": "x"}] }'}, price = ${'12.5'}`.all()
      await s.commit()
      const other = session()
      const read = await other.select(Every).one()
      sent.clear()
      assert.deepEqual([read.tree, inspect(read).modified], [PLAIN.tree, []])
      await other.commit()
      assert.equal(sent.count(), 0)
    })

    it('compare in queries as the values that they are', async (t) => {
      const { session } = await database.open(t, { Every })
      const s = session()
      s.addAll([new Every(PLAIN), new Every(EDGES)])
      await s.commit()
      for (const column of [
        'count',
        'ratio',
        'big',
        'price',
        'title',
        'isOpen',
        'at',
        'local',
        'day',
        'hour',
        'state',
        'money',
      ] as const) {
        const [found, ...others] = await session()
          .select(Every)
          .where({ [column]: PLAIN[column] })
          .all()
        assert.deepEqual([found?.count, others.length], [PLAIN.count, 0], column)
      }
      const [byList] = await session()
        .select(Every)
        .where({ big: [EDGES.big, 5n] })
        .all()
      assert.equal(byList?.big, EDGES.big)
      assert.equal(await session().select(Every).where(Every.c.price.lt('0')).count(), 1)
      assert.equal(
        await session()
          .select(Every)
          .where(Every.c.at.lt(new Date(0)))
          .count(),
        1,
      )
    })

    for (const [column, value, expects] of WRONG) {
      it(`refuse ${column} = ${typeof value === 'bigint' ? `${value}n` : String(value)} before anything is sent, without showing it`, async (t) => {
        const { session, sent } = await database.open(t, { Every })
        const s = session()
        s.add(Object.assign(new Every(PLAIN), { [column]: value }))
        const error = await failure('ARGUMENT', [`Every.${column}`, expects], () => s.flush())
        assert.equal(error.info['target'] ?? error.info['property'], `Every.${column}`)
        if (typeof value === 'string') assert.ok(!error.message.includes(`"${value}"`))
        assert.equal(sent.count(), 0)
      })
    }

    // settled M11
    it('compare and add up decimals as numbers, exactly', async (t) => {
      const { session } = await database.open(t, { Every })
      const s = session()
      s.addAll(
        ['9.00', '10.00', '0.10'].map((price) => new Every({ ...PLAIN, price, key: uuidv7() })),
      )
      await s.commit()
      const prices = await s
        .select(Every.c.price)
        .where(Every.c.price.gt('1'))
        .orderBy(Every.c.price)
        .all()
      assert.deepEqual(prices, ['9.00', '10.00'])
      assert.equal(await s.select(Every).where({ price: '10' }).count(), 1)
      const read = await s.select(Every).where({ price: '0.1' }).one()
      assert.equal(read.price, '0.10')
    })

    it('refuse null where the column does not take it', async (t) => {
      const { session } = await database.open(t, { Every })
      const s = session()
      s.add(Object.assign(new Every(PLAIN), { title: null }))
      await failure('NOT_NULL_VIOLATION', ['title'], () => s.flush())
    })
  })
}
