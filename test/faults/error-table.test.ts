import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, type Engine, type EngineOptions, type ErrorCode } from 'athanor'
import type { LentDatabase } from '../support/server-databases.ts'
import {
  codeOf,
  command,
  execute,
  failureOf,
  inTransaction,
  type Command,
  type Driver,
} from './errors.ts'
import { serverDatabases } from './support.ts'
import { eventually } from '../support/eventually.ts'

/** What athanor says, and what the driver said. */
type Expected = readonly [code: ErrorCode, cause: string]

interface Fault {
  /** Fails with the error. */
  readonly provoke: (engine: Engine, driver: Driver) => Promise<unknown>
  readonly options?: Partial<EngineOptions>
  readonly expected: Readonly<Record<Driver, Expected>>
}

const TABLES = [
  'create table parent (id integer primary key, name varchar(5) not null, size integer check (size > 0), constraint uq_name unique (name))',
  'create table child (parent_id integer, constraint fk_parent foreign key (parent_id) references parent (id))',
  "insert into parent (id, name, size) values (1, 'one', 1), (2, 'two', 2)",
]

/** The same for both drivers of MariaDB. */
const both = (expected: Expected): Pick<Fault['expected'], 'mariadb' | 'mysql2'> => ({
  mariadb: expected,
  mysql2: expected,
})

/** A statement that waits for seconds. */
const SLOW: Readonly<Record<Driver, string>> = {
  postgres: 'select pg_sleep(20)',
  mariadb: 'select sleep(20)',
  mysql2: 'select sleep(20)',
}
const CANCEL: Readonly<Record<Driver, string>> = {
  postgres:
    "select pg_cancel_backend(pid) from pg_stat_activity where query = 'select pg_sleep(20)'",
  mariadb:
    "select concat('kill query ', id) from information_schema.processlist where info = 'select sleep(20)'",
  mysql2:
    "select concat('kill query ', id) from information_schema.processlist where info = 'select sleep(20)'",
}

/** Faults of statements: the connection, and unless it says so the engine, goes on. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'a row with the same values': {
    provoke: (engine) => execute(engine, "insert into parent values (3, 'one', 1)"),
    expected: {
      postgres: ['UNIQUE_VIOLATION', '23505'],
      ...both(['UNIQUE_VIOLATION', '1062']),
    },
  },
  'a row that points at none': {
    provoke: (engine) => execute(engine, 'insert into child values (9)'),
    expected: {
      postgres: ['FOREIGN_KEY_VIOLATION', '23503'],
      ...both(['FOREIGN_KEY_VIOLATION', '1452']),
    },
  },
  'deleting a row that is pointed at': {
    provoke: (engine) =>
      inTransaction(engine, ['insert into child values (1)', 'delete from parent where id = 1']),
    expected: {
      postgres: ['FOREIGN_KEY_VIOLATION', '23503'],
      ...both(['FOREIGN_KEY_VIOLATION', '1451']),
    },
  },
  'null where none may be': {
    provoke: (engine) => execute(engine, 'insert into parent values (3, null, 1)'),
    expected: {
      postgres: ['NOT_NULL_VIOLATION', '23502'],
      ...both(['NOT_NULL_VIOLATION', '1048']),
    },
  },
  'a value that a check refuses': {
    provoke: (engine) => execute(engine, "insert into parent values (3, 'three', 0)"),
    expected: {
      postgres: ['CHECK_VIOLATION', '23514'],
      ...both(['CHECK_VIOLATION', '4025']),
    },
  },
  'a text that is too long': {
    provoke: (engine) => execute(engine, "insert into parent values (3, 'eleven', 1)"),
    expected: { postgres: ['DATA', '22001'], ...both(['DATA', '1406']) },
  },
  'a number that is too big': {
    provoke: (engine) => execute(engine, "insert into parent values (3, 'big', 3000000000)"),
    expected: { postgres: ['DATA', '22003'], ...both(['DATA', '1264']) },
  },
  'SQL that is none': {
    provoke: (engine) => execute(engine, 'selekt 1'),
    expected: { postgres: ['PROGRAMMING', '42601'], ...both(['PROGRAMMING', '1064']) },
  },
  'a table that does not exist': {
    provoke: (engine) => execute(engine, 'select * from nowhere'),
    expected: { postgres: ['PROGRAMMING', '42P01'], ...both(['PROGRAMMING', '1146']) },
  },
  'a column that does not exist': {
    provoke: (engine) => execute(engine, 'select colour from parent'),
    expected: { postgres: ['PROGRAMMING', '42703'], ...both(['PROGRAMMING', '1054']) },
  },
  'a write in a transaction that only reads': {
    provoke: (engine) =>
      inTransaction(engine, ['delete from child'], { readOnly: true, intent: 'write' }),
    expected: { postgres: ['READ_ONLY', '25006'], ...both(['READ_ONLY', '1792']) },
  },
  'a statement that takes too long': {
    options: { statementTimeoutMs: 100 },
    provoke: (engine, driver) => inTransaction(engine, [SLOW[driver]]),
    expected: {
      postgres: ['STATEMENT_TIMEOUT', '57014'],
      ...both(['STATEMENT_TIMEOUT', '1969']),
    },
  },
  'a statement that an administrator cancels': {
    provoke: async (engine, driver) => {
      const slow = inTransaction(engine, [SLOW[driver]])
      await Promise.race([slow, cancel(engine, driver)])
      return slow
    },
    expected: { postgres: ['CANCELLED', '57014'], ...both(['CANCELLED', '1317']) },
  },
  'a lock that does not come free': {
    options: { lockTimeoutMs: 1_000 },
    provoke: (engine) => locking(engine, 'update parent set size = 5 where id = 1'),
    expected: { postgres: ['LOCK_TIMEOUT', '55P03'], ...both(['LOCK_TIMEOUT', '1205']) },
  },
  'a lock that is not free at once': {
    provoke: (engine) => locking(engine, 'select id from parent where id = 1 for update nowait'),
    expected: { postgres: ['LOCK_TIMEOUT', '55P03'], ...both(['LOCK_TIMEOUT', '1205']) },
  },
  'two transactions that wait for each other': {
    provoke: deadlock,
    expected: { postgres: ['DEADLOCK', '40P01'], ...both(['DEADLOCK', '1213']) },
  },
  'a row that changed since the snapshot': {
    provoke: serialization,
    expected: { postgres: ['SERIALIZATION', '40001'], ...both(['SERIALIZATION', '1020']) },
  },
}

/** Ends the slow statement, as soon as it runs. */
async function cancel(engine: Engine, driver: Driver): Promise<void> {
  for (;;) {
    const rows = await execute(engine, CANCEL[driver])
    const [kill] = rows[0] ?? []
    if (typeof kill === 'string') await execute(engine, kill)
    if (rows.length > 0) return
    await sleep(5)
  }
}

