import type { TestContext } from 'node:test'
import { mariadbDialect } from '../../src/dialects/mariadb/index.ts'
import { mysqlDialect } from '../../src/dialects/mysql/index.ts'
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
import { sharedServer } from '../servers/index.ts'
import { MariaDbDatabases } from '../support/server-databases.ts'
import { holder } from '../engine/support.ts'

export const dialects: ReadonlyMap<string, Dialect> = new Map([
  ['mariadb', mariadbDialect],
  ['mysql', mysqlDialect],
])
const lender = new MariaDbDatabases('mariadb')

/** What every test of what the drivers have in common runs on: as in a URL. */
export const SCHEMES = ['mariadb', 'mariadb+mysql2', 'mysql'] as const
export type Scheme = (typeof SCHEMES)[number]

/** What a test has to close before its database is taken back. */
const opened = new WeakMap<TestContext, Engine[]>()

/** The URL of an empty database on the server of this process. */
export async function emptyDatabase(t: TestContext, scheme: Scheme): Promise<string> {
  const { url, release } = await lender.lend()
  const engines: Engine[] = []
  opened.set(t, engines)
  t.after(async () => {
    await Promise.all(engines.map((engine) => engine.close(0)))
    await release()
  })
  return url.replace(/^mariadb:/, `${scheme}:`)
}

/** Runs SQL as root on the server of this process, beside the engine that is tested. */
export async function asRoot(sql: string): Promise<Record<string, unknown>[]> {
  return (await sharedServer('mariadb')).sql(sql)
}

/** An engine, by default on an empty database of the test's own. */
export async function openEngine(
  t: TestContext,
  { scheme = 'mariadb', ...options }: EngineOptions & { readonly scheme?: Scheme } = {},
): Promise<Engine> {
  const url = options.url ?? (await emptyDatabase(t, scheme))
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

/** A connection as the adapter gives it. */
export async function driverOf(t: TestContext, engine: Engine): Promise<Driver> {
  return (await take(t, engine)).driver as Driver
}

/** A connection to a database with the table `t (id, x)`, which has the rows (1, 0) to (9, 0). */
export async function openDriver(
  t: TestContext,
  options: EngineOptions & { readonly scheme?: Scheme } = {},
): Promise<Driver> {
  const driver = await driverOf(t, await openEngine(t, options))
  await makeTable(driver)
  return driver
}

export async function makeTable(driver: DriverConnection): Promise<void> {
  await run(
    driver,
    'create table t (id bigint primary key auto_increment, x int, unique key uq_x (x)) engine=InnoDB',
  )
  await run(driver, 'insert into t values (1, 10), (2, 20), (3, 30), (4, 40), (5, 50)')
}

export function command(sql: string, ...parameters: readonly unknown[]): Command {
  return { sql, parameters }
}

export function expecting(
  expectedRows: number,
  sql: string,
  ...parameters: readonly unknown[]
): Command {
  return { sql, parameters, expectedRows }
}

export const BEGIN = command('start transaction read write')
export const ROLLBACK = command('rollback')

/** BEGIN, commands, and COMMIT if need be. */
export function transaction(commands: readonly Command[], commit: boolean): Flight {
  return { prelude: [BEGIN], commands, commit }
}

export async function fly(
  driver: DriverConnection,
  flight: Partial<Flight>,
): Promise<FlightOutcome> {
  if (driver.flight === undefined) throw new TypeError('no server')
  return driver.flight({ prelude: [], commands: [], commit: false, ...flight })
}

export async function run(
  driver: DriverConnection,
  sql: string,
  ...parameters: readonly unknown[]
): Promise<DriverResult> {
  return driver.execute({ sql, parameters })
}

/** The rows of `t`, as another connection sees them. */
export async function stored(
  engine: Engine,
  sql = 'select id, x from t order by id',
): Promise<unknown> {
  const connection = await engine.acquire('read', holder('stored'))
  try {
    return (await connection.execute({ sql, parameters: [] })).rows
  } finally {
    engine.release(connection)
  }
}

export function errnoOf(error: unknown): unknown {
  return (error as { readonly errno?: unknown } | undefined)?.errno
}
