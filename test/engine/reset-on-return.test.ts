import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it, type TestContext } from 'node:test'
import type { Engine } from '../../src/engine/index.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { FakeServer } from './fake-server.ts'
import { Account, models } from './server-support.ts'

type Reset = 'rollback' | 'full'

/** What a unit of work leaves on its session, and what tells the next one of it. */
interface Traces {
  readonly leave: readonly string[]
  /** One row: what of it is there. */
  readonly look: string
  readonly present: readonly unknown[]
  readonly absent: readonly unknown[]
}

/** What works while the temporary table is there. */
const TEMPORARY = 'select count(*) from mine'

const POSTGRES: Traces = {
  leave: [
    'create temporary table mine (n int)',
    TEMPORARY,
    "set work_mem = '77MB'",
    'select pg_advisory_lock(42)',
    'listen news',
  ],
  look: `select current_setting('work_mem') = '77MB',
    (select count(*) > 0 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()),
    (select count(*) > 0 from pg_listening_channels())`,
  present: [true, true, true],
  absent: [false, false, false],
}
const MARIADB: Traces = {
  leave: [
    'create temporary table mine (n int)',
    TEMPORARY,
    'set @mine = 7',
    'set session sort_buffer_size = 123456',
    "do get_lock('mine', 0)",
    'use information_schema',
  ],
  look: "select @mine is not null, @@sort_buffer_size < 130000, is_used_lock('mine') is not null, database() = 'information_schema'",
  present: [1, 1, 1, 1],
  absent: [0, 0, 0, 0],
}

const tracesOf = ({ dialect }: DatabaseKind): Traces =>
  dialect.kyselyFlavour === 'postgres' ? POSTGRES : MARIADB

async function open(
  t: TestContext,
  database: DatabaseKind,
  resetOnReturn: Reset,
): Promise<{ readonly engine: Engine; readonly count: () => Promise<number> }> {
  const engineOptions = {
    resetOnReturn,
    pool: { size: 1 },
    ...(database.facts.isServer ? { statementTimeoutMs: 77_000 } : {}),
  }
  const { db } = await database.open(t, models, { engineOptions })
  return { engine: db.engine, count: () => db.run(() => db.select(Account).count()) }
}

async function unit(engine: Engine, texts: readonly string[]): Promise<readonly unknown[]> {
  using connection = await engine.connect()
  let row: readonly unknown[] = []
  for (const sql of texts) {
    const { rows } = await connection.execute({ sql, parameters: [], prepare: false })
    row = rows[0] ?? []
  }
  return row
}

for (const database of databases()) {
  const isSupported = !database.dialect.unsupportedOptions.includes('resetOnReturn')
  describe(
    `resetOnReturn, ${database.name}`,
    database.needs('session to reset', isSupported),
    () => {
      const { leave, look, present, absent } = tracesOf(database)

      // session 6.11
      // settled A18
      it("'full' leaves nothing of one unit of work to the next, on the same connection", async (t) => {
        const { engine, count } = await open(t, database, 'full')
        assert.equal(await count(), 0)
        assert.deepEqual(await unit(engine, [...leave, look]), present)
        assert.deepEqual(await unit(engine, [look]), absent)
        await assert.rejects(unit(engine, [TEMPORARY]), /mine/)
        assert.equal(await count(), 0, 'what was prepared before')
        assert.equal(engine.status.opened, 1)
      })

      it("'rollback', the default, leaves them to the program, and sends nothing", async (t) => {
        const { engine } = await open(t, database, 'rollback')
        await unit(engine, leave)
        assert.deepEqual(await unit(engine, [look]), present)
        assert.equal(engine.options.resetOnReturn, 'rollback')
      })

      it("'full' rolls back what is open first", async (t) => {
        const { engine, count } = await open(t, database, 'full')
        const connection = await engine.connect()
        await connection.begin({ write: true })
        await connection.execute({
          sql: 'insert into account (balance) values (1)',
          parameters: [],
        })
        connection.close()
        assert.equal(await count(), 0)
        assert.equal(engine.status.opened, 1)
      })

      it(
        "'full' keeps what athanor has set",
        database.needs('limits', database.facts.isServer),
        async (t) => {
          const { engine } = await open(t, database, 'full')
          const limit =
            tracesOf(database) === POSTGRES
              ? "select current_setting('statement_timeout') = '77s'"
              : "select @@max_statement_time = 77 and @@time_zone = '+00:00' and @@tx_read_only = 1"
          const before = await unit(engine, [limit])
          assert.ok(before[0] === 1 || before[0] === true, inspect(before))
          assert.deepEqual(await unit(engine, [limit]), before)
        },
      )
    },
  )
}

describe('resetOnReturn', () => {
  it("'full' replaces a connection that cannot be reset, or does not answer", async (t) => {
    const server = new FakeServer()
    const engine = server.engine(t, {
      resetOnReturn: 'full',
      connectTimeoutMs: 5,
      pool: { size: 1 },
    })
    const resets: (() => Promise<void>)[] = [
      () => Promise.reject(new Error('no')),
      () =>
        new Promise((_, reject) => {
          server.at(1).destroy = reject
        }),
      async () => {},
    ]
    for (const reset of resets) {
      const connection = await engine.connect()
      Object.assign(connection.driver, { reset })
      connection.close()
    }
    const last = await engine.connect()
    assert.equal(last.driver, server.at(2))
    assert.ok(server.at(0).isClosed && server.at(1).isClosed)
    last.close()
  })
})
