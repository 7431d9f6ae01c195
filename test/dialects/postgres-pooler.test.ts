import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { EngineOptions } from '../../src/engine/index.ts'
import { needs, PgBouncer, Postgres } from '../servers/index.ts'
import {
  BEGIN,
  command,
  fly,
  insert,
  openDriver,
  rowCount,
  run,
  stateOf,
  type Driver,
} from './postgres-support.ts'

describe(
  'A PostgreSQL connection through pgbouncer, which lends the server by the transaction',
  needs(PgBouncer),
  () => {
    let server: Postgres
    let pooler: PgBouncer
    before(async () => {
      server = await Postgres.start()
      pooler = await PgBouncer.start(server.port, { poolSize: 2 })
      await server.sql('create table t (id int primary key, x int)')
    })
    after(async () => {
      await pooler.dispose()
      await server.dispose()
    })

    async function open(t: TestContext, options: EngineOptions = {}): Promise<Driver> {
      await server.sql('truncate t')
      return openDriver(t, { url: pooler.url(), ...options })
    }

    // settled H22
    it('names no statement from the start, so that none is missing on another connection of the pooler', async (t) => {
      const drivers = await Promise.all(Array.from({ length: 6 }, () => open(t)))
      const outcomes = await Promise.all(
        drivers.flatMap((driver, place) =>
          Array.from({ length: 20 }, (_, i) =>
            fly(
              driver,
              [insert(place * 100 + i), command('select count(*) from t where id = $1', i)],
              {
                prelude: [BEGIN],
                commit: true,
              },
            ),
          ),
        ),
      )
      assert.deepEqual(
        outcomes.filter(({ error }) => error !== undefined),
        [],
      )
      const [driver] = drivers
      assert.ok(driver !== undefined)
      assert.equal(await rowCount(driver), 120)
      const { rows } = await run(driver, 'select count(*) from pg_prepared_statements')
      assert.deepEqual(rows, [[0]])
    })

    // settled H23
    it('sets the limits in every transaction, and puts a single statement into one for them', async (t) => {
      const driver = await open(t, { statementTimeoutMs: 60, lockTimeoutMs: 4_321 })
      const limits =
        "select current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), current_setting('transaction_read_only')"
      const expected = ['60ms', '4321ms', '1min']
      const read = await fly(driver, [{ ...command(limits), replay: true }])
      assert.deepEqual(read.results[0]?.rows, [[...expected, 'on']])
      assert.equal(read.commitSent, false)
      assert.equal(driver.inTransaction, false)
      const inTransaction = await fly(driver, [command(limits)], { prelude: [BEGIN] })
      assert.deepEqual(inTransaction.results[0]?.rows, [[...expected, 'off']])
      await run(driver, 'rollback')
      assert.equal(stateOf(await fly(driver, [command('select pg_sleep(1)')])), '57014')
      assert.deepEqual([driver.inTransaction, driver.hasFailed], [false, false])
      for await (const rows of driver.stream(command(limits), 10))
        assert.deepEqual(rows, [[...expected, 'off']])
      // the connections of the server are left as they were
      for (let i = 0; i < 4; i += 1)
        assert.deepEqual(
          await server.sql(
            "select count(*)::int as n from pg_stat_activity where application_name = 'athanor' and state like 'idle in%'",
          ),
          [{ n: 0 }],
        )
      const plain = await open(t, { idleInTransactionTimeoutMs: Infinity })
      assert.deepEqual((await run(plain, limits)).rows, [['0', '0', '0', 'off']])
    })

    it('sends what cannot stand in a transaction without one', async (t) => {
      const driver = await open(t, { statementTimeoutMs: 5_000 })
      assert.equal((await fly(driver, [command('vacuum t')])).error, undefined)
    })

    it('reads times in UTC, whatever the server has', async (t) => {
      const driver = await open(t)
      for (let i = 0; i < 4; i += 1)
        assert.deepEqual((await run(driver, "select timestamptz '2024-02-29 12:00Z'")).rows, [
          ['2024-02-29 12:00:00+00'],
        ])
    })

    it('never runs another statement than the one that was meant where names are forced', async (t) => {
      const drivers = await Promise.all(
        Array.from({ length: 4 }, () => open(t, { preparedStatements: true })),
      )
      const outcomes = await Promise.all(
        drivers.flatMap((driver, place) =>
          Array.from({ length: 20 }, async (_, i) => {
            const meant = place * 20 + i
            const { results, error } = await fly(driver, [command(`select ${meant % 7}`)])
            return error === undefined ? Number(results[0]?.rows[0]?.[0]) === meant % 7 : true
          }),
        ),
      )
      assert.ok(outcomes.every(Boolean))
    })
  },
)
