import { ArgumentError } from '../errors/index.ts'
import type { Connection, Engine } from '../engine/index.ts'
import { MetaData, type Table } from '../schema/index.ts'
import { createTableSql, dropTableSql } from '../sql/index.ts'
import type { Application } from './application.ts'
import type { Scope } from './scope.ts'

/** Engines by key: all, one, or some. */
export type EngineKeys = string | readonly string[]

/** One operation on the tables of one engine. */
interface Operation {
  readonly engine: Engine
  readonly metadata: MetaData
  readonly application: Application
}

/**
 * Creates the tables that do not exist, in the order of their foreign keys; existing ones are left as they are.
 *
 * @throws {ArgumentError} ARGUMENT when there is no table to create. @throws {ConfigurationError} UNKNOWN_ENGINE before anything is created.
 */
export async function createAll(
  application: Application,
  keys: EngineKeys | undefined,
  scope: Scope | undefined,
): Promise<void> {
  const operations = operationsOn(application, keys)
  if (operations.every(({ metadata }) => metadata.tables.size === 0)) {
    throw new ArgumentError(
      'Cannot create tables: no model of this Database has one. Give it models, new Database({ models: { Post, … } }); models of another package are added by a spread, { ...own, ...shared }.',
    )
  }
  for (const operation of operations) {
    await inTransaction(operation.engine, 'db.createAll', scope, (connection) =>
      createMissing(connection, operation),
    )
  }
}

/** Drops the tables of the models, in the opposite order; missing ones are passed over. */
export async function dropAll(
  application: Application,
  keys: EngineKeys | undefined,
  scope: Scope | undefined,
): Promise<void> {
  for (const { engine, metadata } of operationsOn(application, keys)) {
    await inTransaction(engine, 'db.dropAll', scope, async (connection) => {
      for (const table of metadata.sortedTables.toReversed())
        await run(connection, dropTableSql(table, engine.dialect))
    })
  }
}

/** Reads the tables that exist in the database and that no model describes; they are then found in `db.metadatas` by name. */
export async function reflect(
  application: Application,
  keys: EngineKeys | undefined,
  scope: Scope | undefined,
): Promise<void> {
  for (const { engine, metadata } of operationsOn(application, keys)) {
    const found = await tablesOf(engine, 'db.reflect', scope)
    for (const table of found) if (!metadata.tables.has(table.name)) metadata.add(table)
  }
}

function operationsOn(
  application: Application,
  keys: EngineKeys | undefined,
): readonly Operation[] {
  const all = [...application.engines.keys()]
  const wanted = keys === undefined ? all : typeof keys === 'string' ? [keys] : keys
  return wanted.map((key) => ({
    engine: application.engine(key),
    metadata: application.registry.metadatas.get(key) ?? new MetaData(key),
    application,
  }))
}

async function createMissing(
  connection: Connection,
  { engine, metadata, application }: Operation,
): Promise<void> {
  const existing = new Set(await engine.dialect.tableNames(connection.driver))
  for (const table of metadata.sortedTables) {
    if (existing.has(table.name)) continue
    for (const sql of createTableSql(table, engine.dialect)) await run(connection, sql)
  }
  if (existing.size > 0 && application.configuration.diagnostics)
    await reportDifferences(connection, { engine, metadata, application })
}

/** Tells of tables that exist without columns that their models have: createAll does not change them. */
async function reportDifferences(
  connection: Connection,
  { engine, metadata, application }: Operation,
): Promise<void> {
  const found = await engine.dialect.reflect(connection.driver, new MetaData(engine.key))
  const byName = new Map(found.map((table) => [table.name, table]))
  for (const table of metadata.tables.values()) {
    const lacking = missingColumns(table, byName.get(table.name))
    if (lacking.length === 0) continue
    const columns = lacking.map((name) => `"${name}"`).join(', ')
    application.reporter.warn(
      'ATHANOR_TABLE_DIFFERS',
      `The table "${table.name}" of engine "${engine.key}" exists without ${columns}, and createAll() changes no existing table. Add what is missing by a migration, or drop the table first.`,
      `${engine.key} ${table.name}`,
    )
  }
}

function missingColumns(table: Table, found: Table | undefined): readonly string[] {
  if (found === undefined) return []
  const names = new Set(found.columns.map(({ name }) => name))
  return table.columns.filter(({ name }) => !names.has(name)).map(({ name }) => name)
}

async function tablesOf(
  engine: Engine,
  name: string,
  parent: Scope | undefined,
): Promise<readonly Table[]> {
  const connection = await engine.connect({ intent: 'read', holder: { name, parent } })
  try {
    return await engine.dialect.reflect(connection.driver, new MetaData(engine.key))
  } finally {
    engine.release(connection)
  }
}

function inTransaction(
  engine: Engine,
  name: string,
  parent: Scope | undefined,
  fn: (connection: Connection) => Promise<void>,
): Promise<void> {
  return engine.begin(fn, { holder: { name, parent } })
}

async function run(connection: Connection, sql: string): Promise<void> {
  await connection.execute({ sql, parameters: [], prepare: false })
}
