import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import type { Connection, Engine, EngineOptions } from '../../src/engine/index.ts'
import { holder, openEngine, run } from '../engine/support.ts'

/** Counts the rows of `t`. */
const count = { sql: 'select count(*) from t', parameters: [] }
/** Puts a row into `t`. */
export const insert = { sql: 'insert into t (x) values (1)', parameters: [] }

/** How many rows `t` has, as the connection sees it. */
export async function rowCount(connection: Connection): Promise<unknown> {
  return (await connection.execute(count)).rows[0]?.[0]
}

/** A write transaction that has inserted a row and waits. */
export async function beginWrite(engine: Engine, name: string): Promise<Connection> {
  const connection = await engine.acquire('write', holder(name))
  await connection.begin({ write: true })
  await connection.execute(insert)
  return connection
}

/** An engine with the empty table `t (x)`. */
export async function openTable(
  t: TestContext,
  options: EngineOptions & { readonly driver?: string },
): Promise<Engine> {
  const engine = openEngine(t, options)
  await run(engine, 'create table t (x integer)')
  return engine
}

/** Another process opens the file, runs `sql`, by default to take the write lock, and keeps what it has until told to stop. */
export async function lockFromOutside(
  t: TestContext,
  path: string,
  sql: string = 'begin immediate',
): Promise<() => void> {
  const program = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(${JSON.stringify(path)}, { timeout: 5000 })
    database.exec(${JSON.stringify(sql)})
    process.stdout.write('locked')
    process.stdin.once('data', () => { database.exec('rollback'); process.exit(0) })`
  const child = spawn(process.execPath, ['--no-warnings', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  await once(child.stdout, 'data')
  return () => child.stdin.write('stop')
}
