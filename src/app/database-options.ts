import type { EngineOptions } from '../engine/index.ts'
import type { CheckModels, Session, SessionOptions } from '../orm/index.ts'
import type { CommitPolicy } from './outcome.ts'
import type { RecordQueriesOptions } from './queries/index.ts'
import type { Logger } from './reporter.ts'
import type { Scope } from './scope.ts'

/** Where the databases are and how the library behaves. Durations are milliseconds; unknown keys are errors. */
export interface DatabaseConfig {
  /** Where the default engine's database is: `sqlite:app.db`. */
  readonly url?: string | URL | undefined
  /** Engines by key: a URL, or options with one. Models name theirs as `bind`. */
  readonly engines?: Readonly<Record<string, string | URL | EngineOptions>> | undefined
  /** Options of all engines; an engine's own come before them, except for `default`, where these win. */
  readonly engineOptions?: Omit<EngineOptions, 'url'> | undefined
  /** Who commits a scope. Default `'manual'`. */
  readonly commit?: CommitPolicy | undefined
  /** How sessions behave. */
  readonly session?: Pick<SessionOptions, 'autoflush' | 'expireOnCommit'> | undefined
  /** Checks and warnings of development. Default: true unless NODE_ENV is `production`. */
  readonly diagnostics?: boolean | undefined
  /**
   * Writes down what each transaction changes, for `db.on('beforeCommit')` and `db.on('afterCommit')`. Default false: nobody is told, and nothing is written down.
   * @since 0.2
   */
  readonly trackModifications?: boolean | undefined
  /**
   * Gets what listeners and callbacks throw about things that have happened: after a commit, after a rollback, in events of engines. Default: it is logged.
   * @since 0.2
   */
  readonly onListenerError?: ((error: unknown, event: string) => void) | undefined
  /** Logs all statements of all engines at level debug. Needs a logger. Default false. */
  readonly echo?: boolean | undefined
  /** Keeps the statements of each scope for `scope.queries`: for toolbars and tests. It costs some microseconds a statement. Default false. */
  readonly recordQueries?: boolean | RecordQueriesOptions | undefined
  /** Where the library's messages go: `app.log`, a pino logger, `console`. Default: process warnings. */
  readonly logger?: Logger | undefined
  /** Makes the table name of a model's name; null turns automatic names off. Default: snake_case. */
  readonly naming?: ((modelName: string) => string) | null | undefined
  /** The folder that relative SQLite files are in. Default: `instance` beside the nearest package.json above the program's main file. */
  readonly instancePath?: string | undefined
  /** Signs the cursors of `paginateKeyset`, so that clients cannot make one up. Without it their values can be read and changed, and are only ever bound. With another secret all cursors are those of nobody. */
  readonly cursorSecret?: string | undefined
  /** What messages call this application where several use one Database. */
  readonly name?: string | undefined
}

/** How a Database is made. Without `url` and `engines` it waits for `initApp`. */
export interface DatabaseOptions<M, S = Session> extends DatabaseConfig {
  /** All models, by name; the name gives the table's. Those of another package are added by a spread, `{ ...own, ...shared }`, or by a list, `[own, shared]`, in which two models of one name are an error. */
  readonly models: M & CheckModels<M>
  /** A class of your own that extends Session and keeps its constructor. Default: Session. @since 0.2 */
  readonly sessionClass?: SessionClass<S> | undefined
  /** Which scope the caller is in; undefined = the one that `db.run`, or an adapter, has opened around it. For programs that keep a scope themselves. @since 0.2 */
  readonly currentScope?: (() => Scope | undefined) | undefined
}

/** What makes the sessions of a Database. */
export type SessionClass<S = Session> = new (...args: ConstructorParameters<typeof Session>) => S
