import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Database, type Connection, type Engine, type ErrorCode } from 'athanor'
import { needs, PgBouncer, Postgres, type PgBouncerOptions } from '../servers/index.ts'
import { command, execute, failureOf } from './errors.ts'

/** What a fault needs. */
interface World {
  readonly engine: Engine
  readonly server: Postgres
  readonly pooler: PgBouncer
}

interface Fault {
  readonly pooler?: PgBouncerOptions
  /** In the URL, in place of the login and database `postgres`. */
  readonly login?: string
  readonly database?: string
  /** Fails with the error. */
  readonly provoke: (world: World) => Promise<unknown>
  readonly code: ErrorCode
  /** What pgbouncer or pg said: SQLSTATE, if any, and all its words. */
  readonly cause: string
  /** Whether what failed says nothing of the other connections. Default false. */
  readonly isAlone?: boolean
  /** Ends the fault; a later unit of work succeeds then. Undefined where the configuration is wrong. */
  readonly mend: ((world: World) => Promise<unknown>) | undefined
}

const select = (connection: Connection): unknown => connection.execute(command('select 1'))
const connect = ({ engine }: World): Promise<unknown> => execute(engine, 'select 1')
const nothing = async (): Promise<void> => {}

/** Something befalls a transaction in its middle. */
async function between({ engine }: World, befalls: () => Promise<unknown>): Promise<void> {
  await engine.begin(async (connection) => {
    await select(connection)
    await befalls()
    await select(connection)
  })
}

/** A second transaction, on a connection that is open, while the first has all that the pooler has. */
async function crowded({ engine }: World): Promise<void> {
  using first = await engine.connect()
  using second = await engine.connect()
  await first.begin()
  await select(first)
  await second.begin()
  try {
    await select(second)
  } finally {
    await first.rollback()
  }
}

/** The pooler waits for the server once; from then on it answers for it. */
async function serverAway(world: World): Promise<void> {
  await connect(world)
  await world.server.kill9()
  assert.equal((await failureOf(() => connect(world))).code, 'POOL_TIMEOUT')
  await connect(world)
}

const NARROW: PgBouncerOptions = { poolSize: 1, settings: { query_wait_timeout: '1' } }
const GONE = 'Connection terminated unexpectedly'
const restartPooler = ({ pooler }: World): Promise<void> => pooler.start()

const FAULTS: Readonly<Record<string, Fault>> = {
  'no connection to the server comes free for a transaction': {
    pooler: NARROW,
    provoke: crowded,
    code: 'POOL_TIMEOUT',
    cause: '08P01 query_wait_timeout',
    isAlone: true,
    mend: nothing,
  },
  'no connection to the server comes free for a connection that is opened': {
    pooler: NARROW,
    provoke: (world) => between(world, () => connect(world)),
    code: 'POOL_TIMEOUT',
    cause: '08P01 query_wait_timeout',
    isAlone: true,
    mend: nothing,
  },
  'it takes no more clients': {
    pooler: { settings: { max_client_conn: '1' } },
    provoke: (world) => between(world, () => connect(world)),
    code: 'CANNOT_OPEN',
    cause: '08P01 no more connections allowed (max_client_conn)',
    isAlone: true,
    mend: nothing,
  },
  'it does not know the database': {
    pooler: { database: 'postgres' },
    database: 'nowhere',
    provoke: connect,
    code: 'DATABASE_NOT_FOUND',
    cause: '08P01 no such database: nowhere',
    mend: undefined,
  },
  'the server behind it does not know the database': {
    database: 'nowhere',
    provoke: connect,
    code: 'DATABASE_NOT_FOUND',
    cause: '08P01 database "nowhere" does not exist',
    mend: undefined,
  },
  'it asks for another password': {
    pooler: { password: 'right' },
    login: 'postgres:wrong',
    provoke: connect,
    code: 'LOGIN_REFUSED',
    cause: '08P01 SASL authentication failed',
    mend: undefined,
  },
  'it does not know the user': {
    login: 'nobody',
    provoke: connect,
    code: 'LOGIN_REFUSED',
    cause: '08P01 "trust" authentication failed',
    mend: undefined,
  },
  'it is killed in a transaction': {
    provoke: (world) => between(world, () => world.pooler.kill9()),
    code: 'DISCONNECTED',
    cause: GONE,
    mend: restartPooler,
  },
  'it stops in a transaction': {
    provoke: (world) => between(world, () => world.pooler.stop('fast')),
    code: 'DISCONNECTED',
    cause: GONE,
    mend: restartPooler,
  },
  'it stays away': {
    provoke: async (world) => {
      await connect(world)
      await world.pooler.kill9()
      await connect(world)
    },
    code: 'CANNOT_OPEN',
    cause: 'ECONNREFUSED',
    mend: restartPooler,
  },
  'the server behind it dies in a transaction': {
    provoke: (world) => between(world, () => world.server.kill9()),
    code: 'DISCONNECTED',
    cause: '08P01 server conn crashed?',
    mend: ({ server }) => server.start(),
  },
  'the server behind it stays away': {
    pooler: { poolSize: 1, settings: { query_wait_timeout: '1', server_login_retry: '1' } },
    provoke: serverAway,
    code: 'CANNOT_OPEN',
    cause: '08P01 server login has been failing, try again later (server_login_retry)',
    mend: ({ server }) => server.start(),
  },
}

describe('what pgbouncer says', needs(PgBouncer), () => {
  for (const [what, fault] of Object.entries(FAULTS)) {
    // session 6.31
    it(`when ${what} is ${fault.code}`, async () => {
      await using server = await Postgres.start()
      await using pooler = await PgBouncer.start(server.port, fault.pooler)
      const url = new URL(pooler.url(fault.database))
      if (fault.login !== undefined) [url.username = '', url.password = ''] = fault.login.split(':')
      const engineOptions = { reconnectWindowMs: fault.mend === undefined ? 60_000 : 100 }
      const db = new Database({ url, models: {}, engineOptions })
      const world: World = { engine: db.engine, server, pooler }
      try {
        const error = await failureOf(() => fault.provoke(world))
        assert.equal(error.code, fault.code, String(error))
        assert.equal(saidBy(error.cause), fault.cause)
        assert.doesNotMatch(error.message, /wrong/)
        if (fault.isAlone === true) assert.equal(db.engine.status.generation, 0)
        await fault.mend?.(world)
        if (fault.mend !== undefined) await succeeds(db.engine)
      } finally {
        await db.dispose({ deadlineMs: 0 })
      }
    })
  }

  it('of a transaction that waited in vain is an answer: it is not sent again', async () => {
    await using server = await Postgres.start()
    await using pooler = await PgBouncer.start(server.port, NARROW)
    const db = new Database({ url: pooler.url(), models: {} })
    const failed: unknown[] = []
    db.engine.events.on('statement', ({ sql, error }) => error === undefined || failed.push(sql))
    try {
      await failureOf(() => crowded({ engine: db.engine, server, pooler }))
      assert.equal(failed.length, 1, failed.join())
    } finally {
      await db.dispose({ deadlineMs: 0 })
    }
  })
})

/** A pooler goes on refusing for a moment what has failed behind it. */
async function succeeds(engine: Engine): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      assert.equal((await execute(engine, 'select 1'))[0]?.[0], 1)
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

function saidBy(cause: unknown): string {
  assert.ok(cause instanceof Error, String(cause))
  const code = 'code' in cause ? String(cause.code) : ''
  return code.length === 5 ? `${code} ${cause.message}` : code || cause.message
}
