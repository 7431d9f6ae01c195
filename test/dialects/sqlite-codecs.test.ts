import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { BindError, CheckViolationError, DataError } from '../../src/errors/index.ts'
import {
  columnTypes,
  customType,
  decimalType,
  oneOfType,
  varcharType,
  type ColumnType,
} from '../../src/schema/index.ts'
import { sqliteDialect } from '../../src/dialects/sqlite/index.ts'
import { DRIVERS, holder, openEngine } from '../engine/support.ts'

const roles = oneOfType(['admin', "o'brien"])
const point = customType({
  sqlType: 'text',
  encode: ({ x, y }: { x: number; y: number }) => `${x},${y}`,
  decode: readPoint,
} as never)

function readPoint(stored: unknown): { x: number; y: number } {
  const [x, y] = String(stored).split(',').map(Number)
  if (x === undefined || y === undefined || Number.isNaN(x + y)) throw new RangeError('no point')
  return { x, y }
}

/** For each kind of column: values and their stored forms; forms that no value has; what else can be read. */
const KINDS: readonly {
  readonly type: ColumnType
  readonly pairs: readonly (readonly [value: unknown, stored: unknown])[]
  readonly wrong?: readonly unknown[]
  readonly foreign?: readonly (readonly [stored: unknown, value: unknown])[]
}[] = [
  {
    type: columnTypes.int,
    pairs: [
      [0, 0],
      [-5, -5],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ],
  },
  {
    type: columnTypes.bigint,
    pairs: [
      [5n, 5],
      [2n ** 62n, 2n ** 62n],
      [-(2n ** 63n), -(2n ** 63n)],
    ],
    wrong: ['x', 1.5, new Uint8Array(1)],
  },
  {
    type: columnTypes.float,
    pairs: [
      [1.5, 1.5],
      [2, 2],
      [-1e-300, -1e-300],
    ],
  },
  {
    type: columnTypes.text,
    pairs: [
      ['', ''],
      ['a\0ñ😀', 'a\0ñ😀'],
    ],
  },
  { type: varcharType(3), pairs: [['abc', 'abc']] },
  {
    type: columnTypes.boolean,
    pairs: [
      [true, 1],
      [false, 0],
    ],
    wrong: [2, 'true', -1],
  },
  {
    type: decimalType(),
    pairs: [
      ['1.5', '1.5'],
      ['123456789012345678901234567890.12', '123456789012345678901234567890.12'],
      ['-0.001', '-0.001'],
    ],
    wrong: ['1e5', 'abc', '', '1.', '.5', '--1', '1.2.3', '1-2', '-'],
  },
  {
    type: decimalType(6, 2),
    pairs: [
      ['1.50', '1.50'],
      ['-1234.00', '-1234.00'],
    ],
  },
  {
    type: columnTypes.timestamp,
    pairs: [
      [new Date(0), '1970-01-01T00:00:00.000Z'],
      [new Date('2024-02-29T23:59:59.999Z'), '2024-02-29T23:59:59.999Z'],
    ],
    wrong: [0, 1709251199, 'yesterday', '2024-13-01T00:00:00.000Z', '2024', '12:30'],
    foreign: [
      ['2024-02-29 12:30:00', new Date('2024-02-29T12:30:00.000Z')],
      ['2024-02-29', new Date('2024-02-29T00:00:00.000Z')],
      ['2024-02-29T12:30', new Date('2024-02-29T12:30:00.000Z')],
      ['2024-02-29 12:30:00.123456', new Date('2024-02-29T12:30:00.123Z')],
      ['2024-02-29T12:30:00+02:00', new Date('2024-02-29T10:30:00.000Z')],
    ],
  },
  {
    type: columnTypes.localTimestamp,
    pairs: [['2024-02-29 12:30:00', '2024-02-29 12:30:00']],
    wrong: ['now', 5],
  },
  { type: columnTypes.date, pairs: [['2024-02-29', '2024-02-29']], wrong: ['29.2.2024', 20240229] },
  { type: columnTypes.time, pairs: [['12:30:00', '12:30:00']], wrong: ['noon', 12] },
  {
    type: columnTypes.uuid,
    pairs: [['0190f3a6-0000-7000-8000-00000000abcd', '0190f3a6-0000-7000-8000-00000000abcd']],
    wrong: ['no uuid', new Uint8Array(16)],
  },
  {
    type: columnTypes.bytes,
    pairs: [
      [new Uint8Array([0, 1, 255]), new Uint8Array([0, 1, 255])],
      [new Uint8Array(0), new Uint8Array(0)],
    ],
    wrong: ['letters', 5],
  },
  {
    type: columnTypes.json,
    pairs: [
      [{ a: [1, null, 'x'] }, '{"a":[1,null,"x"]}'],
      ['text', '"text"'],
      [false, 'false'],
      [[], '[]'],
    ],
    wrong: ['{a:1}', '', new Uint8Array([1])],
    foreign: [[' { "a" : 1 } ', { a: 1 }]],
  },
  {
    type: roles,
    pairs: [
      ['admin', 'admin'],
      ["o'brien", "o'brien"],
    ],
    wrong: ['root', 5, ''],
  },
  { type: point, pairs: [[{ x: 1, y: 2 }, '1,2']], wrong: ['nowhere'] },
]

