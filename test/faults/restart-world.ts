import { setTimeout as sleep } from 'node:timers/promises'
import {
  CommitOutcomeUnknownError,
  Database,
  int,
  Model,
  PoolTimeoutError,
  uuid,
  uuidv7,
  type TransactionOptions,
} from 'athanor'
import { FaultProxy, seededRandom } from 'athanor/testing'
import type { MariaDb, Postgres, ServerProcess } from '../servers/index.ts'

/** A running total, and the parts that it is the sum of. */
export class Account extends Model({
  id: int().primaryKey(),
  total: int(),
}) {}
export class Entry extends Model({
  id: uuid().primaryKey().default(uuidv7),
  account: int(),
  amount: int(),
}) {}

/** COMMIT as it goes over the network: its text, or the name that PostgreSQL knows it by. */
const COMMIT = /\bcommit\b|athanor_commit\0/i
const WORKERS = 16

/** What became of the units of work. */
export interface Tally {
  readonly acknowledged: Set<string>
  /** With what was said of each. */
  readonly unknown: Map<string, string>
  /** Units that failed in any other way, and reads that failed. */
  readonly failed: unknown[]
  reads: number
  restarts: number
  /** Replies to COMMIT that were dropped. */
  dropped: number
  /** What tokens told. */
  readonly fences: { readonly committed: boolean }[]
}

export interface RestartPlan {
  readonly seed: number
  readonly forMs: number
  /** Share of COMMIT replies that are lost. */
  readonly dropReplies: number
  readonly transaction: TransactionOptions
  /** True: a unit locks two accounts in any order, so that units deadlock. */
  readonly mixes: boolean
}

/** A private server behind a proxy, and a database on it. */
export interface World {
  readonly server: ServerProcess
  readonly proxy: FaultProxy
  readonly db: Database<{ Account: typeof Account; Entry: typeof Entry }>
  close(): Promise<void>
}

export async function openWorld(server: Postgres | MariaDb, seed: number): Promise<World> {
  const proxy = await FaultProxy.start({ port: server.port }, { seed })
  const db = new Database({
    url: proxy.url(server.url()),
    models: { Account, Entry },
    engineOptions: { pool: { size: WORKERS, timeoutMs: 10_000 }, reconnectWindowMs: 5_000 },
  })
  try {
    await fill(db)
  } catch (error) {
    await db.dispose()
    await proxy.close()
    throw error
  }
  return {
    server,
    proxy,
    db,
    async close() {
      await db.dispose({ deadlineMs: 1_000 })
      await proxy.close()
    },
  }
}

async function fill(db: World['db']): Promise<void> {
  await db.createAll()
  await db.run(async (scope) => {
    for (let id = 1; id <= WORKERS; id += 1) scope.session.add(new Account({ id, total: 0 }))
    await scope.session.commit()
  })
}

/** Workers that read and write while the server is stopped and killed, and replies of COMMIT are lost. */
export async function workThroughRestarts(world: World, plan: RestartPlan): Promise<Tally> {
  const { db, proxy } = world
  const tally: Tally = {
    acknowledged: new Set(),
    unknown: new Map(),
    failed: [],
    reads: 0,
    restarts: 0,
    dropped: 0,
    fences: [],
  }
  db.engine.events.on('commitResolved', ({ committed }) => tally.fences.push({ committed }))
  const dropping = proxy.add({
    match: COMMIT,
    action: 'dropAfter',
    probability: plan.dropReplies,
  })
  const until = performance.now() + plan.forMs
  const workers = Array.from({ length: WORKERS }, (_, i) =>
    worker({ world, plan, tally, until }, i),
  )
  await restartUntil(world.server, tally, until)
  await Promise.all(workers)
  dropping.remove()
  tally.dropped = dropping.hits
  return tally
}

async function restartUntil(server: ServerProcess, tally: Tally, until: number): Promise<void> {
  while (performance.now() < until - 800) {
    await sleep(350)
    if (tally.restarts % 2 === 0) await server.stop('fast')
    else await server.kill9()
    await server.start()
    tally.restarts += 1
  }
}

interface Shift {
  readonly world: World
  readonly plan: RestartPlan
  readonly tally: Tally
  readonly until: number
}

async function worker({ world, plan, tally, until }: Shift, index: number): Promise<void> {
  const random = seededRandom(plan.seed * 1_000 + index)
  while (performance.now() < until) {
    try {
      await world.db.run(async (scope) => {
        await scope.session.get(Account, index + 1)
        tally.reads += 1
      })
      await unit({ world, plan, tally, until }, { own: index + 1, random })
    } catch (error) {
      tally.failed.push(error)
    }
  }
}

async function unit(
  { world, plan, tally }: Shift,
  { own, random }: { readonly own: number; readonly random: () => number },
): Promise<void> {
  const { db } = world
  const { transaction, mixes } = plan
  const other = 1 + Math.floor(random() * 4)
  const amount = 1 + Math.floor(random() * 9)
  const ids: string[] = []
  try {
    await db.run(() =>
      db.transaction(async (session) => {
        ids.length = 0 // of a run before
        const wanted = mixes ? [1 + Math.floor(random() * 4), other] : [own]
        for (const key of wanted) {
          const account = mixes
            ? await session.select(Account).where({ id: key }).forUpdate().one()
            : await session.getOne(Account, key)
          account.total += amount
          ids.push(session.add(new Entry({ account: key, amount })).id)
        }
      }, transaction),
    )
    for (const id of ids) tally.acknowledged.add(id)
  } catch (error) {
    if (!(error instanceof CommitOutcomeUnknownError)) throw error
    for (const id of ids) tally.unknown.set(id, nameOfFailure(error))
  }
}

/** What the database has in the end. */
export async function readBack({ db }: World): Promise<{
  readonly entries: ReadonlySet<string>
  readonly wrongTotals: readonly number[]
}> {
  return db.run(async ({ session }) => {
    const entries = await session.select(Entry).all()
    const accounts = await session.select(Account).all()
    const sums = new Map<number, number>()
    for (const { account, amount } of entries) sums.set(account, (sums.get(account) ?? 0) + amount)
    return {
      entries: new Set(entries.map(({ id }) => id)),
      wrongTotals: accounts
        .filter(({ id, total }) => total !== (sums.get(id) ?? 0))
        .map(({ id }) => id),
    }
  })
}

/** How an unexpected failure reads in a report. */
export function nameOfFailure(error: unknown): string {
  if (error instanceof PoolTimeoutError) return `PoolTimeoutError: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
