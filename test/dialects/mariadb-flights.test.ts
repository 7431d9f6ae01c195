import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { DatabaseError } from '../../src/errors/index.ts'
import { GuardedFlight } from '../../src/dialects/mysql/guarded-flight.ts'
import { textRequest } from '../../src/dialects/mysql/transport.ts'
import type { Engine } from '../../src/engine/index.ts'
import { FaultProxy } from '../../src/testing/index.ts'
import { MariaDb, needs, sharedServer } from '../servers/index.ts'
import {
  BEGIN,
  ROLLBACK,
  SCHEMES,
  command,
  driverOf,
  emptyDatabase,
  errnoOf,
  expecting,
  fly,
  makeTable,
  openEngine,
  run,
  stored,
  transaction,
  type Driver,
  type Scheme,
} from './mariadb-support.ts'

const set = (id: number, x: number) => command('update t set x = ? where id = ?', x, id)
const insert = (id: number, x: number) => command('insert into t values (?, ?)', id, x)
const BEFORE = [
  [1, 10],
  [2, 20],
  [3, 30],
  [4, 40],
  [5, 50],
]

interface World {
  readonly engine: Engine
  readonly driver: Driver
  readonly other: Driver
}

/** Two connections to a database with the table `t`. */
async function open(t: TestContext, scheme: Scheme): Promise<World> {
  const engine = await openEngine(t, { scheme })
  const driver = await driverOf(t, engine)
  await makeTable(driver)
  await driver.execute(command('set session transaction read only')) // as it was before the table was made
  return { engine, driver, other: await driverOf(t, engine) }
}

/** `driver` and `other` lock each other out; `driver`, whose transaction is the smaller one, is ended while it runs `flight`. */
async function deadlock<T>({ driver, other }: World, flight: () => Promise<T>): Promise<T> {
  await fly(driver, { commands: [set(1, 11)] })
  await fly(other, transaction([set(2, 22), set(3, 33), set(4, 44)], false))
  const waits = fly(other, { commands: [set(1, 111)] })
  await new Promise((resolve) => setTimeout(resolve, 50)) // it waits for the lock by now
  const result = await flight()
  assert.equal((await waits).error, undefined)
  await fly(other, { commands: [ROLLBACK] })
  return result
}