for (const driver of DRIVERS) {
  describe(`SQLite column types on ${driver}`, () => {
    /** A table with one column of the type, as `createAll` declares it, or without its check. */
    async function open(t: TestContext, type: ColumnType, withCheck: boolean) {
      const engine = openEngine(t, { driver })
      const connection = await engine.acquire('write', holder('test'))
      const codec = engine.dialect.codec(type)
      const check = withCheck && codec.check !== undefined ? ` check (${codec.check('"v"')})` : ''
      await connection.execute({
        sql: `create table t (v ${codec.sqlType}${check})`,
        parameters: [],
      })
      return {
        codec,
        store: async (stored: unknown): Promise<void> => {
          await connection.execute({ sql: 'delete from t', parameters: [] })
          await connection.execute({ sql: 'insert into t values (?)', parameters: [stored] })
        },
        read: async (): Promise<unknown> =>
          (await connection.execute({ sql: 'select v from t', parameters: [] })).rows[0]?.[0],
      }
    }

    // settled M12
    it('store each value in one form, read it back, and keep null', async (t) => {
      for (const { type, pairs } of KINDS) {
        const { codec, store, read } = await open(t, type, true)
        for (const [value, stored] of pairs) {
          assert.ok(type.accepts(value), `${type.kind} takes its own value`)
          const encoded = codec.encode === undefined ? value : codec.encode(value)
          await store(encoded)
          const found = await read()
          assert.deepEqual(found, stored, `${type.kind} is stored as`)
          assert.deepEqual(
            codec.decode === undefined ? found : codec.decode(found),
            value,
            `${type.kind} is read as`,
          )
        }
        await store(null)
        assert.equal(await read(), null)
      }
    })

    it('are told what is stored and cannot be read, by the name of the type and never the form', async (t) => {
      for (const { type, wrong = [] } of KINDS) {
        const { codec, store, read } = await open(t, type, false)
        for (const form of wrong) {
          await store(form)
          const found = await read()
          assert.throws(
            () => codec.decode?.(found),
            (error: DataError) => {
              assert.ok(error instanceof DataError, `${type.kind} ${String(form)}`)
              assert.ok(error.message.includes(type.kind), error.message)
              if (typeof form === 'string' && form.length > 2)
                assert.ok(!error.message.includes(form), error.message)
              return true
            },
          )
        }
      }
    })

    it('have checks that keep others from storing what cannot be read', async (t) => {
      for (const { type, pairs, wrong = [] } of KINDS) {
        const { codec, store } = await open(t, type, true)
        if (codec.check === undefined) continue
        for (const form of wrong)
          await assert.rejects(store(form), CheckViolationError, `${type.kind} ${String(form)}`)
        for (const [, stored] of pairs) await store(stored)
      }
    })

    // settled M10
    it('read timestamps that SQLite and others write: without a zone they are UTC', async (t) => {
      for (const { type, foreign = [] } of KINDS) {
        const { codec, store, read } = await open(t, type, true)
        for (const [stored, value] of foreign) {
          await store(stored)
          assert.deepEqual(codec.decode?.(await read()), value)
        }
      }
      const { codec, store, read } = await open(t, columnTypes.timestamp, true)
      const engine = openEngine(t, { driver })
      const rows = await engine.begin(
        async (connection) =>
          (await connection.execute({ sql: 'select current_timestamp', parameters: [] })).rows,
      )
      await store(rows[0]?.[0])
      const age = Date.now() - Number(codec.decode?.(await read()))
      assert.ok(age >= 0 && age < 60_000, `current_timestamp is now, not ${age} ms ago`)
    })

    // settled M11
    it('compare, sort and sum decimals by value', async (t) => {
      const engine = openEngine(t, { driver })
      const codec = engine.dialect.codec(decimalType(10, 2))
      const number = codec.comparable?.('v') ?? ''
      const rows = await engine.begin(async (connection) => {
        await connection.execute({ sql: `create table t (v ${codec.sqlType})`, parameters: [] })
        for (const value of ['9.5', '10', '-1.25'])
          await connection.execute({
            sql: 'insert into t values (?)',
            parameters: [codec.encode?.(value)],
          })
        const sorted = await connection.execute({
          sql: `select v from t order by ${number}`,
          parameters: [],
        })
        const sum = await connection.execute({
          sql: `select sum(${number}) from t where ${number} > ${codec.comparable?.('?') ?? ''}`,
          parameters: ['-2'],
        })
        return [sorted.rows.flat(), codec.decode?.(sum.rows[0]?.[0])]
      })
      assert.deepEqual(rows, [['-1.25', '9.50', '10.00'], '18.25'])
    })
  })
}

