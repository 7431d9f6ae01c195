export { AthanorError, fromCaller, withWholeStack, type ErrorOptions } from './athanor-error.ts'
export { ERROR_CODES, type ErrorCode } from './codes.ts'
export { CallSite } from './call-site.ts'
export {
  ArgumentError,
  BindError,
  ConfigurationError,
  InvalidInputError,
  MappingError,
  type InvalidInputOptions,
} from './argument-error.ts'
export { isClientError, type ClientError } from './client-error.ts'
export {
  DetachedInstanceError,
  IllegalStateError,
  InvalidRequestError,
  MultipleResultsFoundError,
  NoResultFoundError,
  NoScopeError,
  NotFoundError,
  ObjectDeletedError,
  PendingRollbackError,
  ReadOnlyError,
  ScopeClosedError,
  SessionClosedError,
  UnloadedAttributeError,
} from './invalid-request-error.ts'
export { CircularDependencyError, FlushError, StaleDataError } from './flush-error.ts'
export { TRY_AGAIN } from './try-again.ts'
export { PoolTimeoutError } from './pool-timeout-error.ts'
export {
  CancelledError,
  CheckViolationError,
  CommitOutcomeUnknownError,
  DataError,
  DatabaseError,
  DeadlockError,
  DisconnectedError,
  ForeignKeyViolationError,
  IntegrityError,
  LockTimeoutError,
  NotNullViolationError,
  OperationalError,
  PartialCommitError,
  ProgrammingError,
  SerializationError,
  StatementTimeoutError,
  UniqueViolationError,
  type DatabaseErrorOptions,
} from './database-error.ts'
