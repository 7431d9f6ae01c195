import type { AthanorError } from '../errors/index.ts'
import type { EventSink } from '../events/index.ts'
import type { MetaData, Table } from '../schema/index.ts'
import type { SqlDialect, SqlFeatures } from '../sql/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { ConnectionSource } from './connection-source.ts'
import type { DriverConnection } from './driver.ts'
import type { ErrorHook } from './error-hook.ts'
import type { EngineEvents } from './engine-events.ts'
import type { BeginOptions, IsolationLevel } from './isolation.ts'
import type { EffectiveEngineOptions, EngineOptions } from './options.ts'
import type { EngineUrl } from './url.ts'

/** What a database can do beyond its SQL. */
export interface DialectFeatures extends SqlFeatures {
  readonly isolationLevels: readonly IsolationLevel[]
  /** A connection acquired for `guardedRead` refuses to write. */
  readonly guardedReads: boolean
  /** A server is at the other end: statements can travel together, and a COMMIT may be lost on its way. Not so in a database inside this process. */
  readonly flights: boolean
  /** CREATE TABLE and the like are part of a transaction, and a rollback undoes them. Elsewhere they commit what is open. */
  readonly transactionalDdl: boolean
}

/** Facts of an error that the engine adds before translation. */
export interface ErrorContext {
  readonly sql?: string | undefined
  readonly engineKey: string
}

/** A driver that a URL may name. */
export interface DriverChoice {
  /** What stands after `+` in the URL. */
  readonly name: string
  /** The command that installs it; undefined where it is built in. */
  readonly install?: string
}

/** What a dialect is told of an engine that it makes connections for. */
export interface EngineSettings {
  readonly key: string
  readonly url: EngineUrl
  readonly options: EffectiveEngineOptions
  /** Where it tells what happens to connections. */
  readonly events: EventSink<EngineEvents>
  /** Is told an option that only the server could say, such as `pool.recycleMs`: the engine shows it with the origin `server`. */
  readonly learn?: ((option: string, value: unknown) => void) | undefined
  /** What the program says of errors, where it wants to. */
  readonly errorHook?: ErrorHook | undefined
}

/**
 * All that athanor must know about one kind of database. A new database is a new folder in dialects/ with one object of this type; nothing else changes.
 */
export interface Dialect extends SqlDialect {
  readonly supports: DialectFeatures
  /** Drivers to choose from; the first is the default. */
  readonly drivers: readonly DriverChoice[]
  /** Options that this database sets otherwise than the rest of the world. */
  readonly optionDefaults: EngineOptions
  /** Options that mean nothing to this database, so that nobody relies on them. */
  readonly unsupportedOptions: readonly (keyof EngineOptions)[]
  /** Makes what gives connections to the engine; connects nothing yet. @throws {ConfigurationError} CONFIGURATION. */
  createConnectionSource(engine: EngineSettings): ConnectionSource
  /** The statements that begin a transaction, in order. @throws {ArgumentError} ARGUMENT for a level that the database lacks: never silently another one. */
  beginSql(options: BeginOptions): readonly string[]
  /** What the driver threw, as one of athanor's errors with the driver's as `cause`. */
  translateError(error: unknown, context: ErrorContext): AthanorError
  /** The tables that exist in the schema of `metadata`, for reflect. They are added to it, and those that it has already are left alone. */
  reflect(
    connection: Pick<DriverConnection, 'execute'>,
    metadata: MetaData,
  ): MaybePromise<readonly Table[]>
  /** Names of the tables that exist in a schema. Default: the connection's own. */
  tableNames(
    connection: Pick<DriverConnection, 'execute'>,
    schema?: string,
  ): MaybePromise<readonly string[]>
}
