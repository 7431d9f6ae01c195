import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { BindError, CheckViolationError, DataError, DatabaseError } from '../../src/errors/index.ts'
import {
  columnTypes,
  customType,
  decimalType,
  oneOfType,
  varcharType,
  type ColumnType,
} from '../../src/schema/index.ts'
import { MariaDb, needs } from '../servers/index.ts'
import { SCHEMES, openEngine, take } from './mariadb-support.ts'

const point = customType({
  sqlType: 'varchar(40)',
  encode: ({ x, y }: { x: number; y: number }) => `${x},${y}`,
  decode: (stored: string) => {
    const [x = 0, y = 0] = stored.split(',').map(Number)
    return { x, y }
  },
} as never)

/** For each kind of column: values and their stored forms; what the database refuses; what else can be read. */
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
      [2 ** 31 - 1, 2 ** 31 - 1],
      [-(2 ** 31), -(2 ** 31)],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ],
    wrong: ['x'],
  },
  {
    type: columnTypes.bigint,
    pairs: [
      [5n, 5],
      [2n ** 62n, 2n ** 62n],
      [2n ** 63n - 1n, 2n ** 63n - 1n],
      [-(2n ** 63n), -(2n ** 63n)],
      [9007199254740993n, 9007199254740993n],
    ],
    wrong: ['x', '9223372036854775808'],
  },
  {
    type: columnTypes.float,
    pairs: [
      [1.5, 1.5],
      [2, 2],
      [-1e-300, -1e-300],
      [0.1, 0.1],
      [5e-324, 5e-324],
    ],
  },
  {
    type: columnTypes.text,
    pairs: [
      ['', ''],
      ['a\0ñ😀', 'a\0ñ😀'],
      [`it's a \\ "test" \` ? -- #`, `it's a \\ "test" \` ? -- #`],
      ['x'.repeat(70_000), 'x'.repeat(70_000)],
    ],
  },
  {
    type: varcharType(3),
    pairs: [
      ['abc', 'abc'],
      ['a ', 'a '],
      ['😀😀😀', '😀😀😀'],
    ],
    wrong: ['abcd'],
  },
  {
    type: columnTypes.boolean,
    pairs: [
      [true, 1],
      [false, 0],
    ],
    wrong: [2, -1],
  },
  {
    type: decimalType(),
    pairs: [
      ['1.5', '1.500000000000000000000000000000'],
      [
        '123456789012345678901234567890.12',
        '123456789012345678901234567890.120000000000000000000000000000',
      ],
      ['-0.001', '-0.001000000000000000000000000000'],
    ],
  },
  {
    type: decimalType(6, 2),
    pairs: [
      ['1.50', '1.50'],
      ['-1234.00', '-1234.00'],
    ],
    wrong: ['12345.00', 'abc'],
  },
  {
    type: columnTypes.timestamp,
    pairs: [
      [new Date(0), '1970-01-01 00:00:00.000'],
      [new Date(-1), '1969-12-31 23:59:59.999'],
      [new Date('2024-02-29T23:59:59.999Z'), '2024-02-29 23:59:59.999'],
      [new Date('9999-12-31T23:59:59.999Z'), '9999-12-31 23:59:59.999'],
      [new Date('0001-01-01T00:00:00.000Z'), '0001-01-01 00:00:00.000'],
    ],
    wrong: ['yesterday', '2024-13-01 00:00:00', '0000-00-00 00:00:00'],
    foreign: [
      ['2024-02-29', new Date('2024-02-29T00:00:00.000Z')],
      ['2024-02-29 12:30:00.123456', new Date('2024-02-29T12:30:00.123Z')],
    ],
  },
  {
    type: columnTypes.localTimestamp,
    pairs: [
      ['2024-02-29 12:30:00', '2024-02-29 12:30:00.000000'],
      ['2024-02-29 12:30:00.1205', '2024-02-29 12:30:00.120500'],
    ],
    wrong: ['now'],
  },
  {
    type: columnTypes.date,
    pairs: [
      ['2024-02-29', '2024-02-29'],
      ['0001-01-01', '0001-01-01'],
    ],
    wrong: ['2023-02-29', '0000-00-00'],
  },
  {
    type: columnTypes.time,
    pairs: [
      ['12:30:00', '12:30:00.000000'],
      ['00:00:00.5', '00:00:00.500000'],
    ],
    wrong: ['noon'],
  },
  {
    type: columnTypes.uuid,
    pairs: [['0190f3a6-0000-7000-8000-00000000abcd', '0190f3a6-0000-7000-8000-00000000abcd']],
  },
  {
    type: columnTypes.bytes,
    pairs: [
      [new Uint8Array([0, 1, 255]), new Uint8Array([0, 1, 255])],
      [new Uint8Array(0), new Uint8Array(0)],
      [new Uint8Array(100_000).fill(7), new Uint8Array(100_000).fill(7)],
    ],
  },
  {
    type: columnTypes.json,
    pairs: [
      [{ a: [1, null, 'x'] }, '{"a":[1,null,"x"]}'],
      ['text', '"text"'],
      [false, 'false'],
      [[], '[]'],
      [{ big: '9007199254740993', q: `'"\\` }, `{"big":"9007199254740993","q":"'\\"\\\\"}`],
    ],
    wrong: ['{a:1}', ''],
    foreign: [[' { "a" : 1 } ', { a: 1 }]],
  },
  {
    type: oneOfType(['admin', "o'brien", 'back\\slash']),
    pairs: [
      ['admin', 'admin'],
      ["o'brien", "o'brien"],
      ['back\\slash', 'back\\slash'],
    ],
    wrong: ['root', 'Admin', 'admin '],
  },
  { type: point, pairs: [[{ x: 1, y: 2 }, '1,2']] },
]

