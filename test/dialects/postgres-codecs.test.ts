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
import { postgresDialect } from '../../src/dialects/postgres/index.ts'
import type { Command, DriverResult, Engine } from '../../src/engine/index.ts'
import { BACKENDS, command, openEither } from './postgres-support.ts'

const roles = oneOfType(['admin', "o'brien"])
const point = customType({
  sqlType: 'text',
  encode: ({ x, y }: { x: number; y: number }) => `${x},${y}`,
  decode: (stored: unknown) => {
    const [x, y] = String(stored).split(',').map(Number)
    return { x, y }
  },
} as never)

/** For each kind of column: values, with the stored form where that is another. */
const KINDS: readonly {
  readonly type: ColumnType
  readonly values: readonly (readonly [value: unknown, stored?: unknown])[]
}[] = [
  { type: columnTypes.int, values: [[0], [-5], [Number.MAX_SAFE_INTEGER]] },
  { type: columnTypes.bigint, values: [[5n, 5], [2n ** 62n], [-(2n ** 63n)]] },
  { type: columnTypes.float, values: [[1.5], [2], [-1e-300], [Number.MAX_VALUE], [5e-324], [-0]] },
  { type: columnTypes.text, values: [[''], ['ñ😀 \\ \' " { } $1'], ['NULL'], ['a\nb\t\r']] },
  { type: varcharType(3), values: [['abc'], ['😀😀😀'], ['']] },
  { type: columnTypes.boolean, values: [[true], [false]] },
  { type: decimalType(), values: [['1.5'], ['123456789012345678901234567890.12'], ['-0.001']] },
  { type: decimalType(6, 2), values: [['1.50'], ['-1234.00']] },
  { type: decimalType(5), values: [['12345']] },
  {
    type: columnTypes.timestamp,
    values: [
      [new Date(0), '1970-01-01 00:00:00+00'],
      [new Date('2024-02-29T23:59:59.999Z'), '2024-02-29 23:59:59.999+00'],
      [new Date('0000-02-29T00:00:00.001Z'), '0001-02-29 00:00:00.001+00 BC'],
      [new Date('0001-01-01T00:00:00.000Z'), '0001-01-01 00:00:00+00'],
      [new Date('9999-12-31T23:59:59.999Z'), '9999-12-31 23:59:59.999+00'],
    ],
  },
  {
    type: columnTypes.localTimestamp,
    values: [['2024-02-29 12:30:00'], ['2024-02-29 12:30:00.123456']],
  },
  { type: columnTypes.date, values: [['2024-02-29'], ['0001-01-01'], ['9999-12-31']] },
  { type: columnTypes.time, values: [['12:30:00'], ['00:00:00.000001']] },
  { type: columnTypes.uuid, values: [['0190f3a6-0000-7000-8000-00000000abcd']] },
  { type: columnTypes.bytes, values: [[new Uint8Array([0, 1, 255, 92])], [new Uint8Array(0)]] },
  {
    type: columnTypes.json,
    values: [
      [{ b: 1, a: [1, null, 'x'] }, '{"a": [1, null, "x"], "b": 1}'],
      ['text', '"text"'],
      [false, 'false'],
      [[], '[]'],
      [null, null],
    ],
  },
  { type: roles, values: [['admin'], ["o'brien"]] },
  { type: point, values: [[{ x: 1, y: 2 }, '1,2']] },
]

interface Column {
  readonly store: (value: unknown) => Promise<void>
  readonly storeText: (sql: string) => Promise<void>
  readonly stored: () => Promise<unknown>
  readonly read: () => Promise<unknown>
}

