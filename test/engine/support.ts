import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { sqliteDialect } from '../../src/dialects/sqlite/index.ts'
import {
  Engine,
  type Dialect,
  type EngineOptions,
  type StatementEvent,
} from '../../src/engine/index.ts'
import type { Holder } from '../../src/pool/index.ts'

/** The dialects of this version. */
export const dialects: ReadonlyMap<string, Dialect> = new Map([['sqlite', sqliteDialect]])

/** The drivers that every test of the dialect runs on. */
export const DRIVERS = ['node-sqlite', 'better-sqlite3'] as const

/** A folder of the test's own, gone after it. */
export function privateFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'athanor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An engine on a file of the test's own, closed after it. */
export function openEngine(
  t: TestContext,
  options: EngineOptions & { readonly driver?: string } = {},
): Engine {
  const { driver = 'node-sqlite', ...rest } = options
  const url = rest.url ?? `sqlite+${driver}:${join(privateFolder(t), 'test.db')}`
  const engine = Engine.create('default', { ...rest, url }, dialects)
  t.after(() => engine.close(0))
  return engine
}

export function holder(name: string, parent?: Holder): Holder {
  return { name, parent }
}

/** The statements that go to the database from now on. */
export function record(engine: Engine): StatementEvent[] {
  const sent: StatementEvent[] = []
  engine.events.on('statement', (event) => sent.push(event))
  return sent
}

/** Runs one statement as a unit of work of its own. */
export async function run(
  engine: Engine,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly unknown[][]> {
  return engine.begin(async (connection) => (await connection.execute({ sql, parameters })).rows)
}
