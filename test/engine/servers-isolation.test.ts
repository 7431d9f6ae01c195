import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, type IsolationLevel, type ModelMap, type Session } from 'athanor'
import type { DatabaseKind } from '../support/databases.ts'
import { Account, isPostgres, models, servers } from './server-support.ts'

/** The level of the transaction that is open, as the server sees it, and which connection of the server it is on. */
async function seen(
  session: Session,
  database: DatabaseKind,
): Promise<readonly [level: unknown, backend: unknown]> {
  if (!isPostgres(database)) await sleep(120) // the server keeps the answer to this question for 100 ms
  const rows = await (
    isPostgres(database)
      ? session.sql`select current_setting('transaction_isolation') as level, pg_backend_pid() as backend`
      : session.sql`
        select trx_isolation_level as level, connection_id() as backend
        from information_schema.innodb_trx where trx_mysql_thread_id = connection_id()`
  ).all()
  const { level, backend } = rows[0] as { readonly level: unknown; readonly backend: unknown }
  return [String(level).toLowerCase(), backend]
}

const ALTERNATING: readonly IsolationLevel[] = [
  'serializable',
  'read committed',
  'serializable',
  'read committed',
]

for (const database of servers()) {
  describe(`isolation on the server, ${database.name}`, () => {
    // seed 20
    // session 2.51
    it('is what each transaction asks for, on one connection that goes from one to the next', async (t) => {
      const { db } = await database.open(t, models, { engineOptions: { pool: { size: 1 } } })
      const answers: unknown[] = []
      for (const isolation of ALTERNATING)
        await db.run(() =>
          db.transaction(
            async (session) => {
              session.add(new Account({}))
              await session.flush()
              answers.push(await seen(session, database))
            },
            { isolation },
          ),
        )
      const [[, backend] = []] = answers as unknown[][]
      assert.deepEqual(
        answers,
        ALTERNATING.map((level) => [level, backend]),
      )
      assert.equal(db.engine.status.opened, 1)
    })

    // seed 20
    it('is what each request asks for', async (t) => {
      const { db } = await database.open(t, models, { engineOptions: { pool: { size: 1 } } })
      const levels: unknown[] = []
      for (const isolation of ALTERNATING)
        await db.run(
          async ({ session }) => {
            session.add(new Account({}))
            await session.flush()
            levels.push((await seen(session, database))[0])
            await session.rollback()
          },
          { isolation },
        )
      assert.deepEqual(levels, ALTERNATING)
    })

    // seed 20
    // session 6.11
    it('is what the engine is set to, where nobody asks for another', async (t) => {
      const { db } = await database.open(t, models, {
        engineOptions: { isolation: 'serializable', pool: { size: 1 } },
      })
      const levels: unknown[] = []
      for (const options of [{}, { isolation: 'read committed' as const }, {}])
        await db.run(async ({ session }) => {
          session.add(new Account({}))
          await session.flush()
          levels.push((await seen(session, database))[0])
        }, options)
      assert.deepEqual(levels, ['serializable', 'read committed', 'serializable'])
    })

    // session 2.52
    it('cannot be set after the first statement: nothing is sent', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      s.add(new Account({}))
      await s.flush()
      sent.clear()
      await assert.rejects(s.begin({ isolation: 'serializable' }), { code: 'ILLEGAL_STATE' })
      assert.deepEqual(sent.kinds(), [])
      await s.rollback()
    })

    // settled A23
    it(
      'is never another level than the one that was asked for',
      { ...database.needs('level that it lacks', isPostgres(database)) },
      async (t) => {
        const { db, url, sent } = await database.open(t, models)
        const isolation = 'read uncommitted'
        assert.throws(() => new Database<ModelMap>({ url, models, engineOptions: { isolation } }), {
          code: 'CONFIGURATION',
        })
        await db.run(async ({ session }) => {
          sent.clear()
          const write = async (): Promise<void> => {
            session.add(new Account({}))
            await session.flush()
          }
          await assert.rejects(session.transaction(write, { isolation }), { code: 'ARGUMENT' })
        })
        assert.deepEqual(sent.kinds(), [])
        assert.equal(db.engine.status.inUse, 0)
      },
    )

    // session 2.56
    it('lets no two transactions decide by what the other one changes: they are run again until the sum is right', async (t) => {
      const { db } = await database.open(t, models)
      await db.run(
        ({ session }) =>
          session.addAll([new Account({ balance: 100 }), new Account({ balance: 100 })]),
        { commit: 'onSuccess' },
      )
      let reading = 0
      const { promise: both, resolve } = Promise.withResolvers<void>()
      let runs = 0
      /** Takes 150 out of one account, if both together have that much. */
      const withdraw = async (key: number): Promise<void> =>
        db.run(() =>
          db.transaction(
            async (session) => {
              runs += 1
              const accounts = await session.select(Account).orderBy(Account.c.id).all()
              if ((reading += 1) === 2) resolve()
              await both
              const sum = accounts.reduce((total, { balance }) => total + balance, 0)
              const own = accounts.find((account) => account.id === key)
              if (own !== undefined && sum >= 150) own.balance -= 150
            },
            { isolation: 'serializable', retry: 10 },
          ),
        )
      await Promise.all([withdraw(1), withdraw(2)])
      const balances = await db.run(async ({ session }) =>
        (await session.select(Account).all()).map(({ balance }) => balance),
      )
      assert.equal(
        balances.reduce((total, balance) => total + balance, 0),
        50,
        'only one of them was paid out',
      )
      assert.ok(runs > 2, 'one of them has run again')
    })
  })
}
