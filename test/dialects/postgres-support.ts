import { after, type TestContext } from 'node:test'
import { pgliteDialect } from '../../src/dialects/pglite/index.ts'
import { postgresDialect } from '../../src/dialects/postgres/index.ts'
import {
  Engine,
  type Command,
  type Connection,
  type Dialect,
  type DriverConnection,
  type DriverResult,
  type EngineOptions,
  type Flight,
  type FlightOutcome,
} from '../../src/engine/index.ts'
import { needs, Postgres } from '../servers/index.ts'
import { PostgresDatabases } from '../support/server-databases.ts'
import { holder } from '../engine/support.ts'

export const dialects: ReadonlyMap<string, Dialect> = new Map([
  ['postgres', postgresDialect],
  ['pglite', pgliteDialect],
])
const lender = new PostgresDatabases()

/** What a test has to close before its database is taken back. */
const opened = new WeakMap<TestContext, Engine[]>()

/** The URL of an empty database on the server of this process. */
export async function emptyDatabase(t: TestContext): Promise<string> {
  const { url, release } = await lender.lend()
  const engines: Engine[] = []
  opened.set(t, engines)
  t.after(async () => {
    await Promise.all(engines.map((engine) => engine.close(0)))
    await release()
  })
  return url
}

/** An engine, by default on an empty database of the test's own. */
export async function openEngine(t: TestContext, options: EngineOptions = {}): Promise<Engine> {
  const url = options.url ?? (await emptyDatabase(t))
  const engine = Engine.create('default', { ...options, url }, dialects)
  const engines = opened.get(t)
  if (engines === undefined) t.after(() => engine.close(0))
  else engines.push(engine)
  return engine
}

export function take(t: TestContext, engine: Engine): Promise<Connection> {
  return Promise.resolve(engine.acquire('write', holder(t.name)))
}

/** What the driver tests talk to. */
export type Driver = Required<DriverConnection>

/** A connection as the adapter gives it, to a database with the table `t (id, x)`. */
export async function openDriver(t: TestContext, options: EngineOptions = {}): Promise<Driver> {
  const engine = await openEngine(t, options)
  const driver = (await take(t, engine)).driver as Driver
  await run(driver, 'create table if not exists t (id int primary key, x int)')
  return driver
}

export function command(sql: string, ...parameters: readonly unknown[]): Command {
  return { sql, parameters }
}

export const BEGIN: Command = command('begin')
export const COUNT: Command = command('select count(*) from t')

/** Puts a row into `t`. */
export function insert(id: number): Command {
  return command('insert into t values ($1, $2)', id, id)
}

/** A flight that begins with what is in `prelude`. */
export function fly(
  driver: Driver,
  commands: readonly Command[],
  { prelude = [], commit = false }: Partial<Pick<Flight, 'prelude' | 'commit'>> = {},
): Promise<FlightOutcome> {
  return driver.flight({ prelude, commands, commit })
}

/** Sends one statement alone; rejects with what the driver gives. */
export async function run(
  driver: Driver,
  sql: string,
  ...parameters: readonly unknown[]
): Promise<DriverResult> {
  return driver.execute(command(sql, ...parameters))
}

/** How many rows `t` has. */
export async function rowCount(driver: Driver): Promise<unknown> {
  return (await driver.execute(COUNT)).rows[0]?.[0]
}

/** SQLSTATE of what a flight failed with. */
export function stateOf({ error }: FlightOutcome): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code
}

/** What speaks PostgreSQL's SQL, and what it needs. */
export const BACKENDS = [
  { name: 'postgres', needs: needs(Postgres) },
  { name: 'pglite', needs: {} },
] as const
export type Backend = (typeof BACKENDS)[number]['name']

let pglite: Engine | undefined
after(() => pglite?.close(0)) // a timer of it would keep the process for ten seconds

/** An engine on an empty database: of the server, or the PGlite of this process, which takes seconds to start. */
export async function openEither(t: TestContext, backend: Backend): Promise<Engine> {
  if (backend === 'postgres') return openEngine(t)
  pglite ??= Engine.create('default', { url: 'pglite:memory' }, dialects)
  const engine = pglite
  for (const sql of ['drop schema if exists elsewhere, public cascade', 'create schema public'])
    await engine.begin((connection) => connection.execute(command(sql)))
  return engine
}
