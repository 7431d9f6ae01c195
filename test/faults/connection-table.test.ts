import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CommitOutcomeUnknownError,
  Database,
  type Connection,
  type Engine,
  type ErrorCode,
} from 'athanor'
import { FaultProxy } from 'athanor/testing'
import { eventually } from '../support/eventually.ts'
import { freePort, MariaDb, needs, Postgres } from '../servers/index.ts'
import { codeOf, command, execute, failureOf, type Driver } from './errors.ts'

/** What a fault needs. */
interface World {
  readonly engine: Engine
  readonly proxy: FaultProxy
  readonly server: Postgres | MariaDb
}

interface Fault {
  /** Fails with the error. */
  readonly provoke: (world: World) => Promise<unknown>
  /** Of the server. */
  readonly maxConnections?: number
  /** Of the engine, besides short waits for connections. */
  readonly options?: object
  /** On these only; default all. */
  readonly on?: readonly Driver[]
  /** In place of the server's own. */
  readonly user?: string
  readonly database?: string
  readonly code: ErrorCode
  /** What the driver said, one of these: which it is depends on whether the end or the next packet comes first. */
  readonly causes: Readonly<Record<Driver, readonly string[]>>
}

const SERVERS = {
  postgres: { Server: Postgres, scheme: 'postgres:' },
  mariadb: { Server: MariaDb, scheme: 'mariadb:' },
  mysql2: { Server: MariaDb, scheme: 'mysql:' },
} as const

const connect = ({ engine }: World): Promise<unknown> => execute(engine, 'select 1')

/** Something befalls a transaction in its middle, and the next statement meets what has come of it. */
async function between(
  { engine }: Pick<World, 'engine'>,
  befalls: (connection: Connection) => unknown,
): Promise<void> {
  await engine.begin(async (connection) => {
    await connection.execute(command('select 1'))
    await befalls(connection)
    await eventually(() => !connection.isOpen)
    await connection.execute(command('select 2'))
  })
}

/** An administrator ends the connection of the transaction. */
function ended({ engine, server }: World): Promise<void> {
  const isPostgres = server instanceof Postgres
  return between({ engine }, async (connection) => {
    const sql = isPostgres ? 'select pg_backend_pid()' : 'select connection_id()'
    const { rows } = await connection.execute(command(sql))
    const id = String(rows[0]?.[0])
    await server.sql(isPostgres ? `select pg_terminate_backend(${id})` : `kill ${id}`)
  })
}

/** Another process of the server dies: it ends all connections and recovers. */
async function crashed({ engine, server }: World): Promise<void> {
  if (!(server instanceof Postgres)) throw new TypeError('MariaDB has one process')
  const other = await engine.connect()
  const { rows } = await other.execute(command('select pg_backend_pid()'))
  await between({ engine }, () => server.crashBackend(Number(rows[0]?.[0])))
}

/** More connections than the server takes. */
async function tooMany({ engine }: World): Promise<void> {
  for (let i = 0; i < 12; i += 1) await engine.connect()
}

const lostReply = async ({ engine, proxy }: World, action: 'dropAfter' | 'dropBefore') =>
  engine.begin(async (connection) => {
    await connection.execute(command('select 1'))
    proxy.add({ match: /[\s\S]/, action, times: 1 })
  })