for (const scheme of SCHEMES) {
  describe(`flights of ${scheme}`, needs(MariaDb), () => {
    it('give the results of all commands, and commit', async (t) => {
      const { engine, driver } = await open(t, scheme)
      const outcome = await fly(
        driver,
        transaction(
          [
            command('select x from t where id = ?', 1),
            expecting(1, 'update t set x = ? where id = ?', 11, 1),
            insert(6, 60),
          ],
          true,
        ),
      )
      assert.equal(outcome.error, undefined)
      assert.deepEqual(outcome.results, [
        { rows: [[10]], affectedRows: 0 },
        { rows: [], affectedRows: 1 },
        { rows: [], affectedRows: 1, lastInsertId: 6 },
      ])
      assert.deepEqual([outcome.commitSent, driver.inTransaction], [true, false])
      assert.deepEqual(await stored(engine, 'select x from t where id in (1, 6)'), [[11], [60]])
    })

    it('leave the transaction open where COMMIT is not asked for', async (t) => {
      const { engine, driver } = await open(t, scheme)
      await fly(driver, transaction([set(1, 11), set(2, 22)], false))
      assert.equal(driver.inTransaction, true)
      assert.deepEqual(await stored(engine), BEFORE)
      await fly(driver, { commit: true })
      assert.equal(driver.inTransaction, false)
      assert.deepEqual(await stored(engine, 'select x from t where id < 3'), [[11], [22]])
    })

    for (const place of ['first', 'second', 'last'] as const) {
      it(`commit nothing when the ${place} of three statements fails`, async (t) => {
        const { engine, driver } = await open(t, scheme)
        const commands = [set(1, 11), set(2, 22), set(3, 33)]
        const at = { first: 0, second: 1, last: 2 }[place]
        commands[at] = insert(5, 60)
        const outcome = await fly(driver, transaction(commands, true))
        assert.equal(errnoOf(outcome.error), 1062)
        assert.equal(outcome.results.length, at)
        if (driver.inTransaction) await fly(driver, { commands: [ROLLBACK] })
        assert.deepEqual(await stored(engine), BEFORE)
      })

      it(`commit nothing when the ${place} of three statements touches another number of rows`, async (t) => {
        const { engine, driver } = await open(t, scheme)
        const commands = [1, 2, 3].map((id) =>
          expecting(1, 'update t set x = ? where id = ?', id, id),
        )
        const at = { first: 0, second: 1, last: 2 }[place]
        commands[at] = expecting(1, 'update t set x = 0 where id = ?', 100)
        const { error, results, commitSent } = await fly(driver, transaction(commands, true))
        assert.deepEqual([error, commitSent], [undefined, false])
        assert.deepEqual(
          results.map(({ affectedRows }) => affectedRows),
          [1, 1, 1].slice(0, at).concat(0),
        )
        if (driver.inTransaction) await fly(driver, { commands: [ROLLBACK] })
        assert.deepEqual(await stored(engine), BEFORE)
      })

      // settled H21
      it(`commit nothing when the ${place} of three statements cannot even be prepared`, async (t) => {
        const { engine, driver } = await open(t, scheme)
        const commands = [set(1, 11), set(2, 22), set(3, 33)]
        commands[{ first: 0, second: 1, last: 2 }[place]] = command('update nowhere set x = ?', 1)
        const outcome = await fly(driver, transaction(commands, true))
        assert.equal(errnoOf(outcome.error), 1146)
        if (driver.inTransaction) await fly(driver, { commands: [ROLLBACK] })
        assert.deepEqual(await stored(engine), BEFORE)
      })
    }

    it('count a row as touched that has the new value already', async (t) => {
      const { driver } = await open(t, scheme)
      const same = expecting(1, 'update t set x = ? where id = ?', 10, 1)
      const outcome = await fly(driver, transaction([same], true))
      assert.deepEqual([outcome.error, outcome.results[0]?.affectedRows], [undefined, 1])
      assert.equal(outcome.commitSent, true)
    })

    for (const commit of [false, true]) {
      const behind = commit ? 'writes and COMMIT' : 'writes'
      // session 0.11
      it(`store nothing of ${behind} that stand behind a deadlock`, async (t) => {
        const world = await open(t, scheme)
        const { engine, driver } = world
        await fly(driver, { prelude: [BEGIN], commands: [command('select 1')] })
        const outcome = await deadlock(world, () =>
          fly(driver, {
            commands: [set(2, 222), set(5, 55), insert(6, 60), insert(7, 70)],
            commit,
          }),
        )
        assert.equal(errnoOf(outcome.error), 1213)
        assert.deepEqual(outcome.results, [])
        assert.equal(driver.inTransaction, false, 'the server has ended the transaction')
        assert.deepEqual(await stored(engine), BEFORE)
        await fly(driver, transaction([set(5, 55)], true)) // and it goes on
        assert.deepEqual(await stored(engine, 'select x from t where id = 5'), [[55]])
      })
    }

    it('store nothing of writes that stand behind a deadlock of a locking read', async (t) => {
      const world = await open(t, scheme)
      const { engine, driver } = world
      await fly(driver, { prelude: [BEGIN], commands: [command('select 1')] })
      const locking = command('select x from t where id = ? for update', 2)
      const outcome = await deadlock(world, () => fly(driver, { commands: [locking, set(5, 55)] }))
      assert.equal(errnoOf(outcome.error), 1213)
      assert.deepEqual(await stored(engine), BEFORE)
    })

    it('store nothing of a write whose BEGIN failed', async (t) => {
      const { engine, driver } = await open(t, scheme)
      for (const commit of [false, true]) {
        const outcome = await fly(driver, {
          prelude: [command('start transaction read write, nonsense')],
          commands: [set(1, 11)],
          commit,
        })
        assert.equal(errnoOf(outcome.error), 1064)
        assert.equal(driver.inTransaction, false)
        assert.deepEqual(await stored(engine), BEFORE)
      }
    })

    it('begin no transaction on another isolation level than was asked for', async (t) => {
      const { engine, driver } = await open(t, scheme)
      const outcome = await fly(driver, {
        prelude: [command('set transaction isolation level nonsense'), BEGIN],
        commands: [set(1, 11)],
        commit: true,
      })
      assert.equal(errnoOf(outcome.error), 1064)
      assert.equal(driver.inTransaction, false)
      assert.deepEqual(await stored(engine), BEFORE)
    })

    it('begin with an isolation level and a savepoint in front', async (t) => {
      const { engine, driver } = await open(t, scheme)
      const prelude = [
        command('set transaction isolation level serializable'),
        BEGIN,
        command('savepoint `a`'),
      ]
      const level = command(
        "select variable_value from information_schema.session_variables where variable_name = 'tx_isolation'",
      )
      await fly(driver, { prelude, commands: [level, set(1, 11)] })
      assert.equal(driver.inTransaction, true)
      await fly(driver, { commands: [command('rollback to savepoint `a`')] })
      const outcome = await fly(driver, { commands: [set(2, 22)], commit: true })
      assert.equal(outcome.error, undefined)
      assert.deepEqual(await stored(engine, 'select x from t where id < 3'), [[10], [22]])
    })

    it('keep what was done before a savepoint when a statement behind it fails', async (t) => {
      const { engine, driver } = await open(t, scheme)
      await fly(driver, transaction([set(1, 11)], false))
      const { error } = await fly(driver, {
        prelude: [command('savepoint `a`')],
        commands: [set(2, 22), insert(5, 60), set(3, 33)],
      })
      assert.equal(errnoOf(error), 1062)
      assert.equal(driver.inTransaction, true, 'the statement alone was undone')
      await fly(driver, { commands: [command('rollback to savepoint `a`')] })
      await fly(driver, { commands: [set(4, 44)], commit: true })
      assert.deepEqual(await stored(engine, 'select x from t where id < 5'), [
        [11],
        [20],
        [30],
        [44],
      ])
    })

    it('keep the transaction open after a lock time-out, which undoes the statement alone', async (t) => {
      const engine = await openEngine(t, { scheme, lockTimeoutMs: 1 })
      const driver = await driverOf(t, engine)
      await makeTable(driver)
      const other = await driverOf(t, engine)
      await fly(other, transaction([set(1, 12)], false))
      await fly(driver, transaction([set(2, 22)], false))
      const { error } = await fly(driver, { commands: [set(1, 11)] })
      assert.equal(errnoOf(error), 1205)
      assert.equal(driver.inTransaction, true)
      await fly(driver, { commit: true })
      assert.deepEqual(await stored(engine, 'select x from t where id = 2'), [[22]])
    })

    it('stop at a command that cannot be sent, and do not commit', async (t) => {
      const { engine, driver } = await open(t, scheme)
      for (const wrong of [
        command('update t set x = ? where id = ?', 1),
        command('select ?', Number.NaN),
        command('select ?', undefined),
        command('select ?', new Date()),
      ]) {
        const outcome = await fly(driver, transaction([set(1, 11), wrong, set(2, 22)], true))
        assert.equal((outcome.error as { code?: string }).code, 'BIND')
        assert.equal(outcome.results.length, 1)
        await fly(driver, { commands: [ROLLBACK] })
      }
      assert.deepEqual(await stored(engine), BEFORE)
    })

    it('run DDL, which ends the transaction, by itself', async (t) => {
      const { driver } = await open(t, scheme)
      const outcome = await fly(
        driver,
        transaction(
          [set(1, 11), command('create table u (id int)'), command('insert into u values (1)')],
          true,
        ),
      )
      assert.equal(outcome.error, undefined)
      assert.deepEqual((await run(driver, 'select * from u')).rows, [[1]])
      assert.equal(driver.inTransaction, false)
    })

    it('write outside of a transaction, one statement after the other', async (t) => {
      const { engine, driver } = await open(t, scheme)
      const outcome = await fly(driver, { commands: [set(1, 11), insert(5, 60), set(2, 22)] })
      assert.equal(errnoOf(outcome.error), 1062)
      assert.deepEqual([outcome.results.length, driver.inTransaction], [1, false])
      assert.deepEqual(await stored(engine, 'select x from t where id < 3'), [[11], [20]])
    })

    it('refuse to write in a transaction that only reads, DDL included', async (t) => {
      const { engine, driver } = await open(t, scheme)
      for (const write of [set(1, 11), command('create table u (id int)')]) {
        const { error } = await fly(driver, {
          prelude: [command('start transaction read only')],
          commands: [write],
        })
        assert.equal(errnoOf(error), 1792)
        await fly(driver, { commands: [ROLLBACK] })
      }
      assert.deepEqual(await engine.dialect.tableNames(driver), ['t'])
    })

    it('tell when the transaction was ended by what a trigger or somebody else does', async (t) => {
      const { driver } = await open(t, scheme)
      await fly(driver, transaction([set(1, 11)], false))
      await fly(driver, { commands: [command('commit')] })
      assert.equal(driver.inTransaction, false)
      await fly(driver, { commands: [command('syntax error here')] })
      assert.equal(driver.inTransaction, false, 'an error alone begins none')
    })

    it('tell that the transaction is gone when a procedure has ended it and then fails', async (t) => {
      const { driver } = await open(t, scheme)
      await run(
        driver,
        'create procedure p() begin update t set x = x + 1 where id = 1; commit; insert into t values (1, 60); end',
      )
      await fly(driver, transaction([set(2, 22)], false))
      const { error } = await fly(driver, { commands: [command('call p()')] })
      assert.equal(errnoOf(error), 1062)
      assert.equal(driver.inTransaction, false)
      const { rows } = await run(driver, 'select x from t where id < 3')
      assert.deepEqual(rows, [[11], [22]], 'it ran once')
    })

    it('are safe again after raw SQL has changed the session', async (t) => {
      const world = await open(t, scheme)
      const { engine, driver } = world
      await run(driver, 'set session transaction read write')
      await fly(driver, { prelude: [BEGIN], commands: [command('select 1')] })
      await deadlock(world, () =>
        fly(driver, { commands: [set(2, 222), set(5, 55), insert(6, 60)] }),
      )
      assert.deepEqual(await stored(engine), BEFORE)
    })
  })
}

