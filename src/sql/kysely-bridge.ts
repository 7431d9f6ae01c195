import {
  DefaultConnectionProvider,
  DefaultQueryExecutor,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Dialect,
  type RootOperationNode,
} from 'kysely'
import type { FindColumn } from './kysely-output.ts'
import { BridgeDriver } from './kysely-driver.ts'
import { inSchema } from './kysely-schema.ts'
import type { KyselyFlavour, SqlDialect } from './sql-dialect.ts'

/** What a query of Kysely may do to the database; `raw` is text of the developer's own. */
export type KyselyIntent = 'read' | 'write' | 'raw'

/** A query of Kysely on its way to the session; its parameters are encoded. */
export interface KyselyCommand {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly intent: KyselyIntent
  readonly node: RootOperationNode
}

/** What came back, as the driver gives it. */
export interface KyselyAnswer {
  readonly rows: readonly (readonly unknown[])[]
  /** Names of the columns of `rows`. */
  readonly columns?: readonly string[]
  /** For each of `columns` what makes the natural value of its stored form; undefined = it is that. */
  readonly natural?: readonly (((stored: unknown) => unknown) | undefined)[]
  readonly affectedRows: number
  readonly lastInsertId?: number | bigint
}

/** What Kysely is built on here: a session, seen from below. */
export interface KyselyBridge {
  readonly dialect: SqlDialect
  /** The schema that its tables stand in; undefined = the connection's own. */
  readonly schema?: string | undefined
  execute(command: KyselyCommand): Promise<KyselyAnswer>
  stream(command: KyselyCommand, chunkSize: number): AsyncIterable<KyselyAnswer>
  /** The model column of a table by the database's names: its values are decoded as the model does it. */
  readonly columnOf?: FindColumn
}

type Parts = Omit<Dialect, 'createDriver'>

const FLAVOURS: Readonly<Record<KyselyFlavour, Parts>> = {
  sqlite: {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  },
  postgres: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  },
  mysql: {
    createAdapter: () => new MysqlAdapter(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
    createIntrospector: (db) => new MysqlIntrospector(db),
  },
}

/** What Kysely itself has for a kind of database: its compiler, its introspection, its locks for migrations. */
export function kyselyParts({ kyselyFlavour, supports }: SqlDialect): Parts {
  const parts = FLAVOURS[kyselyFlavour]
  const returns = supports.insertReturning || supports.deleteReturning
  if (kyselyFlavour !== 'mysql' || !returns) return parts
  return { ...parts, createAdapter: () => new ReturningAdapter() }
}

/** MySQL has no RETURNING, and Kysely would throw the rows of it away; MariaDB has it. */
class ReturningAdapter extends MysqlAdapter {
  override get supportsReturning(): boolean {
    return true
  }
}

/** Finds the bridge that a query takes, by the tables that it mentions. @throws {BindError} CROSS_ENGINE_STATEMENT. */
export type KyselyRoute = (query: RootOperationNode) => KyselyBridge

/**
 * Kysely on a session: it builds and compiles, the session sends. What it builds is of `main`'s kind; each query is compiled for the bridge that `route` finds. Its transactions are refused, and `destroy` does nothing, because connections are not its own.
 *
 * It is given its executor ready-made: the one it would make itself serializes queries on SQLite and dies with `destroy`.
 */
export function createKysely<DB>(main: KyselyBridge, route: KyselyRoute = () => main): Kysely<DB> {
  const driver = new BridgeDriver(route)
  const dialect: Dialect = { ...kyselyParts(main.dialect), createDriver: () => driver }
  const executor = new DefaultQueryExecutor(
    {
      compileQuery(node, queryId) {
        const bridge = route(node)
        const placed = inSchema(node, queryId, bridge.schema)
        return kyselyParts(bridge.dialect).createQueryCompiler().compileQuery(placed, queryId)
      },
    },
    dialect.createAdapter(),
    new DefaultConnectionProvider(driver),
  )
  return new Kysely<DB>({ config: { dialect }, driver, executor, dialect })
}