describe('SQLite column types', () => {
  const codec = (type: ColumnType): ReturnType<typeof sqliteDialect.codec> =>
    sqliteDialect.codec(type)

  it('are the same object for the same type', () => {
    assert.equal(codec(columnTypes.json), codec(columnTypes.json))
    const own = varcharType(5)
    assert.equal(codec(own), codec(own))
    assert.equal(codec(own).sqlType, 'varchar(5)')
  })

  it('write uuids in lower case', () => {
    assert.equal(
      codec(columnTypes.uuid).encode?.('0190F3A6-0000-7000-8000-00000000ABCD'),
      '0190f3a6-0000-7000-8000-00000000abcd',
    )
  })

  it('never round a decimal', () => {
    const money = codec(decimalType(6, 2)).encode
    for (const [given, stored] of [
      ['+01.50', '1.50'],
      ['1234', '1234.00'],
      ['.5', '0.50'],
      ['-0', '0.00'],
      ['1.500', '1.50'],
    ] as const)
      assert.equal(money?.(given), stored)
    for (const given of ['1.005', '12345', '-99999.00'])
      assert.throws(() => money?.(given), {
        code: 'BIND',
        message: /more digits than decimal\(6, 2\)/,
      })
  })

  it('read sums of decimals without an exponent', () => {
    const { decode } = codec(decimalType())
    assert.deepEqual(
      [1e21, 1e-7, 5n, 0.1].map((sum) => decode?.(sum)),
      ['1000000000000000000000', '0.0000001', '5', '0.1'],
    )
  })

  it('refuse times whose text would not sort', () => {
    const { encode } = codec(columnTypes.timestamp)
    for (const year of ['+010000', '-000001'])
      assert.throws(() => encode?.(new Date(`${year}-01-01T00:00:00.000Z`)), BindError)
  })

  it('refuse what JSON cannot say', () => {
    const { encode } = codec(columnTypes.json)
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    for (const value of [circle, { big: 1n }, { toJSON: () => undefined }])
      assert.throws(() => encode?.(value), BindError)
  })

  it('round-trip every value of every kind', () => {
    const anyDate = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    const digits = fc.tuple(
      fc.constantFrom('', '-'),
      fc.bigInt({ min: 0n, max: 10n ** 30n }),
      fc.stringMatching(/^(?:\.\d{0,19}[1-9])?$/),
    )
    const cases: readonly (readonly [ColumnType, fc.Arbitrary<unknown>])[] = [
      [columnTypes.timestamp, anyDate],
      [columnTypes.boolean, fc.boolean()],
      [
        columnTypes.json,
        fc
          .jsonValue()
          .map((value): unknown => JSON.parse(JSON.stringify(value))) /* JSON has no -0 */,
      ],
      [columnTypes.uuid, fc.uuid()],
      [columnTypes.bigint, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
      [
        decimalType(),
        digits
          .map(([sign, whole, fraction]) => `${sign}${whole}${fraction}`)
          .filter((text) => !/^-0$/.test(text)),
      ],
    ]
    for (const [type, values] of cases) {
      const { encode, decode } = codec(type)
      fc.assert(
        fc.property(values, (value) =>
          type.equals(decode?.(encode === undefined ? value : encode(value)), value),
        ),
      )
    }
  })
})
