import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { BindError, ProgrammingError } from '../../src/errors/index.ts'
import type { Command, Connection, DriverResult } from '../../src/engine/index.ts'
import { DRIVERS, holder, openEngine, record, run } from '../engine/support.ts'

const LARGE = 9_007_199_254_740_993n // 2^53 + 1: a number rounds it

for (const driver of DRIVERS) {
  describe(`SQLite adapter on ${driver}`, () => {
    /** A connection that may write, to a database with the table `t (id, n, s)`. */
    async function open(t: TestContext): Promise<{
      readonly connection: Connection
      readonly send: (sql: string, parameters?: readonly unknown[]) => Promise<DriverResult>
    }> {
      const engine = openEngine(t, { driver })
      const connection = await engine.acquire('write', holder('test'))
      t.after(() => engine.release(connection))
      const send = async (
        sql: string,
        parameters: readonly unknown[] = [],
      ): Promise<DriverResult> => connection.execute({ sql, parameters })
      await send('create table t (id integer primary key, n bigint, s text)')
      return { connection, send }
    }

    it('gives rows as arrays, counts rows that were changed, and tells the key of an inserted one', async (t) => {
      const { send } = await open(t)
      assert.deepEqual(await send('insert into t (n, s) values (?, ?), (?, ?)', [1, 'a', 2, 'b']), {
        rows: [],
        affectedRows: 2,
        lastInsertId: 2,
      })
      assert.deepEqual((await send('select s, n from t order by id')).rows, [
        ['a', 1],
        ['b', 2],
      ])
      assert.equal(
        (await send('update t set s = s')).affectedRows,
        2,
        'rows matched, changed or not',
      )
      const returned = await send('insert into t (s) values (?) returning id, s', ['c'])
      assert.deepEqual(returned, { rows: [[3, 'c']], affectedRows: 1 })
      assert.equal((await send('delete from t where id > 1')).affectedRows, 2)
      assert.deepEqual(
        await send('create index i on t (s)'),
        { rows: [], affectedRows: 0 },
        'no count is left over from before',
      )
      assert.equal((await send('select * from t')).affectedRows, 0)
    })

    it('names the columns of a result on demand, also twice the same', async (t) => {
      const { connection } = await open(t)
      const { columns, rows } = await connection.execute({
        isRaw: true,
        sql: 'select 1 as a, 2 as a, 3 as "b c"',
        parameters: [],
      })
      assert.deepEqual([columns, rows], [['a', 'a', 'b c'], [[1, 2, 3]]])
    })

    it('keeps up with a table that changes under a prepared statement', async (t) => {
      const { connection, send } = await open(t)
      const all: Command = { sql: 'select * from t', parameters: [] }
      await send("insert into t (s) values ('x')")
      assert.deepEqual((await connection.execute({ ...all, isRaw: true })).columns, [
        'id',
        'n',
        's',
      ])
      await send('alter table t add column extra integer default 7')
      const after = await connection.execute({ ...all, isRaw: true })
      assert.deepEqual(
        [after.columns, after.rows],
        [['id', 'n', 's', 'extra'], [[1, null, 'x', 7]]],
      )
    })

    it('refuses too few and too many values', async (t) => {
      const { send } = await open(t)
      for (const parameters of [[], [1], [1, 'a', 2]]) {
        await assert.rejects(
          send('insert into t (n, s) values (?, ?)', parameters),
          (error: BindError) => {
            assert.ok(error instanceof BindError)
            assert.deepEqual(
              [error.info['placeholders'], error.info['values']],
              [2, parameters.length],
            )
            return true
          },
        )
      }
      assert.deepEqual((await send('select count(*) from t')).rows, [[0]], 'nothing was stored')
    })

    it('counts a placeholder only where SQL has one', async (t) => {
      const { send } = await open(t)
      const sql = `select '?', "?", [?], \`?\`, ?, 'it''s ?' /* ? */ -- ?\n from (select 1 as "?", 2 as x$)`
      assert.deepEqual((await send(sql, [5n])).rows[0]?.slice(3), [1, 5, "it's ?"])
    })

    it('refuses numbered and named placeholders, which the libraries understand differently', async (t) => {
      const { send } = await open(t)
      for (const placeholder of ['?1', ':name', '@name', '$name'])
        await assert.rejects(send(`select ${placeholder}`, [1]), { code: 'BIND' })
    })

    it('refuses values that the library would store as something else', async (t) => {
      const { send } = await open(t)
      for (const [value, kind] of [
        [true, 'boolean'],
        [undefined, 'undefined'],
        [new Date(0), 'an object of class Date'],
        [{ a: 1 }, 'an object of class Object'],
        [[1], 'an object of class Array'],
        [Object.create(null), 'an object of class null'],
        [new ArrayBuffer(2), 'an object of class ArrayBuffer'],
        [Number.NaN, 'NaN'],
        [2n ** 63n, 'a bigint beyond 64 bits'],
        [-(2n ** 63n) - 1n, 'a bigint beyond 64 bits'],
        [() => 1, 'function'],
        [Symbol('s'), 'symbol'],
      ] as const) {
        await assert.rejects(send('select ?', [value]), (error: BindError) => {
          assert.ok(error instanceof BindError)
          assert.ok(error.message.includes(`it is ${kind},`), error.message)
          return true
        })
      }
    })

    it('gives back what it was given: text with any character, bytes, bigint, whole and broken numbers', async (t) => {
      const { send } = await open(t)
      for (const value of [
        '',
        'a\0b',
        '😀 ñ',
        "'; drop table t; --",
        1.5,
        -0.25,
        1e300,
        5n,
        -5n,
        null,
        new Uint8Array([0, 255]),
        new Uint8Array(0),
      ]) {
        const { rows } = await send('select ?', [value])
        assert.deepEqual(rows[0]?.[0], typeof value === 'bigint' ? Number(value) : value)
      }
    })

    it('gives bytes as a Uint8Array of their own, never a Buffer', async (t) => {
      const { send } = await open(t)
      const { rows } = await send("select x'0102', x'03'")
      for (const bytes of rows[0] ?? []) {
        assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype)
        assert.equal((bytes as Uint8Array).buffer.byteLength, (bytes as Uint8Array).byteLength)
      }
    })

    // settled M11
    it('reads integers exactly, as numbers where a number can say them', async (t) => {
      const { send } = await open(t)
      await send('insert into t (id, n) values (1, ?), (2, ?), (3, ?)', [
        LARGE,
        9_007_199_254_740_991n,
        2n ** 63n - 1n,
      ])
      const select = 'select n from t order by id'
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual((await send(select)).rows, [
          [LARGE],
          [9_007_199_254_740_991],
          [2n ** 63n - 1n],
        ])
      await send('update t set n = id')
      assert.deepEqual((await send(select)).rows, [[1], [2], [3]], 'numbers again')
      assert.deepEqual(
        (await send('select max(n) + ? from t', [LARGE])).rows,
        [[LARGE + 3n]],
        'of an expression too',
      )
      assert.deepEqual(
        (await send('select cast(1e300 as real), 2.5')).rows,
        [[1e300, 2.5]],
        'a large real is no integer',
      )
    })

    it('reads large integers that a write gives back, and writes once', async (t) => {
      const { send } = await open(t)
      assert.deepEqual((await send('insert into t (n) values (?) returning n', [LARGE])).rows, [
        [LARGE],
      ])
      assert.deepEqual(
        (
          await send('with new (n) as (select ?) insert into t (n) select n from new returning n', [
            LARGE,
          ])
        ).rows,
        [[LARGE]],
      )
      assert.deepEqual((await send('select count(*) from t')).rows, [[2]])
      assert.equal((await send('insert into t (id) values (?)', [LARGE])).lastInsertId, LARGE)
    })

    // settled H30
    it('stores an integer as one: in a column of integers, and in an expression through bindRaw', async (t) => {
      const { connection, send } = await open(t)
      await send('insert into t (id, n) values (?, ?)', [1, 5])
      assert.deepEqual((await send('select typeof(id), typeof(n) from t')).rows, [
        ['integer', 'integer'],
      ])
      const { bindRaw } = connection.engine.dialect
      const parameters = [bindRaw?.(5), bindRaw?.(5), bindRaw?.(2.5)]
      assert.deepEqual((await send('select typeof(?), ? / 2, typeof(?)', parameters)).rows, [
        ['integer', 2, 'real'],
      ])
    })

    it('refuses a second statement in a text, and what would hide one', async (t) => {
      const { send } = await open(t)
      for (const sql of [
        "insert into t (s) values ('a'); drop table t",
        'select 1; select 2',
        'select 1\0; drop table t',
      ])
        await assert.rejects(send(sql), BindError, sql)
      for (const sql of ['', '  ', '-- nothing', '/* nothing */;'])
        await assert.rejects(send(sql), { code: 'BIND', message: /empty statement/ })
      assert.deepEqual((await send('select count(*) from t; -- the end')).rows, [[0]])
      await send(
        "create trigger tr after insert on t begin update t set n = 1 where id = new.id; update t set s = 'set' where id = new.id; end",
      )
      await send('insert into t (n) values (null)')
      assert.deepEqual(
        (await send('select n, s from t')).rows,
        [[1, 'set']],
        'semicolons inside a trigger end nothing',
      )
    })

    it('streams in chunks, exactly, and closes the cursor when the loop is left', async (t) => {
      const { connection, send } = await open(t)
      await send('insert into t (n) select value from json_each(?)', [
        JSON.stringify([1, 2, 3, 4, 5]),
      ])
      await send('update t set n = ? where n = 2', [LARGE])
      const chunks: unknown[] = []
      for await (const rows of connection.stream(
        { sql: 'select n from t order by id', parameters: [] },
        2,
      ))
        chunks.push(rows)
      assert.deepEqual(chunks, [[[1], [LARGE]], [[3], [4]], [[5]]])
      for await (const _ of connection.stream({ sql: 'select n from t', parameters: [] }, 1)) break
      await send('drop table t') // an open cursor would lock it
    })

    it('keeps statements prepared, and may be told not to', async (t) => {
      for (const preparedStatements of ['auto', false] as const) {
        const engine = openEngine(t, { driver, preparedStatements })
        await run(engine, 'create table t (id integer primary key)')
        for (let i = 0; i < 3; i += 1)
          assert.deepEqual(await run(engine, 'select count(*) from t'), [[0]])
      }
    })

    it('takes as many values as the dialect says', async (t) => {
      const { connection, send } = await open(t)
      const most = connection.engine.dialect.supports.maxParameters
      const values = Array.from({ length: most }, (_, i) => i)
      const { rows } = await send(
        `select count(*) from (values ${values.map(() => '(?)').join(', ')})`,
        values,
      )
      assert.deepEqual(rows, [[most]])
    })

    // settled A17
    it('takes a list of any length as one value', async (t) => {
      const { connection, send } = await open(t)
      const { dialect } = connection.engine
      await send('insert into t (n, s) values (?, ?), (?, ?), (?, ?)', [
        1,
        'a',
        LARGE,
        'b\'"',
        3,
        'c',
      ])
      const sql = (column: string): string =>
        `select id from t where ${dialect.inList?.(column, '?') ?? ''} order by id`
      assert.deepEqual((await send(sql('n'), [dialect.encodeList?.([LARGE, 3, 99])])).rows, [
        [2],
        [3],
      ])
      assert.deepEqual((await send(sql('s'), [dialect.encodeList?.(['b\'"', 'a'])])).rows, [
        [1],
        [2],
      ])
      assert.deepEqual((await send(sql('s'), [dialect.encodeList?.([])])).rows, [])
    })

    it('announces every statement with its kind, its rows and its holder, and none to nobody', async (t) => {
      const engine = openEngine(t, { driver })
      const sent = record(engine)
      await engine.begin(
        async (connection) => {
          await connection.execute({
            sql: 'create table t (id integer primary key)',
            parameters: [],
          })
          await connection.savepoint('one')
          await connection.execute({ sql: 'insert into t values (?), (?)', parameters: [1, 2] })
          await connection.rollbackTo('one')
          await connection.releaseSavepoint('one')
          await connection.execute({
            sql: '/* why */ with x as (select 1) select * from x',
            parameters: [],
          })
          await assert.rejects(
            async () => connection.execute({ sql: 'selec 1', parameters: [] }),
            ProgrammingError,
          )
        },
        { holder: holder('nightly') },
      )
      assert.deepEqual(
        sent.map(({ kind, rows }) => [kind, rows]),
        [
          ['begin', 0],
          ['other', 0],
          ['savepoint', 0],
          ['insert', 2],
          ['rollback to', 0],
          ['release', 0],
          ['select', 1],
          ['other', 0],
          ['commit', 0],
        ],
      )
      assert.ok(
        sent.every(
          (event) =>
            event.engineKey === 'default' &&
            event.holder.name === 'nightly' &&
            event.durationMs >= 0,
        ),
      )
      assert.deepEqual(sent[3]?.parameters, [1, 2])
      assert.ok(sent[7]?.error instanceof ProgrammingError)
    })
  })
}
