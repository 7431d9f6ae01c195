import type { Dialect, DialectAdapter } from 'kysely'
import { SqliteAdapter, sql, type Kysely } from 'kysely'
import { kyselyParts } from '../../sql/index.ts'
import type { Engine } from '../engine.ts'
import { KyselyDriver } from './kysely-driver.ts'

/** How Kysely is put on an engine. */
export interface KyselyDialectOptions {
  /** Whether `destroy()` of Kysely closes the engine for good. Default false: an engine of a Database ends with `db.dispose()`. */
  readonly closesEngine?: boolean | undefined
}

/** Kysely's dialect over an engine: its compiler, introspection and migration locks are Kysely's own for the database, its connections the engine's. */
export function createKyselyDialect(engine: Engine, options: KyselyDialectOptions = {}): Dialect {
  const { createAdapter, ...parts } = kyselyParts(engine.dialect)
  return {
    ...parts,
    createAdapter: () => withSeveralConnections(createAdapter()),
    createDriver: () => new KyselyDriver(engine, { closesEngine: options.closesEngine === true }),
  }
}

/** Kysely knows SQLite with a single connection, for which everybody waits; an engine has one that writes, for those who write. */
function withSeveralConnections(adapter: DialectAdapter): DialectAdapter {
  return adapter instanceof SqliteAdapter ? new SqliteEngineAdapter() : adapter
}

class SqliteEngineAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** Takes the turn to write, which the connection keeps until the migrations have run. */
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`pragma data_version`.execute(db)
  }
}