for (const { name, needs } of BACKENDS) {
  describe(`PostgreSQL column types on ${name}`, needs, () => {
    const engines = new WeakMap<TestContext, Engine>()

    /** A table with one column of the type, as `createAll` declares it. */
    async function open(t: TestContext, type: ColumnType, sqlType?: string): Promise<Column> {
      const engine = engines.get(t) ?? (await openEither(t, name))
      engines.set(t, engine)
      const send = (sent: Command): Promise<DriverResult> =>
        engine.begin(async (connection) => connection.execute(sent))
      await send(command('drop table if exists t'))
      const codec = engine.dialect.codec(type)
      const check = codec.check === undefined ? '' : ` check (${codec.check('"v"')})`
      await send(command(`create table t (v ${sqlType ?? codec.sqlType}${check})`))
      const stored = async (): Promise<unknown> =>
        (await send(command('select v from t'))).rows[0]?.[0]
      const storeText = async (sql: string): Promise<void> => {
        await send(command('delete from t'))
        await send(command(`insert into t values (${sql})`))
      }
      return {
        stored,
        storeText,
        store: async (value) => {
          await send(command('delete from t'))
          const form = value === null ? null : (codec.encode?.(value) ?? value)
          await send(command('insert into t values ($1)', form))
        },
        read: async () => {
          const form = await stored()
          return form === null || codec.decode === undefined ? form : codec.decode(form)
        },
      }
    }

    // settled M12
    // settled H14
    it('store each value in one form, read it back equal, and keep null', async (t) => {
      for (const { type, values } of KINDS) {
        const column = await open(t, type)
        for (const [value, form = value] of values) {
          await column.store(value)
          assert.deepEqual(await column.stored(), form, `${type.kind} is stored as`)
          const read = await column.read()
          assert.deepEqual(read, value, `${type.kind} is read as`)
          if (value !== null) assert.ok(type.equals(read, value), `${type.kind} is equal`)
        }
        await column.store(null)
        assert.equal(await column.read(), null)
      }
    })

    // settled M10
    it('cut a moment to the millisecond when it is stored, and read others that are finer, or of another zone', async (t) => {
      const own = await open(t, columnTypes.timestamp)
      await own.storeText("'2024-02-29 12:30:00.123456+05:30'")
      assert.equal(await own.stored(), '2024-02-29 07:00:00.123+00')
      const finer = await open(t, columnTypes.timestamp, 'timestamptz')
      await finer.storeText("'2024-02-29 12:30:00.123456'")
      assert.deepEqual(await finer.read(), new Date('2024-02-29T12:30:00.123Z'))
      await finer.storeText("'12024-02-29 12:30:00'")
      assert.deepEqual(await finer.read(), new Date('+012024-02-29T12:30:00.000Z'))
      await finer.storeText("'infinity'")
      await assert.rejects(finer.read(), DataError)
    })

    it('are told what is stored and cannot be read', async (t) => {
      const cases: readonly (readonly [ColumnType, string, string])[] = [
        [columnTypes.int, 'bigint', '9007199254740993'],
        [decimalType(), 'numeric', "'NaN'"],
        [columnTypes.date, 'date', "'infinity'"],
        [roles, 'text', "'root'"],
        [columnTypes.boolean, 'int', '2'],
        [columnTypes.bytes, 'text', "'letters'"],
        [columnTypes.uuid, 'text', "'none'"],
        [columnTypes.bigint, 'text', "'x'"],
      ]
      for (const [type, sqlType, sql] of cases) {
        const engine = await openEither(t, name)
        const rows = await engine.begin(async (connection) =>
          connection.execute(command(`select ${sql}::${sqlType}`)),
        )
        assert.throws(
          () => engine.dialect.codec(type).decode?.(rows.rows[0]?.[0]),
          (error: Error) => error instanceof DataError && error.message.includes(type.kind),
          `${type.kind} ${sql}`,
        )
      }
    })

    it('have checks that keep others from storing what cannot be read', async (t) => {
      const column = await open(t, roles)
      await column.storeText("'admin'")
      await assert.rejects(column.storeText("'root'"), CheckViolationError)
    })

    it('bind a list as one value, of every type that lists have', async (t) => {
      const engine = await openEither(t, name)
      const lists: readonly (readonly [string, readonly unknown[], string])[] = [
        ['bigint', [1, 2n, -3], '-3'],
        ['text', ['a"b\\', 'c,{d}', 'NULL', '', ' x '], "' x '"],
        [
          'uuid',
          ['0190f3a6-0000-7000-8000-00000000abcd'],
          "'0190F3A6-0000-7000-8000-00000000ABCD'",
        ],
        ['timestamptz', ['2024-02-29T12:30:00.000Z'], "'2024-02-29 14:30+02'"],
        ['numeric', ['1.50', '2'], '1.5'],
        ['boolean', [true, false], 'false'],
        ['jsonb', ['{"a":"\\"x"}'], `'{"a": "\\"x"}'`],
        ['date', ['2024-02-29'], "'2024-02-29'"],
      ]
      const { inList, encodeList } = engine.dialect
      for (const [sqlType, members, sql] of lists) {
        const condition = inList?.(`(${sql})::${sqlType}`, '$1') ?? ''
        const { rows } = await engine.begin(async (connection) =>
          connection.execute(command(`select ${condition}`, encodeList?.(members))),
        )
        assert.deepEqual(rows, [[true]], sqlType)
        const none = await engine.begin(async (connection) =>
          connection.execute(command(`select ${condition}`, encodeList?.([]))),
        )
        assert.deepEqual(none.rows, [[false]], sqlType)
      }
    })

    it('give the types of literals to values of raw SQL', async (t) => {
      const engine = await openEither(t, name)
      const values = [
        ['int', 5, 'integer'],
        ['bigint', 2 ** 40, 'bigint'],
        ['number', 1.5, 'double precision'],
        ['boolean', true, 'boolean'],
        ['timestamp', '2024-02-29T12:30:00.000Z', 'timestamp with time zone'],
        ['bytes', new Uint8Array([1]), 'bytea'],
      ] as const
      for (const [kind, value, type] of values) {
        const sql = `select pg_typeof(${engine.dialect.castRaw?.('$1', kind) ?? ''})::text`
        const { rows } = await engine.begin(async (connection) =>
          connection.execute(command(sql, value)),
        )
        assert.deepEqual(rows, [[type]])
      }
    })
  })
}

