import { Database as DatabaseOfDialects, type DatabaseOptions } from './app/index.ts'
import { mariadbDialect } from './dialects/mariadb/index.ts'
import { mysqlDialect } from './dialects/mysql/index.ts'
import { pgliteDialect } from './dialects/pglite/index.ts'
import { postgresDialect } from './dialects/postgres/index.ts'
import { sqliteDialect } from './dialects/sqlite/index.ts'
import type { Dialect } from './engine/index.ts'
import type { Models, Session } from './orm/index.ts'

/** The kinds of databases that URLs may name. */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  [sqliteDialect.name, sqliteDialect],
  [postgresDialect.name, postgresDialect],
  ['postgresql', postgresDialect],
  [pgliteDialect.name, pgliteDialect],
  [mariadbDialect.name, mariadbDialect],
  [mysqlDialect.name, mysqlDialect],
])

/**
 * The databases of an application: its engines, its models, and the session of whoever runs.
 *
 * ```ts
 * const db = new Database({ url: 'sqlite:app.db', models: { Post } })
 * await db.createAll()
 * await db.run(async () => {
 *   db.session.add(new Post({ title: 'Hello' }))
 *   await db.session.commit()
 * })
 * ```
 * It connects at the first statement. In a web application the framework's adapter opens a scope for each request; everywhere else `db.run` does.
 * @remarks Semantics: Flask-SQLAlchemy's `db`; `app.app_context()` is `db.run`, `init_app` is `initApp`.
 * @since 0.1
 */
export class Database<
  // oxlint-disable-next-line typescript/no-explicit-any -- `db: Database` is a Database of whatever models: Kysely's types compare no others
  const M extends Models = any,
  S extends Session = Session,
> extends DatabaseOfDialects<M, S> {
  /** @throws {ConfigurationError} UNKNOWN_OPTION, CONFIGURATION: what is wrong with the options. @throws {MappingError} MAPPING: with a model. */
  constructor(options: DatabaseOptions<M, S>) {
    super(options, DIALECTS)
  }
}