/** Sends the statement while another transaction has the first row. */
async function locking(engine: Engine, sql: string): Promise<void> {
  await engine.begin(async (other) => {
    await other.execute(command('update parent set size = 4 where id = 1'))
    await inTransaction(engine, [sql])
  })
}

async function deadlock(engine: Engine): Promise<void> {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const outcomes = await Promise.allSettled([
    updateBoth(engine, [1, 2], { mine: first, theirs: second }),
    updateBoth(engine, [2, 1], { mine: second, theirs: first }),
  ])
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(failed.length, 1, 'one of them goes on')
  throw failed[0]?.reason
}

/** Two rows in one transaction, the second when somebody else has it. */
function updateBoth(
  engine: Engine,
  ids: readonly [number, number],
  { mine, theirs }: Record<'mine' | 'theirs', PromiseWithResolvers<void>>,
): Promise<void> {
  const update = (id: number): Command =>
    command(`update parent set size = size + 1 where id = ${id}`)
  return engine.begin(async (connection) => {
    await connection.execute(update(ids[0]))
    mine.resolve()
    await theirs.promise
    await connection.execute(update(ids[1]))
  })
}

async function serialization(engine: Engine, driver: Driver): Promise<void> {
  using connection = await engine.connect()
  // PostgreSQL always does so, MariaDB from 11.6 on
  if (driver !== 'postgres') await connection.execute(command('set innodb_snapshot_isolation = on'))
  await connection.begin({ isolation: 'repeatable read' })
  await connection.execute(command('select size from parent where id = 2'))
  await execute(engine, 'update parent set size = size + 1 where id = 2')
  await connection.execute(command('update parent set size = 9 where id = 2'))
}

for (const database of serverDatabases()) {
  describe(`errors of ${database.name}`, () => {
    let lent: LentDatabase

    before(async () => {
      lent = await database.lend()
      await using db = new Database({ url: lent.url, models: {} })
      for (const sql of TABLES) await execute(db.engine, sql)
    })
    after(() => lent.release())

    for (const [name, { provoke, options, expected }] of Object.entries(FAULTS)) {
      const [code, cause] = expected[database.name as Driver]
      // session 6.31
      // session 8.19
      it(`${name} is ${code}, by the driver's ${cause}; the connection goes on`, async () => {
        const db = new Database({ url: lent.url, models: {}, engineOptions: { ...options } })
        try {
          const error = await failureOf(() => provoke(db.engine, database.name as Driver))
          assert.deepEqual([error.code, codeOf(error.cause)], [code, cause], String(error))
          const { engine } = db
          // what failed is rolled back, and every connection that was ever opened is still there
          await eventually(() => engine.status.idle === engine.status.opened)
          assert.equal((await execute(engine, 'select 1'))[0]?.[0], 1)
          await eventually(() => engine.status.idle === engine.status.opened)
        } finally {
          await db.dispose({ deadlineMs: 0 })
        }
      })
    }
  })
}