describe('flights of mariadb', needs(MariaDb), () => {
  // settled A12
  it('are one for a unit of work that writes any number of statements, and one more for what it read', async (t) => {
    const url = await emptyDatabase(t, 'mariadb')
    const server = await sharedServer('mariadb')
    const proxy = await FaultProxy.start({ port: server.port })
    t.after(() => proxy.close())
    const engine = await openEngine(t, { url: proxy.url(url) })
    const driver = await driverOf(t, engine)
    await makeTable(driver)
    await fly(driver, transaction([set(1, 11)], true)) // the access mode is set back after DDL
    const count = async (work: () => Promise<unknown>): Promise<number> => {
      proxy.resetTraffic()
      await work()
      return proxy.traffic.flights
    }
    assert.equal(
      await count(() => fly(driver, { commands: [command('select * from t where id = ?', 1)] })),
      1,
    )
    assert.equal(
      await count(() =>
        fly(driver, transaction([expecting(1, 'update t set x = ? where id = ?', 12, 1)], true)),
      ),
      1,
    )
    const many = Array.from({ length: 101 }, (_, i) => insert(1_000 + i, 1_000 + i))
    assert.equal(
      await count(() => fly(driver, transaction(many, true))),
      2,
      'the first time, because a statement that is used several times has to be prepared',
    )
    assert.equal(await count(() => fly(driver, transaction([], false))), 1)
    await fly(driver, { commands: [ROLLBACK] })
    const more = many.map((_, i) => insert(2_000 + i, 2_000 + i))
    assert.equal(await count(() => fly(driver, transaction(more, true))), 1)
    const reads = [1, 2, 3].map((id) => command('select x from t where id = ?', id))
    await fly(driver, { commands: reads })
    assert.equal(
      await count(() => fly(driver, { commands: reads })),
      1,
      'reads outside of a transaction',
    )
  })

  it('go one after the other where the URL says so, behind a proxy that shares connections', async (t) => {
    const url = `${await emptyDatabase(t, 'mariadb')}?pipelining=false`
    const engine = await openEngine(t, { url })
    const driver = await driverOf(t, engine)
    await makeTable(driver)
    const outcome = await fly(driver, transaction([set(1, 11), insert(5, 60), set(2, 22)], true))
    assert.equal(errnoOf(outcome.error), 1062)
    await fly(driver, { commands: [ROLLBACK] })
    assert.deepEqual(await stored(engine), BEFORE)
  })

  it('report with TRANSACTION_ABORTED that COMMIT did not happen for a reason that no reply tells', () => {
    const plan = new GuardedFlight({
      prelude: [BEGIN.sql],
      commands: [{ request: textRequest('update t set x = 1'), onlyReads: false, expectedRows: 1 }],
      commit: true,
    })
    const done = { result: { rows: [], affectedRows: 1 } }
    const signal = Object.assign(new Error('athanor: not committed'), { errno: 1644 })
    const { error, commitSent } = plan.outcomeOf([done, done, { error: signal }])
    assert.ok(error instanceof DatabaseError)
    assert.deepEqual([error.code, error.cause, commitSent], ['TRANSACTION_ABORTED', signal, true])
  })
})
