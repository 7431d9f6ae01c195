import { POOL_DEFAULTS, type PoolOptions } from '../pool/index.ts'
import type { OnError } from './error-hook.ts'
import type { IsolationLevel } from './isolation.ts'
import type { EngineUrl } from './url.ts'

/** How an engine behaves. Durations are milliseconds, and `Infinity` means no limit. Read-only; unknown keys are errors. */
export interface EngineOptions {
  /** Where the database is: `sqlite:app.db`, `sqlite:///app.db`, `sqlite::memory:`, `sqlite+better-sqlite3:app.db`, `postgres://user:password@host/database`, `mariadb://…`, `mysql://…`, `pglite:folder`. */
  readonly url?: string | URL | undefined
  /** Servers that follow the one of `url`, and answer reads as long as the session has written nothing: then the primary does. Same kind of database. Default none. */
  readonly replicas?: readonly (string | URL)[] | undefined
  /** The folder that relative SQLite files are in. Default: `instance` beside the nearest package.json above the program's main file. */
  readonly instancePath?: string | undefined
  /** The connections that are kept. On a SQLite file: those that only read; there is one more, which writes. */
  readonly pool?: { readonly [K in keyof PoolOptions]?: PoolOptions[K] | undefined } | undefined
  /** Isolation level of its transactions. Default: the database's own. */
  readonly isolation?: IsolationLevel | undefined
  /** When a session's transaction begins in the database: with the first write (default), or with the first statement. */
  readonly begin?: 'onWrite' | 'onFirstStatement' | undefined
  /** How connections to a server are checked before they are used: by the first statement itself (`auto`, default), which goes again on another one if this turns out to be lost; by one of its own; or not, so that whoever gets a lost connection gets the error. */
  readonly prePing?: 'auto' | 'always' | false | undefined
  /**
   * What is undone when a connection comes back: a transaction that is still open (`rollback`, default; nothing is sent where there is none), or all that somebody left on the session (`full`):
   * variables, temporary tables, advisory locks, LISTEN. `full` costs a round trip or two at each return, behind the answer; the connection is in use until then.
   *
   * @remarks Semantics: SQLAlchemy `reset_on_return`. Differs: no `None` and no `commit`. @since 0.2
   */
  readonly resetOnReturn?: 'rollback' | 'full' | undefined
  /** A statement that takes longer is ended by the server. Default Infinity. */
  readonly statementTimeoutMs?: number | undefined
  /** How long a transaction waits for a lock; on SQLite for its turn to write. Default 5_000 on SQLite. */
  readonly lockTimeoutMs?: number | undefined
  /** A transaction that sends nothing for this long is ended by the server, and its connection with it. Default 60_000 on servers. */
  readonly idleInTransactionTimeoutMs?: number | undefined
  /** How long opening one connection to a server may take. Default 10_000. */
  readonly connectTimeoutMs?: number | undefined
  /** How long a server that is away is tried again before its absence is an error. Default 5_000. */
  readonly reconnectWindowMs?: number | undefined
  /** How fresh a sign of life of a connection must be for COMMIT to go with its first statements: otherwise COMMIT waits for their answer, so that a connection which died unnoticed costs no doubt. Default 1_000. */
  readonly provenAliveMs?: number | undefined
  /** Whether statements are kept prepared. Default `auto`: where it works. */
  readonly preparedStatements?: boolean | 'auto' | undefined
  /** TLS options of a server. */
  readonly ssl?: boolean | object | undefined
  /** Whether statements are logged. Default false. */
  readonly echo?: boolean | undefined
  /** Whether logs show the values of parameters. Default false. */
  readonly echoParameters?: boolean | undefined
  /** What a commit survives, on SQLite: `normal` (default) the end of the process; `full` the loss of power too; `off` neither, for what can be made again. */
  readonly durability?: 'off' | 'normal' | 'full' | undefined
  /** Page cache of a SQLite connection, in KiB. Default 16_384. */
  readonly cacheSizeKib?: number | undefined
  /** Pages that a SQLite database may have at most; then it is full. Default: SQLite's own limit. */
  readonly maxPageCount?: number | undefined
  /**
   * Called with each error of the driver or the database, before it is thrown; may set `isDisconnect` and `invalidatePool` for codes that only this server or a proxy before it knows. Must not
   * wait; what it throws is reported like an error of a listener and changes nothing. Costs nothing until an error comes up.
   *
   * @remarks Semantics: SQLAlchemy `DialectEvents.handle_error`. Differs: another error cannot be put in its place. @since 0.2
   */
  readonly onError?: OnError | undefined
  /** Called last, with all options of the engine as they would be used; what it gives is used, and checked in the same way. */
  readonly configure?: ((options: EngineOptions, engineKey: string) => EngineOptions) | undefined
}

/** The options of an engine with every default filled in. */
export interface EffectiveEngineOptions {
  readonly replicas: readonly EngineUrl[]
  readonly instancePath: string | undefined
  readonly pool: PoolOptions
  readonly isolation: IsolationLevel | undefined
  readonly begin: 'onWrite' | 'onFirstStatement'
  readonly prePing: 'auto' | 'always' | false
  readonly resetOnReturn: 'rollback' | 'full'
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectWindowMs: number
  readonly provenAliveMs: number
  readonly preparedStatements: boolean | 'auto'
  readonly ssl: boolean | object | undefined
  readonly echo: boolean
  readonly echoParameters: boolean
  readonly durability: 'off' | 'normal' | 'full'
  readonly cacheSizeKib: number
  readonly maxPageCount: number | undefined
  readonly onError: OnError | undefined
}

/**
 * Where the value of an option comes from: athanor's default, the dialect's, the configuration (the URL and what stands in it included), the function `configure`, or the
 * server, which told it when the first connection was opened.
 */
export type OptionOrigin = 'default' | 'dialect' | 'config' | 'configure' | 'server'

/** The values of options that nobody set. */
export const ENGINE_DEFAULTS: EffectiveEngineOptions = {
  replicas: [],
  instancePath: undefined,
  pool: POOL_DEFAULTS,
  isolation: undefined,
  begin: 'onWrite',
  prePing: 'auto',
  resetOnReturn: 'rollback',
  statementTimeoutMs: Infinity,
  lockTimeoutMs: Infinity,
  idleInTransactionTimeoutMs: Infinity,
  connectTimeoutMs: 10_000,
  reconnectWindowMs: 5_000,
  provenAliveMs: 1_000,
  preparedStatements: 'auto',
  ssl: undefined,
  echo: false,
  echoParameters: false,
  durability: 'normal',
  cacheSizeKib: 16_384,
  maxPageCount: undefined,
  onError: undefined,
}