const FAULTS: Readonly<Record<string, Fault>> = {
  'nobody listens': {
    provoke: async (world) => {
      await world.proxy.admit('refuse')
      await connect(world)
    },
    code: 'CANNOT_OPEN',
    causes: {
      postgres: ['ECONNREFUSED'],
      mariadb: ['ECONNREFUSED'],
      mysql2: ['ECONNREFUSED'],
    },
  },
  'nobody answers': {
    provoke: async (world) => {
      await world.proxy.admit('silent')
      await connect(world)
    },
    code: 'CANNOT_OPEN',
    causes: { postgres: ['timeout expired'], mariadb: ['45012'], mysql2: ['ETIMEDOUT'] },
  },
  'the server hangs up': {
    provoke: async (world) => {
      await world.proxy.admit('close')
      await connect(world)
    },
    code: 'CANNOT_OPEN',
    causes: {
      postgres: ['Connection terminated unexpectedly', 'ECONNRESET'],
      mariadb: ['45009', 'ECONNRESET'],
      mysql2: ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET'],
    },
  },
  'there is no such database': {
    provoke: connect,
    database: 'nowhere',
    code: 'DATABASE_NOT_FOUND',
    causes: { postgres: ['3D000'], mariadb: ['1049'], mysql2: ['1049'] },
  },
  'there is no such user': {
    provoke: connect,
    user: 'nobody',
    code: 'LOGIN_REFUSED',
    causes: { postgres: ['28000'], mariadb: ['1045'], mysql2: ['1045'] },
  },
  'the connection is reset in a transaction': {
    provoke: (world) => between(world, () => world.proxy.cut('reset')),
    code: 'DISCONNECTED',
    causes: {
      postgres: ['ECONNRESET', 'EPIPE', 'Connection terminated unexpectedly'],
      mariadb: ['45009', 'ECONNRESET', 'EPIPE', '45013'],
      mysql2: ['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'],
    },
  },
  'the server is killed in a transaction': {
    provoke: (world) => between(world, () => world.server.kill9()),
    code: 'DISCONNECTED',
    causes: {
      postgres: ['Connection terminated unexpectedly', 'ECONNRESET', 'EPIPE'],
      mariadb: ['45009', 'ECONNRESET', 'EPIPE', '45013'],
      mysql2: ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'],
    },
  },
  'the server stops in a transaction': {
    provoke: (world) => between(world, () => world.server.stop('fast')),
    code: 'DISCONNECTED',
    causes: {
      postgres: ['57P01'],
      mariadb: ['45009', 'ECONNRESET', '1927', '45013'],
      mysql2: ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', '1927', '1053', '4031'],
    },
  },
  'an administrator ends the connection': {
    provoke: ended,
    code: 'DISCONNECTED',
    causes: {
      postgres: ['57P01'],
      mariadb: ['45009', 'ECONNRESET', '1927', '45013'],
      mysql2: ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', '1927', '4031'],
    },
  },
  'another process of the server crashes': {
    provoke: crashed,
    on: ['postgres'],
    code: 'DISCONNECTED',
    causes: { postgres: ['57P02', 'Connection terminated unexpectedly'], mariadb: [], mysql2: [] },
  },
  'a transaction says nothing for too long': {
    provoke: (world) => between(world, () => {}),
    options: { idleInTransactionTimeoutMs: 1_000 },
    on: ['postgres', 'mariadb'],
    code: 'DISCONNECTED',
    causes: {
      postgres: ['25P03'],
      mariadb: ['45009', 'ECONNRESET', '45013', '1927'],
      mysql2: [],
    },
  },
  'the server takes no more connections': {
    provoke: tooMany,
    maxConnections: 10,
    options: { pool: { size: 20 } },
    code: 'CANNOT_OPEN',
    causes: { postgres: ['53300'], mariadb: ['1040'], mysql2: ['1040'] },
  },
  'the answer to COMMIT is lost': {
    provoke: (world) => lostReply(world, 'dropAfter'),
    code: 'COMMIT_OUTCOME_UNKNOWN',
    causes: { postgres: ['ECONNRESET'], mariadb: ['ECONNRESET'], mysql2: ['ECONNRESET'] },
  },
  'COMMIT never arrives': {
    provoke: (world) => lostReply(world, 'dropBefore'),
    code: 'COMMIT_OUTCOME_UNKNOWN',
    causes: { postgres: ['ECONNRESET'], mariadb: ['ECONNRESET'], mysql2: ['ECONNRESET'] },
  },
}

for (const [name, { Server, scheme }] of Object.entries(SERVERS)) {
  describe(`lost connections of ${name}`, needs(Server), () => {
    for (const [what, fault] of Object.entries(FAULTS)) {
      if (fault.on?.includes(name as Driver) === false) continue
      // session 6.31
      it(`${what}: ${fault.code}`, async () => {
        await using server = await Server.start(
          fault.maxConnections === undefined ? {} : { maxConnections: fault.maxConnections },
        )
        await using proxy = await FaultProxy.start(
          { port: server.port },
          { port: await freePort() },
        )
        const url = new URL(proxy.url(server.url()).replace(/^\w+:/, scheme))
        if (fault.user !== undefined) url.username = fault.user
        if (fault.database !== undefined) url.pathname = `/${fault.database}`
        const db = new Database({
          url,
          models: {},
          engineOptions: { connectTimeoutMs: 200, reconnectWindowMs: 100, ...fault.options },
        })
        try {
          const error = await failureOf(() => fault.provoke({ engine: db.engine, proxy, server }))
          assert.equal(error.code, fault.code, String(error))
          const cause = codeOf(causeOf(error))
          const known = fault.causes[name as Driver]
          assert.ok(known.includes(cause), `${cause} is none of ${known.join()}`)
        } finally {
          await db.dispose({ deadlineMs: 0 })
        }
      })
    }
  })
}

/** The driver's own error: the cause of athanor's, which is one; a COMMIT in doubt has the loss between. */
function causeOf(error: Error): unknown {
  return error instanceof CommitOutcomeUnknownError ? (error.cause as Error).cause : error.cause
}

after(() => sleep(100)) // Node 24 can spin for ever where a process ends while sockets are on their way out
