export {
  AthanorError, ArgumentError, BindError, CancelledError, CheckViolationError, CircularDependencyError, CommitOutcomeUnknownError, ConfigurationError, DataError, DatabaseError, DeadlockError,
  DetachedInstanceError, DisconnectedError, ERROR_CODES, FlushError, ForeignKeyViolationError, IllegalStateError, IntegrityError, InvalidRequestError, LockTimeoutError, MappingError, MultipleResultsFoundError,
  NoResultFoundError, NoScopeError, NotFoundError, NotNullViolationError, ObjectDeletedError, OperationalError, PartialCommitError, PendingRollbackError, PoolTimeoutError, ProgrammingError, ReadOnlyError,
  ScopeClosedError, SerializationError, SessionClosedError, StaleDataError, StatementTimeoutError, UniqueViolationError, UnloadedAttributeError,
  type DatabaseErrorOptions, type ErrorCode, type ErrorOptions,
} from './errors/index.ts'
export {
  alias, assign, belongsTo, bigint, boolean, bytes, check, custom, date, decimal, float, hasMany, hasOne, id, index, int, inspect, isLoaded, json, localTimestamp, manyToMany, Model, now, oneOf, outer, Session, text, time, timestamp, uuid, uuidv7,
  varchar, version,
  type Alias, type AnyEntity, type BelongsTo, type BelongsToOptions, type Cascade, type CheckItem, type CheckModels, type ClassOf, type CollectionOf, type Cols, type Column, type Cond, type Def, type DefOf, type Delete,
  type Entity, type Fields, type Filter, type HasMany, type HasOne, type IndexItem, type Init, type Insert, type InsertRow, type InsertValues, type Inspection, type IterPagesOptions, type Key, type KyselyDB, type List, type Loaded,
  type ManyExpr, type ManyOptions, type ManyToManyOptions, type Many, type Maybe, type ModelClass, type ModelMap, type ModelOptions, type ObjectStatus, type OnConflict, type OneExpr, type Page, type PaginateOptions, type Path,
  type Paths, type PendingChanges, type Ref, type RawRows, type RelKeys, type Returning, type RowOf, type RowQuery, type SelectEntity, type Selection, type SelectRows, type SessionEvent, type SessionListener,
  type SessionOptions, type SetRow, type Snake, type StreamOptions, type TableItem, type TransactionOptions, type Update, type UpdateSet, type UpdateWhere,
} from './orm/index.ts'
export type { Codec, ForeignKeyAction, ForeignKeyOptions, SqlText } from './schema/index.ts'
export { MetaData, Table } from './schema/index.ts'
export { and, avg, count, max, min, not, or, sql, sum, type ColExpr, type Expr, type NumOps, type Order, type Subquery, type TextOps } from './sql/index.ts'
export { Connection, Engine, type EngineOptions, type IsolationLevel, type StatementEvent } from './engine/index.ts'
export type { PoolStatus } from './pool/index.ts'
export { Database } from './database.ts'
export { Scope, type CommitPolicy, type DatabaseConfig, type DatabaseOptions, type Outcome, type ScopeOptions } from './app/index.ts'
