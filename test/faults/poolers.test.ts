import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, id, int, Model } from 'athanor'
import { MariaDb, needs, PgBouncer, Postgres } from '../servers/index.ts'

class Counter extends Model({ id: id(), value: int() }) {}
const models = { Counter }

const CLIENTS = 6
const ROUNDS = 20

/** Units of work of many clients at once: reads, writes with keys of the server, and changes. */
async function work(db: Database<typeof models>): Promise<void> {
  const client = async (): Promise<void> => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await db.run(async ({ session }) => {
        const counter = session.add(new Counter({ value: 1 }))
        await session.commit()
        counter.value += 1
        await session.commit()
        assert.equal((await session.getOne(Counter, counter.id)).value, 2)
      })
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
}

describe('pgbouncer in transaction mode', needs(PgBouncer), () => {
  // settled H22
  it('needs no configuration: many clients share few connections of the server', async () => {
    await using server = await Postgres.start()
    await using pooler = await PgBouncer.start(server.port, { poolSize: 2 })
    const db = new Database({ url: pooler.url(), models, engineOptions: { pool: { size: 6 } } })
    try {
      await db.createAll()
      await work(db)
      const sums = await db.run(({ session }) =>
        session.select(Counter).where({ value: 2 }).count(),
      )
      assert.equal(sums, CLIENTS * ROUNDS)
    } finally {
      await db.dispose({ deadlineMs: 100 })
    }
  })

  // settled H23
  it('keeps time-outs of statements, outside of transactions too', async () => {
    await using server = await Postgres.start()
    await using pooler = await PgBouncer.start(server.port)
    const db = new Database({
      url: pooler.url(),
      models,
      engineOptions: { statementTimeoutMs: 100 },
    })
    try {
      await db.createAll()
      await assert.rejects(
        db.run(async ({ session }) => session.sql`select pg_sleep(5)`.all()),
        { code: 'STATEMENT_TIMEOUT' },
      )
    } finally {
      await db.dispose({ deadlineMs: 100 })
    }
  })

  it('goes on after a restart of the server behind it', async () => {
    await using server = await Postgres.start()
    await using pooler = await PgBouncer.start(server.port)
    const db = new Database({ url: pooler.url(), models })
    try {
      await db.createAll()
      await db.run(({ session }) => session.select(Counter).all())
      await server.restart('kill9')
      assert.equal(await db.run(({ session }) => session.select(Counter).count()), 0)
    } finally {
      await db.dispose({ deadlineMs: 100 })
    }
  })
})

/** Servers that end whoever says nothing for a second. */
const IMPATIENT = {
  postgres: {
    Server: Postgres,
    settings: { idle_session_timeout: '1s' },
    url: (server: Postgres | MariaDb) => server.url(),
  },
  mariadb: {
    Server: MariaDb,
    settings: { 'wait-timeout': '1' },
    url: (server: Postgres | MariaDb) => server.url(),
  },
  mysql2: {
    Server: MariaDb,
    settings: { 'wait-timeout': '1' },
    url: (server: Postgres | MariaDb) => server.url().replace('mariadb:', 'mysql:'),
  },
} as const

for (const [name, { Server, settings, url }] of Object.entries(IMPATIENT)) {
  describe(`a server that ends idle connections, through ${name}`, needs(Server), () => {
    // session 6.36
    it('costs no request: reads and writes succeed after it did', async () => {
      await using server = await Server.start({ settings })
      const db = new Database({ url: url(server), models, engineOptions: { pool: { size: 3 } } })
      try {
        await db.createAll()
        for (let pause = 0; pause < 2; pause += 1) {
          await Promise.all(
            Array.from({ length: 3 }, () =>
              db.run(async ({ session }) => {
                session.add(new Counter({ value: pause }))
                await session.commit()
              }),
            ),
          )
          await sleep(1_300)
        }
        assert.equal(await db.run(({ session }) => session.select(Counter).count()), 6)
      } finally {
        await db.dispose({ deadlineMs: 100 })
      }
    })
  })
}
