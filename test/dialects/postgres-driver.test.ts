import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needs, Postgres } from '../servers/index.ts'
import {
  BEGIN,
  command,
  emptyDatabase,
  fly,
  insert,
  openDriver,
  rowCount,
  run,
  stateOf,
} from './postgres-support.ts'

describe('A PostgreSQL connection', needs(Postgres), () => {
  it('sends BEGIN, commands and COMMIT in one flight, and gives the results of the commands', async (t) => {
    const driver = await openDriver(t)
    const outcome = await fly(
      driver,
      [insert(1), command('update t set x = 5 returning id, x'), command('select * from t')],
      { prelude: [BEGIN], commit: true },
    )
    assert.deepEqual(outcome, {
      results: [
        { rows: [], affectedRows: 1 },
        { rows: [[1, 5]], affectedRows: 1 },
        { rows: [[1, 5]], affectedRows: 0 },
      ],
      commitSent: true,
    })
    assert.equal(driver.inTransaction, false)
    assert.equal(await rowCount(driver), 1)
  })

  // session 0.1
  it('commits nothing when a statement before COMMIT fails', async (t) => {
    const driver = await openDriver(t)
    const outcome = await fly(driver, [insert(1), insert(1), insert(2)], {
      prelude: [BEGIN],
      commit: true,
    })
    assert.equal(stateOf(outcome), '23505')
    assert.equal(outcome.results.length, 1)
    assert.equal(outcome.commitSent, false)
    assert.equal(driver.hasFailed, true)
    await driver.execute(command('rollback'))
    assert.equal(driver.inTransaction, false)
    assert.equal(await rowCount(driver), 0)
  })

  it('runs no write behind a BEGIN that fails', async (t) => {
    const driver = await openDriver(t)
    for (const commit of [false, true]) {
      const outcome = await fly(driver, [insert(1)], {
        prelude: [command('begin isolation level nonsense')],
        commit,
      })
      assert.equal(stateOf(outcome), '42601')
      assert.deepEqual(outcome.results, [])
      assert.equal(driver.inTransaction, false)
    }
    assert.equal(await rowCount(driver), 0)
  })

  // session 0.2
  it('commits nothing when a command touches other than the expected rows, and tells how many', async (t) => {
    const driver = await openDriver(t)
    for (const id of [1, 2]) await driver.execute(insert(id))
    const noRow = { ...command('update t set x = $1 where id = $2', 9, 7), expectedRows: 1 }
    const missed = await fly(driver, [insert(3), noRow, insert(4)], {
      prelude: [BEGIN],
      commit: true,
    })
    assert.equal(missed.error, undefined)
    assert.deepEqual(
      missed.results.map((result) => result.affectedRows),
      [1, 0],
    )
    assert.equal(driver.hasFailed, true)
    await driver.execute(command('rollback'))
    const twoRows = { ...command('delete from t returning id'), expectedRows: 1 }
    const exceeded = await fly(driver, [twoRows], { prelude: [BEGIN], commit: true })
    assert.equal(exceeded.error, undefined)
    assert.equal(exceeded.results[0]?.affectedRows, 2)
    await driver.execute(command('rollback'))
    assert.equal(await rowCount(driver), 2)
  })

  it('gives the rows and the count of a command with the expected rows', async (t) => {
    const driver = await openDriver(t)
    for (const id of [1, 2]) await driver.execute(insert(id))
    const outcome = await fly(
      driver,
      [
        { ...command('update t set x = $1 where id = $2', 9, 1), expectedRows: 1 },
        { ...command('update t set x = x + 1 returning x, id'), expectedRows: 2 },
        {
          ...command('update t set x = 0 where id = 5 /* returning */ and x = 0'),
          expectedRows: 0,
        },
        { ...command('delete from t where id = 5 returning "id" as "returning"'), expectedRows: 0 },
      ],
      { prelude: [BEGIN], commit: true },
    )
    assert.deepEqual(outcome, {
      results: [
        { rows: [], affectedRows: 1 },
        {
          rows: [
            [3, 2],
            [10, 1],
          ],
          affectedRows: 2,
        },
        { rows: [], affectedRows: 0 },
        { rows: [], affectedRows: 0 },
      ],
      commitSent: true,
    })
  })

  it('leaves the number of rows to the caller while COMMIT is not in the flight', async (t) => {
    const driver = await openDriver(t)
    const outcome = await fly(driver, [{ ...command('update t set x = 1'), expectedRows: 1 }], {
      prelude: [BEGIN],
    })
    assert.deepEqual(outcome.results, [{ rows: [], affectedRows: 0 }])
    assert.equal(driver.hasFailed, false)
  })

  // session 0.5
  // session 2.11
  it('takes COMMIT of a failed transaction, which is answered with ROLLBACK, for an error with the first cause', async (t) => {
    const driver = await openDriver(t)
    const first = await fly(driver, [insert(1), insert(1)], { prelude: [BEGIN] })
    const outcome = await fly(driver, [], { commit: true })
    const error = outcome.error as Error & { readonly code: string }
    assert.equal(error.code, 'TRANSACTION_ABORTED')
    assert.equal(error.cause, first.error)
    assert.equal(driver.inTransaction, false)
    assert.equal(await rowCount(driver), 0)
  })

  it('gives the error of a deferred constraint as that of COMMIT', async (t) => {
    const driver = await openDriver(t)
    await driver.execute(
      command('create table u (t_id int references t deferrable initially deferred)'),
    )
    const outcome = await fly(driver, [command('insert into u values (5)')], {
      prelude: [BEGIN],
      commit: true,
    })
    assert.equal(stateOf(outcome), '23503')
    assert.equal(outcome.results.length, 1)
    assert.equal(outcome.commitSent, true)
    assert.equal(driver.inTransaction, false)
  })

  it('gives a serialization failure that only COMMIT meets', async (t) => {
    const url = await emptyDatabase(t)
    const [a, b] = [await openDriver(t, { url }), await openDriver(t, { url })]
    for (const id of [1, 2]) await a.execute(insert(id))
    const prelude = [command('begin isolation level serializable')]
    for (const driver of [a, b]) await fly(driver, [command('select sum(x) from t')], { prelude })
    await fly(b, [command('update t set x = 0 where id = 2')])
    await fly(a, [command('update t set x = 0 where id = 1')])
    assert.equal((await fly(a, [], { commit: true })).error, undefined)
    const outcome = await fly(b, [], { commit: true })
    assert.equal(stateOf(outcome), '40001')
    assert.equal(outcome.commitSent, true)
    assert.deepEqual([b.inTransaction, b.isOpen], [false, true])
  })

  it('keeps each statement of a flight without a transaction on its own, up to the first that fails', async (t) => {
    const driver = await openDriver(t)
    const outcome = await fly(driver, [insert(1), insert(1), insert(2)])
    assert.equal(stateOf(outcome), '23505')
    assert.equal(outcome.results.length, 1)
    assert.equal(driver.inTransaction, false)
    assert.equal(await rowCount(driver), 1)
  })

  it('knows the state of the transaction after each kind of error', async (t) => {
    const driver = await openDriver(t)
    const faults = [
      'selec',
      'select 1 / 0',
      'select * from missing',
      'insert into t values (1), (1)',
      "select 'x'::int",
    ]
    for (const sql of faults) {
      await assert.rejects(run(driver, sql))
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [false, false], sql)
      await fly(driver, [command(sql)], { prelude: [BEGIN] })
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [true, true], sql)
      const next = await fly(driver, [command('select 1')])
      assert.equal(stateOf(next), '25P02')
      await driver.execute(command('rollback'))
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [false, false], sql)
    }
  })

  it('goes on in a transaction from a savepoint before the error', async (t) => {
    const driver = await openDriver(t)
    await fly(driver, [insert(1)], { prelude: [BEGIN] })
    const failed = await fly(driver, [insert(1)], { prelude: [command('savepoint "a"')] })
    assert.equal(stateOf(failed), '23505')
    assert.equal(driver.hasFailed, true)
    await driver.execute(command('rollback to savepoint "a"'))
    assert.deepEqual([driver.inTransaction, driver.hasFailed], [true, false])
    assert.equal((await fly(driver, [insert(2)], { commit: true })).error, undefined)
    assert.equal(await rowCount(driver), 2)
  })

  it('answers flights that were not awaited in the order of the calls', async (t) => {
    const driver = await openDriver(t)
    const outcomes = await Promise.all([
      fly(driver, [insert(1)]),
      fly(driver, [command('select x from t')]),
      fly(driver, [insert(1)]),
      fly(driver, [command('select count(*) from t')]),
    ])
    assert.deepEqual(
      outcomes.map((outcome) => stateOf(outcome) ?? outcome.results[0]?.rows),
      [[], [[1]], '23505', [[1]]],
    )
  })

  it('sends what stands before a value that cannot be stored, and not the rest', async (t) => {
    const driver = await openDriver(t)
    await driver.execute(command('create table texts (v text)'))
    for (const value of ['a\0b', 'half \ud83d', Symbol('x'), { a: 1 }, ['a']]) {
      const outcome = await fly(
        driver,
        [insert(1), command('insert into texts values ($1)', value), insert(2)],
        { prelude: [BEGIN], commit: true },
      )
      assert.equal(stateOf(outcome), 'BIND')
      assert.equal(outcome.results.length, 1)
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [true, false])
      await driver.execute(command('rollback'))
      const first = await fly(driver, [command('insert into texts values ($1)', value)], {
        prelude: [BEGIN],
        commit: true,
      })
      assert.equal(stateOf(first), 'BIND')
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [true, false])
      await driver.execute(command('rollback'))
    }
  })

  it('refuses texts that are not one statement', async (t) => {
    const driver = await openDriver(t)
    const cases = [
      ['', 'BIND'],
      [' ; -- nothing', 'BIND'],
      ['select 1\0; drop table t', 'BIND'],
      ['copy t from stdin', 'BIND'],
      ['select 1; select 2', '42601'],
    ] as const
    for (const [sql, code] of cases)
      assert.equal(stateOf(await fly(driver, [command(sql)])), code, sql)
    assert.equal(stateOf(await fly(driver, [command('select $1::int', 1, 2)])), '08P01')
    const many = command('select $1', ...Array.from({ length: 65_536 }, () => 1))
    assert.equal(stateOf(await fly(driver, [many])), 'BIND')
    assert.equal(driver.isOpen, true)
    assert.equal(await rowCount(driver), 0)
  })

  it('closes the connection where COPY would wait for the client', async (t) => {
    for (const sql of ['/* hidden */ copy t from stdin', 'copy t to stdout']) {
      const driver = await openDriver(t)
      const { error } = await fly(driver, [command(sql)])
      assert.match(String((error as Error).cause), /COPY/)
      assert.equal(driver.isOpen, false)
    }
  })

  it('names the columns of raw statements and makes natural values', async (t) => {
    const driver = await openDriver(t)
    const sql = `select 1 as a, 2::int8 as b, 9007199254740993 as c, 1.50 as d, true as e, now() is not null as f,
      timestamptz '2024-02-29 12:30:00.123456+02' as g, '{"a":[1]}'::jsonb as h, array[1, null, 3] as i,
      array['a"b', 'c,d', 'NULL', null, ''] as j, date '2024-02-29' as k, '\\x00ff'::bytea as l, null as m, array[[1, 2], [3, 4]] as n`
    const { rows, columns, natural } = await driver.execute({ ...command(sql), isRaw: true })
    const values = rows[0]?.map((stored, i) =>
      stored === null ? null : (natural?.[i]?.(stored) ?? stored),
    )
    assert.deepEqual(Object.fromEntries(columns?.map((name, i) => [name, values?.[i]]) ?? []), {
      a: 1,
      b: 2,
      c: 9007199254740993n,
      d: '1.50',
      e: true,
      f: true,
      g: new Date('2024-02-29T10:30:00.123Z'),
      h: { a: [1] },
      i: [1, null, 3],
      j: ['a"b', 'c,d', 'NULL', null, ''],
      k: '2024-02-29',
      l: new Uint8Array([0, 255]),
      m: null,
      n: [
        [1, 2],
        [3, 4],
      ],
    })
  })
})