/** The drivers leave out a fraction that is 0, where the server sends times in binary. */
function trimmed(stored: unknown): unknown {
  return typeof stored === 'string' && /^[\d: -]+\.\d+$/.test(stored)
    ? stored.replace(/\.?0+$/, '')
    : stored
}

for (const scheme of SCHEMES) {
  describe(`column types of ${scheme}`, needs(MariaDb), () => {
    /** A table with one column of each type, as `createAll` declares them. */
    async function open(t: TestContext) {
      const engine = await openEngine(t, { scheme })
      const connection = await take(t, engine)
      const { dialect } = engine
      const columns = KINDS.map(({ type }, i) => {
        const { sqlType, check } = dialect.codec(type)
        const name = dialect.quote(`c${i}`)
        return `${name} ${sqlType}${check === undefined ? '' : ` check (${check(name)})`}`
      })
      await connection.execute({
        sql: `create table t (${columns.join(', ')}) engine=InnoDB`,
        parameters: [],
      })
      return {
        connection,
        codecOf: (i: number) => dialect.codec(KINDS[i]?.type ?? columnTypes.text),
        store: async (i: number, stored: unknown): Promise<void> => {
          await connection.execute({ sql: 'delete from t', parameters: [] })
          await connection.execute({
            sql: `insert into t (c${i}) values (?)`,
            parameters: [stored],
          })
        },
        read: async (i: number, prepare = true): Promise<unknown> =>
          (await connection.execute({ sql: `select c${i} from t`, parameters: [], prepare }))
            .rows[0]?.[0],
      }
    }

    // session 0.12
    // settled M12, settled M10
    it('store each value in one form, read it back by both protocols, and keep null', async (t) => {
      const { codecOf, store, read } = await open(t)
      for (const [i, { type, pairs }] of KINDS.entries()) {
        const { encode, decode } = codecOf(i)
        for (const [value, stored] of pairs) {
          assert.ok(type.accepts(value), `${type.kind} takes its own value`)
          await store(i, encode === undefined ? value : encode(value))
          for (const prepare of [true, false]) {
            const found = await read(i, prepare)
            assert.deepEqual(trimmed(found), trimmed(stored), `${type.kind} is stored as`)
            assert.deepEqual(
              decode === undefined ? found : decode(found),
              value,
              `${type.kind} is read as`,
            )
          }
        }
        await store(i, null)
        assert.equal(await read(i), null)
      }
    })

    it('refuse what cannot be read, and never cut a value', async (t) => {
      const { store } = await open(t)
      for (const [i, { type, wrong = [] }] of KINDS.entries()) {
        for (const form of wrong) {
          await assert.rejects(store(i, form), (error: Error) => {
            assert.ok(
              error instanceof DataError || error instanceof CheckViolationError,
              `${type.kind} ${String(form)}: ${String(error)}`,
            )
            if (typeof form === 'string' && form.length > 2)
              assert.ok(!error.message.includes(form), error.message)
            return true
          })
        }
      }
    })

    it('read what other programs write', async (t) => {
      const { store, read, codecOf } = await open(t)
      for (const [i, { foreign = [] }] of KINDS.entries()) {
        for (const [stored, value] of foreign) {
          await store(i, stored)
          assert.deepEqual(codecOf(i).decode?.(await read(i)), value)
        }
      }
    })

    // settled H28
    it('tell upper from lower case, and text with a space at its end from one without', async (t) => {
      const { connection } = await open(t)
      const ask = async (sql: string, ...parameters: unknown[]): Promise<unknown> =>
        (await connection.execute({ sql, parameters })).rows
      const at = KINDS.findIndex(({ type }) => type.kind === 'varchar')
      await connection.execute({
        sql: `insert into t (c${at}) values ('a'), ('A'), ('a ')`,
        parameters: [],
      })
      assert.deepEqual(await ask(`select count(*) from t where c${at} = ?`, 'a'), [[1]])
      assert.deepEqual(await ask(`select count(distinct c${at}) from t`), [[3]])
      assert.deepEqual(await ask('select ? = ?, ? = ?', 'a', 'A', 'a', 'a '), [[0, 0]])
    })

    it('compare large integers exactly', async (t) => {
      const { connection } = await open(t)
      const at = KINDS.findIndex(({ type }) => type.kind === 'bigint')
      for (const value of [9007199254740992n, 9007199254740993n])
        await connection.execute({ sql: `insert into t (c${at}) values (?)`, parameters: [value] })
      const { rows } = await connection.execute({
        sql: `select c${at} from t where c${at} = ?`,
        parameters: [9007199254740993n],
      })
      assert.deepEqual(rows, [[9007199254740993n]])
    })

    it('give natural numbers for what is counted and computed', async (t) => {
      const { connection } = await open(t)
      const { rows } = await connection.execute({
        sql: 'select count(*), max(c0), ? + 1, ? from t',
        parameters: [41, 2 ** 40],
      })
      assert.deepEqual(rows, [[0, null, 42, 2 ** 40]])
    })

    it('of raw SQL come with what makes natural values of them', async (t) => {
      const { connection } = await open(t)
      const { rows, columns, natural } = await connection.execute({
        sql: "select cast('2024-02-29 12:30:00.5' as datetime(1)) as at, cast('2024-02-29' as date) as day, 1.50 as price, b'1' as bits, true as yes, 'text' as text",
        parameters: [],
        isRaw: true,
      })
      assert.deepEqual(columns, ['at', 'day', 'price', 'bits', 'yes', 'text'])
      const values = rows[0]?.map((stored, i) => natural?.[i]?.(stored) ?? stored)
      assert.deepEqual(values?.slice(0, 3), [
        new Date('2024-02-29T12:30:00.500Z'),
        '2024-02-29',
        '1.50',
      ])
      assert.deepEqual(values?.slice(4), [1, 'text'])
    })

    it('of columns in raw SQL are Date, parsed JSON, boolean bits and bytes', async (t) => {
      const engine = await openEngine(t, { scheme })
      const connection = await take(t, engine)
      await connection.execute({
        sql: 'create table r (at timestamp(3) null, tree json, bit1 bit(1), bits bit(8), raw varbinary(4), word varchar(4), none datetime)',
        parameters: [],
      })
      await connection.execute({
        sql: `insert into r values ('2024-02-29 12:30:00.123', '{"a":1}', b'1', b'101', x'00ff', 'a', null)`,
        parameters: [],
      })
      for (const prepare of [true, false]) {
        const { rows, natural } = await connection.execute({
          sql: 'select * from r',
          parameters: [],
          isRaw: true,
          prepare,
        })
        assert.deepEqual(
          rows[0]?.map((stored, i) =>
            stored === null ? null : (natural?.[i]?.(stored) ?? stored),
          ),
          [
            new Date('2024-02-29T12:30:00.123Z'),
            { a: 1 },
            true,
            new Uint8Array([5]),
            new Uint8Array([0, 255]),
            'a',
            null,
          ],
        )
      }
    })
  })
}

