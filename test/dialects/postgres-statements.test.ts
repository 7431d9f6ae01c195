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
  openEngine,
  run,
  stateOf,
  take,
  type Driver,
} from './postgres-support.ts'

/** The texts of what the server keeps prepared for the connection, without this question. */
async function prepared(driver: Driver): Promise<unknown[]> {
  const sql = 'select statement from pg_prepared_statements order by prepare_time'
  return (await driver.execute({ ...command(sql), prepare: false })).rows.flat()
}

async function backendPid(driver: Driver): Promise<unknown> {
  return (await run(driver, 'select pg_backend_pid()')).rows[0]?.[0]
}

describe('Prepared statements of a PostgreSQL connection', needs(Postgres), () => {
  it('are parsed once, BEGIN and COMMIT too', async (t) => {
    const driver = await openDriver(t)
    await run(driver, 'discard all')
    const texts = ['begin', 'insert into t values ($1, $2)', 'commit']
    for (const id of [1, 2, 3]) {
      const outcome = await fly(driver, [insert(id), insert(id + 10)], {
        prelude: [BEGIN],
        commit: true,
      })
      assert.equal(outcome.error, undefined)
    }
    assert.deepEqual((await prepared(driver)).slice(-3), texts)
    assert.equal((await prepared(driver)).length, new Set(await prepared(driver)).size)
  })

  it('are used twice in one flight, also after an error in the first', async (t) => {
    const driver = await openDriver(t)
    const failing = command('select 1 / $1::int', 0)
    const fine = command('select 1 / $1::int', 1)
    const outcome = await fly(driver, [failing, fine], { prelude: [BEGIN] })
    assert.equal(stateOf(outcome), '22012')
    await run(driver, 'rollback')
    const again = await fly(driver, [fine, fine], { prelude: [BEGIN], commit: true })
    assert.deepEqual(
      again.results.map(({ rows }) => rows),
      [[[1]], [[1]]],
    )
  })

  it('are known not to be there after an error of parsing, and to be there after one of binding', async (t) => {
    const driver = await openDriver(t)
    const later = command('select x from later')
    assert.equal(stateOf(await fly(driver, [later])), '42P01')
    await run(driver, 'create table later (x int)')
    assert.equal((await fly(driver, [later])).error, undefined)
    for (const value of ['x', '5'])
      assert.equal(
        stateOf(await fly(driver, [command('select $1::int', value)])),
        value === 'x' ? '22P02' : undefined,
      )
    // skipped because of an error before them
    const skipped = command('select 4711')
    await fly(driver, [command('selec'), skipped], { prelude: [BEGIN] })
    await run(driver, 'rollback')
    assert.deepEqual((await fly(driver, [skipped])).results[0]?.rows, [[4711]])
  })

  // session 7.23
  it('are closed on the server when others push them out', async (t) => {
    const driver = await openDriver(t)
    for (let i = 0; i < 1_100; i += 1) {
      const { error, results } = await fly(driver, [command(`select ${i}`)])
      assert.equal(error, undefined)
      assert.deepEqual(results[0]?.rows, [[i]])
    }
    assert.deepEqual((await run(driver, 'select 1')).rows, [[1]])
    const kept = (await prepared(driver)).length
    assert.ok(kept > 400 && kept <= 501, `${kept} statements are kept`)
  })

  it('work in a flight of more statements than are kept, and after it', async (t) => {
    const driver = await openDriver(t)
    const many = Array.from({ length: 700 }, (_, i) => command(`select ${i}`))
    for (let round = 0; round < 2; round += 1) {
      const outcome = await fly(driver, [...many, ...many.slice(0, 5)], {
        prelude: [BEGIN],
        commit: true,
      })
      assert.equal(outcome.error, undefined)
      assert.equal(outcome.results.length, 705)
    }
  })

  // session 6.42
  it('are prepared again when somebody else has changed a table, if nothing was done in the transaction', async (t) => {
    const url = await emptyDatabase(t)
    const [driver, other] = [await openDriver(t, { url }), await openDriver(t, { url })]
    await driver.execute(insert(1))
    const all = command('select * from t')
    assert.deepEqual((await driver.execute(all)).rows, [[1, 1]])
    await run(other, 'alter table t add column y text default $$new$$')
    assert.deepEqual((await driver.execute(all)).rows, [[1, 1, 'new']])
    await run(other, 'alter table t alter column x type text')
    const first = await fly(driver, [command('insert into t values (2, 2)'), all], {
      prelude: [BEGIN],
      commit: true,
    })
    assert.equal(first.error, undefined)
    assert.deepEqual(first.results[1]?.rows, [
      [1, '1', 'new'],
      [2, '2', 'new'],
    ])
    await run(other, 'alter table t drop column y')
    await fly(driver, [command('select 1')], { prelude: [BEGIN] })
    assert.equal(stateOf(await fly(driver, [all])), '0A000')
    await run(driver, 'rollback')
    assert.equal((await driver.execute(all)).rows.length, 2)
  })

  it('are prepared again on all connections of an engine when one has changed the schema: values have other types then', async (t) => {
    const engine = await openEngine(t)
    const [a, b] = [await take(t, engine), await take(t, engine)]
    const put = command('insert into u values ($1)', 'letters')
    await a.execute(command('create table u (v int)'))
    for (const connection of [a, b]) await assert.rejects(async () => connection.execute(put))
    await a.execute(command('alter table u alter column v type text'))
    for (const connection of [a, b]) await connection.execute(put)
    await a.begin()
    await a.execute(command('alter table u add column w int'))
    assert.deepEqual((await a.execute(command('select * from u'))).rows[0], ['letters', null])
    await a.rollback()
    assert.deepEqual((await a.execute(command('select * from u'))).rows[0], ['letters'])
  })

  it('are prepared again when the server has forgotten them', async (t) => {
    const driver = await openDriver(t)
    const one = command('select 1')
    await driver.execute(one)
    for (const sql of ['deallocate all', 'discard all']) {
      await run(driver, sql)
      assert.deepEqual((await driver.execute(one)).rows, [[1]])
      await run(driver, sql)
      const outcome = await fly(driver, [insert(sql.length), one], {
        prelude: [BEGIN],
        commit: true,
      })
      assert.equal(outcome.error, undefined)
    }
    await fly(driver, [insert(1)], { prelude: [BEGIN] })
    await run(driver, 'deallocate all')
    assert.equal(stateOf(await fly(driver, [one])), '26000')
    await run(driver, 'rollback')
    assert.deepEqual((await driver.execute(one)).rows, [[1]])
  })

  it('get along with a name that somebody else has taken', async (t) => {
    for (const preparedStatements of ['auto', true] as const) {
      const driver = await openDriver(t, { preparedStatements })
      await run(driver, 'prepare athanor_begin as select 1')
      const outcome = await fly(driver, [insert(1)], { prelude: [BEGIN], commit: true })
      assert.equal(outcome.error, undefined)
      // behind a pooler it would happen again and again
      assert.equal((await prepared(driver)).includes('commit'), preparedStatements === true)
    }
  })

  it('have no names where they are turned off', async (t) => {
    const driver = await openDriver(t, { preparedStatements: false })
    for (const id of [1, 2])
      assert.equal(
        (await fly(driver, [insert(id)], { prelude: [BEGIN], commit: true })).error,
        undefined,
      )
    assert.deepEqual(await prepared(driver), [])
    assert.equal(typeof (await backendPid(driver)), 'number')
  })
})