describe('PostgreSQL column types', () => {
  const codec = (type: ColumnType): ReturnType<typeof postgresDialect.codec> =>
    postgresDialect.codec(type)

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

  // settled M11
  it('never round a decimal, as the server would', () => {
    const money = codec(decimalType(6, 2))
    assert.equal(money.sqlType, 'numeric(6, 2)')
    assert.equal(money.encode?.('+01.5'), '1.50')
    for (const given of ['1.005', '12345', '-99999.00'])
      assert.throws(() => money.encode?.(given), BindError)
    assert.throws(() => codec(decimalType(5)).encode?.('1.5'), BindError)
  })

  it('refuse times that not every database can store, and what JSON cannot say', () => {
    for (const year of ['+010000', '-000001'])
      assert.throws(
        () => codec(columnTypes.timestamp).encode?.(new Date(`${year}-01-01T00:00:00.000Z`)),
        BindError,
      )
    for (const value of [{ big: 1n }, { toJSON: () => undefined }])
      assert.throws(() => codec(columnTypes.json).encode?.(value), BindError)
  })

  it('read sums of integers, which are decimals', () => {
    assert.equal(codec(columnTypes.int).decode?.('42'), 42)
    assert.equal(codec(columnTypes.bigint).decode?.('9223372036854775808'), 2n ** 63n)
    assert.throws(() => codec(columnTypes.int).decode?.('9007199254740993'), DataError)
    assert.throws(() => codec(columnTypes.int).decode?.('1.5'), DataError)
  })

  it('read every moment that the server writes', () => {
    const dates = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    const { decode } = codec(columnTypes.timestamp)
    const written = (date: Date): string => {
      const iso = date.toISOString()
      const year = iso.slice(0, 4)
      const bc = year === '0000' ? ' BC' : ''
      const fraction = iso.slice(19, 23).replace(/\.?0+$/, '')
      return `${bc === '' ? year : '0001'}${iso.slice(4, 10)} ${iso.slice(11, 19)}${fraction}+00${bc}`
    }
    fc.assert(
      fc.property(dates, (date) => columnTypes.timestamp.equals(decode?.(written(date)), date)),
    )
  })
})