describe('column types of MariaDB and MySQL', () => {
  it('refuse what the database could not hold as it is', async (t) => {
    const engine = await openEngine(t, { url: 'mariadb://root@127.0.0.1:1/none' })
    const { codec } = engine.dialect
    for (const year of ['+010000', '-000001'])
      assert.throws(
        () => codec(columnTypes.timestamp).encode?.(new Date(`${year}-01-01T00:00:00.000Z`)),
        BindError,
      )
    assert.throws(() => codec(decimalType()).encode?.(`0.${'1'.repeat(31)}`), BindError)
    assert.throws(() => codec(decimalType(6, 2)).encode?.('1.005'), BindError)
    assert.equal(codec(columnTypes.text), codec(columnTypes.text), 'the same object every time')
    assert.match(codec(columnTypes.text).noIndex ?? '', /varchar/)
  })

  it('read sums and means, which are decimals there', async (t) => {
    const engine = await openEngine(t, { url: 'mysql://root@127.0.0.1:1/none' })
    const { codec } = engine.dialect
    assert.equal(codec(columnTypes.int).decode?.('6'), 6)
    assert.equal(codec(columnTypes.float).decode?.('1.5000'), 1.5)
    assert.equal(codec(columnTypes.bigint).decode?.('18446744073709551616'), 2n ** 64n)
    for (const kind of ['int', 'float', 'bigint', 'boolean', 'timestamp', 'bytes'] as const)
      assert.throws(() => codec(columnTypes[kind]).decode?.('x'), DatabaseError)
  })
})
