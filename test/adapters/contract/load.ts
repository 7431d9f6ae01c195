import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs, Postgres, sharedServer } from '../../servers/index.ts'
import { PostgresDatabases } from '../../support/server-databases.ts'
import { Post } from '../../app/support.ts'
import type { Adapter, Db, Reply } from './adapter.ts'
import { start, store, TAKEN, until, type Running } from './running.ts'

const CLIENTS = 200
const REQUESTS = Number(process.env['LOAD_REQUESTS'] ?? 5_000)
const POOL_SIZE = 5
/** 10 s on a machine with nothing else to do. */
const LONG = { timeout: 900_000 }

/** What requests are like, and how each is answered: a status, or any error. */
const KINDS = {
  kept: 201,
  read: 200,
  redirected: 303,
  slow: 201,
  streamed: 200,
  refused: 422,
  thrown: 403,
  fails: 'error',
  cut: 'nobody listens',
} as const
type Kind = keyof typeof KINDS

/** Those whose success means that something was stored. */
const STORING: readonly Kind[] = ['kept', 'redirected', 'slow', 'streamed']

const lender = new PostgresDatabases()

/** Many clients at once that want all kinds of things from an application whose pool is small. */
export function load(adapter: Adapter): void {
  describe(
    `${adapter.name}: ${REQUESTS} requests of ${CLIENTS} clients on PostgreSQL with a pool of ${POOL_SIZE}`,
    needs(Postgres),
    () => {
      // seed 24
      it(
        'leave what was acknowledged, nothing that failed, no scope, no connection and no transaction',
        LONG,
        async (t) => {
          const { url, release } = await lender.lend()
          const running = await start(t, adapter, ({ db }) => answering(adapter, db), {
            config: { url, engineOptions: { pool: { size: POOL_SIZE } }, diagnostics: false },
          })
          t.after(release)
          const acknowledged = await requestAll(running)
          await running.call('read-last') // its connection comes behind those of requests that were cut
          await until(() => running.db.engine.status.inUse === 0, 'all connections are back')
          await checkStored(running, acknowledged)
          const { opened, overflow, waiting } = running.db.engine.status
          assert.deepEqual([overflow, waiting], [0, 0])
          assert.ok(opened <= POOL_SIZE, `${opened} connections were opened`)
          await checkServer(new URL(url).pathname.slice(1))
          const mayBeLost = Math.ceil(REQUESTS / Object.keys(KINDS).length) // cut before they arrived
          await running.checkInvariants(Math.max(running.scopes, REQUESTS - mayBeLost))
        },
      )
    },
  )
}

/** The handler: what it does is in the title. */
function answering(adapter: Adapter, db: Db) {
  return async ({ title }: { readonly title: string }): Promise<Reply> => {
    const kind = kindOf(title)
    if (kind !== 'read') store(db, kind === 'fails' ? TAKEN : title)
    if (kind === 'thrown') throw adapter.forbidden()
    if (kind === 'slow' || kind === 'cut') await sleep(20)
    if (kind === 'read') await db.select(Post).where({ title: TAKEN }).one()
    return { answer: answerTo(kind) }
  }
}

function answerTo(kind: Kind): Reply['answer'] {
  const status = KINDS[kind]
  if (kind === 'redirected') return { kind: 'redirect', status: KINDS[kind], location: '/posts/x' }
  if (kind === 'streamed') return { kind: 'stream', type: 'text/plain', chunks: parts() }
  return { kind: 'json', status: typeof status === 'number' ? status : 201, body: {} }
}

async function* parts(): AsyncGenerator<string> {
  for (const part of ['one', 'two', 'three']) {
    await sleep(1)
    yield part
  }
}

function kindOf(title: string): Kind {
  return title.split('-', 1)[0] as Kind
}

/** Each client sends its next request when it has its answer. Gives the titles of those that succeeded. */
async function requestAll(running: Running): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const kinds = Object.keys(KINDS) as Kind[]
  const acknowledged: string[] = []
  let sent = 0
  const client = async (): Promise<void> => {
    while (sent < REQUESTS) {
      const number = (sent += 1)
      const title = `${kinds[number % kinds.length] ?? 'kept'}-${number}`
      if (await succeeds(running, title, agent)) acknowledged.push(title)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  agent.destroy()
  return acknowledged
}

/** Whether the request had the answer of success; any answer must be the one that its kind has. */
async function succeeds(running: Running, title: string, agent: Agent): Promise<boolean> {
  const kind = kindOf(title)
  if (kind === 'cut') {
    const request = running.open(title)
    await sleep(10)
    request.destroy()
    return false
  }
  const { status, text, isComplete } = await running.call(title, { agent })
  if (kind === 'fails') assert.ok(status >= 400, `${title}: ${status}`)
  else assert.equal(status, KINDS[kind], `${title}: ${text}`)
  assert.ok(isComplete, title)
  return STORING.includes(kind)
}

async function checkStored(running: Running, acknowledged: readonly string[]): Promise<void> {
  const stored = new Set(await running.stored())
  for (const title of acknowledged) assert.ok(stored.delete(title), `${title} is lost`)
  // nobody knows of a request that was cut
  assert.deepEqual(
    [...stored].filter((title) => kindOf(title) !== 'cut'),
    [],
  )
}

/** The server knows of no transaction that somebody forgot. */
async function checkServer(database: string): Promise<void> {
  const server = await sharedServer('postgres')
  const open = await server.sql(
    `select state from pg_stat_activity where datname = '${database}' and state like 'idle in transaction%'`,
  )
  assert.deepEqual(open, [])
}
