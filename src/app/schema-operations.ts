import { ArgumentError, IllegalStateError } from '../errors/index.ts'
import type { Connection, Engine } from '../engine/index.ts'
import { MetaData, type Table } from '../schema/index.ts'
import { blockingKeys, createTablesSql, dropForeignKeySql, dropTableSql } from '../sql/index.ts'
import type { Application } from './application.ts'
import { checkCase, reportMissingColumns } from './existing-tables.ts'
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
  const operations = operationsOn(application, keys, scope)
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
  for (const { engine, metadata } of operationsOn(application, keys, scope)) {
    await inTransaction(engine, 'db.dropAll', scope, async (connection) => {
      for (const sql of await dropBlockingKeys(connection, engine, metadata))
        await run(connection, sql)
      for (const table of metadata.sortedTables.toReversed())
        await run(connection, dropTableSql(table, engine.dialect))
    })
  }
}

/** The statements after which tables of a circle can be dropped one after the other: foreign keys, as the database has them, go first, or are not checked before the end. */
async function dropBlockingKeys(
  connection: Connection,
  { dialect, key }: Engine,
  metadata: MetaData,
): Promise<readonly string[]> {
  const tables = metadata.sortedTables.toReversed()
  if (blockingKeys(tables).length === 0) return []
  if (!dialect.supports.addConstraint)
    return dialect.deferForeignKeys === undefined ? [] : [dialect.deferForeignKeys]
  const found = await dialect.reflect(connection.driver, new MetaData(key, metadata.schema))
  const existing = tables.flatMap(({ name }) => found.find((table) => table.name === name) ?? [])
  return blockingKeys(existing).map((each) => dropForeignKeySql(each, dialect))
}

/** Reads the tables that exist in the database and that no model describes; they are then found in `db.metadatas` by name. */
export async function reflect(
  application: Application,
  keys: EngineKeys | undefined,
  scope: Scope | undefined,
): Promise<void> {
  for (const { engine, metadata } of operationsOn(application, keys, scope)) {
    refuseSchema(metadata)
    const found = await tablesOf(engine, 'db.reflect', scope)
    for (const table of found) if (!metadata.tables.has(table.name)) metadata.add(table)
  }
}

/** What is reflected is known to all scopes. */
function refuseSchema({ engineKey, schema }: MetaData): void {
  if (schema === undefined) return
  throw new IllegalStateError(
    `Cannot reflect the schema "${schema}" of engine "${engineKey}": what db.reflect() reads is known to the scopes of all schemas. Call it in a scope without schemas, on a schema of the same tables.`,
  )
}

function operationsOn(
  application: Application,
  keys: EngineKeys | undefined,
  scope: Scope | undefined,
): readonly Operation[] {
  const all = [...application.engines.keys()]
  const wanted = keys === undefined ? all : typeof keys === 'string' ? [keys] : keys
  return wanted.map((key) => ({
    engine: scope?.engine(key) ?? application.engine(key),
    metadata: (scope ?? application).registry.metadatas.get(key) ?? new MetaData(key),
    application,
  }))
}

async function createMissing(
  connection: Connection,
  { engine, metadata, application }: Operation,
): Promise<void> {
  const existing = new Set(await engine.dialect.tableNames(connection, metadata.schema))
  for (const sql of createTablesSql(metadata.sortedTables, engine.dialect, existing))
    await run(connection, sql)
  if (existing.size === 0) return
  const found = await engine.dialect.reflect(connection, new MetaData(engine.key, metadata.schema))
  checkCase(metadata.tables.values(), found)
  if (application.configuration.diagnostics)
    reportMissingColumns(metadata, found, application.reporter)
}

async function tablesOf(
  engine: Engine,
  name: string,
  parent: Scope | undefined,
): Promise<readonly Table[]> {
  const connection = await engine.connect({ intent: 'read', holder: { name, parent } })
  try {
    return await engine.dialect.reflect(connection, new MetaData(engine.key))
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
  await connection.execute({ sql, parameters: [], prepare: false, replay: false }) // not every database undoes it by ROLLBACK
}
