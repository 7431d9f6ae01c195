export { Database, type DetachOptions, type DisposeOptions } from './database.ts'
export type { DatabaseConfig, DatabaseOptions, SessionClass } from './database-options.ts'
export type { DatabaseEvent, DatabaseEvents, SessionNotice } from './listeners.ts'
export type { LooseKey, NotFoundOptions, OneOr404Options, Otherwise } from './not-found.ts'
export type { CommitPolicy, Outcome } from './outcome.ts'
export type { PageQuery } from './pagination/index.ts'
export {
  watchStatements,
  type RecordedQuery,
  type RecordQueriesOptions,
  type Watched,
} from './queries/index.ts'
export { WARNING_CODES, type Logger, type WarningCode } from './reporter.ts'
export type { EngineKeys } from './schema-operations.ts'
export { Scope } from './scope.ts'
export type {
  ScopeEdge,
  ScopeEnd,
  ScopeKind,
  ScopeOptions,
  ScopeSettings,
} from './scope-options.ts'
