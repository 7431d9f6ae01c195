/** Every code, with the class that carries it and what it means in a line. docs/errors.md has an anchor for each; a test compares both. */
export const ERROR_CODES: Readonly<
  Record<ErrorCode, readonly [className: string, meaning: string]>
> = {
  // ArgumentError: a wrong call, configuration or mapping, thrown at once
  ARGUMENT: ['ArgumentError', 'A call got a value that it cannot use.'],
  INVALID_INPUT: ['InvalidInputError', 'A client sent what cannot be taken; answered as 400.'],
  CONFIGURATION: ['ConfigurationError', 'An option or a URL has a value that cannot be used.'],
  UNKNOWN_OPTION: ['ConfigurationError', 'An option is not known; the text names the nearest one.'],
  ENGINE_NOT_CONFIGURED: [
    'ConfigurationError',
    'Neither url nor engines says where the database is.',
  ],
  UNKNOWN_ENGINE: [
    'ConfigurationError',
    'A model or a call names an engine that is not configured.',
  ],
  ALREADY_INITIALIZED: ['ConfigurationError', 'initApp was called twice for one application.'],
  APP_NOT_REGISTERED: [
    'ConfigurationError',
    'A scope was asked for an application that initApp never saw.',
  ],
  LOGIN_REFUSED: [
    'ConfigurationError',
    'The server does not let the user in, or not into the database.',
  ],
  DATABASE_NOT_FOUND: ['ConfigurationError', 'The server has no database of that name.'],
  MISSING_DRIVER: ['ConfigurationError', 'The driver package is not installed.'],
  MAPPING: ['MappingError', 'A model or a relation is not defined rightly.'],
  NO_PRIMARY_KEY: ['MappingError', 'A model has no primary key column.'],
  NO_TABLE_NAME: ['MappingError', 'Table naming is off and a model names no table.'],
  UNSUPPORTED_INHERITANCE: [
    'MappingError',
    'A model inherits in a way that athanor does not have.',
  ],
  BIND: ['BindError', 'A value or a statement cannot be brought to an engine.'],
  CROSS_ENGINE_STATEMENT: ['BindError', 'One statement mentions tables of two engines.'],
  // InvalidRequestError: a right call at the wrong moment
  INVALID_REQUEST: ['InvalidRequestError', 'The call is not possible in the present state.'],
  NO_SCOPE: ['NoScopeError', 'There is no open scope here.'],
  SCOPE_CLOSED: ['ScopeClosedError', 'The scope has ended; the text says where and why.'],
  SESSION_CLOSED: ['SessionClosedError', 'The session was closed; the text says where.'],
  ILLEGAL_STATE: ['IllegalStateError', 'The operation is not allowed now.'],
  SELF_DEADLOCK: [
    'IllegalStateError',
    'The only connection is held by a scope that this one waits in.',
  ],
  READ_OUTSIDE_TRANSACTION: [
    'IllegalStateError',
    'Under this isolation level an object read before the transaction cannot be changed in it.',
  ],
  PENDING_ROLLBACK: [
    'PendingRollbackError',
    'The transaction was rolled back by an error; rollback() comes first.',
  ],
  DETACHED_INSTANCE: ['DetachedInstanceError', 'The object belongs to no open session.'],
  UNLOADED_ATTRIBUTE: [
    'UnloadedAttributeError',
    'A column or relation was read that is not in memory.',
  ],
  LOAD_REFUSED: [
    'InvalidRequestError',
    'A relation was to be loaded later that may only come along with a query.',
  ],
  STALE_ATTRIBUTE: [
    'UnloadedAttributeError',
    'A value of a finished transaction was read while expireOnCommit is "strict".',
  ],
  OBJECT_DELETED: ['ObjectDeletedError', 'The row of the object no longer exists.'],
  NO_RESULT_FOUND: ['NoResultFoundError', 'A row was expected and there is none.'],
  NOT_FOUND: ['NotFoundError', 'A row was expected and there is none; answered as 404.'],
  BAD_CURSOR: ['NotFoundError', 'A cursor is none of this query, or was changed; answered as 404.'],
  MULTIPLE_RESULTS_FOUND: [
    'MultipleResultsFoundError',
    'One row was expected and there are several.',
  ],
  TEST_SCOPE_LOST: ['IllegalStateError', 'The transaction of a test scope has ended before it.'],
  READ_ONLY: ['ReadOnlyError', 'A read-only session, scope or connection was asked to write.'],
  // FlushError: the unit of work cannot be written
  FLUSH: ['FlushError', 'The pending changes cannot be written.'],
  STALE_DATA: ['StaleDataError', 'A row was changed or deleted by somebody else meanwhile.'],
  CIRCULAR_DEPENDENCY: ['CircularDependencyError', 'Rows depend on each other in a circle.'],
  // The pool
  POOL_TIMEOUT: ['PoolTimeoutError', 'No connection came free in time.'],
  POOL_CLOSED: ['InvalidRequestError', 'The pool was closed for good.'],
  // DatabaseError: from the database
  DATABASE: ['DatabaseError', 'The database refused a statement.'],
  TRANSACTION_ABORTED: ['DatabaseError', 'COMMIT was answered with ROLLBACK.'],
  INTEGRITY: ['IntegrityError', 'A constraint refused the change.'],
  UNIQUE_VIOLATION: ['UniqueViolationError', 'A unique constraint refused the change.'],
  FOREIGN_KEY_VIOLATION: ['ForeignKeyViolationError', 'A foreign key refused the change.'],
  NOT_NULL_VIOLATION: ['NotNullViolationError', 'A column that must not be null got none.'],
  CHECK_VIOLATION: ['CheckViolationError', 'A check constraint refused the change.'],
  OPERATIONAL: ['OperationalError', 'The database could not work: disk, file, resources.'],
  CANNOT_OPEN: ['OperationalError', 'The database file or server could not be opened.'],
  NOT_A_DATABASE: ['OperationalError', 'The file is not a database.'],
  DATABASE_FULL: ['OperationalError', 'The database or its disk is full.'],
  DISCONNECTED: ['DisconnectedError', 'The connection was lost.'],
  COMMIT_OUTCOME_UNKNOWN: [
    'CommitOutcomeUnknownError',
    'The connection was lost while COMMIT was under way.',
  ],
  PARTIAL_COMMIT: ['PartialCommitError', 'Of several engines only some have committed.'],
  SERIALIZATION: [
    'SerializationError',
    'The transaction must be run again: a concurrent one got in its way.',
  ],
  DEADLOCK: ['DeadlockError', 'Two transactions waited for each other; this one was ended.'],
  LOCK_TIMEOUT: ['LockTimeoutError', 'A lock did not come free in time.'],
  STATEMENT_TIMEOUT: ['StatementTimeoutError', 'A statement took longer than allowed.'],
  CANCELLED: ['CancelledError', 'An AbortSignal ended the operation.'],
  DATA: ['DataError', 'The database refused a value.'],
  UNKNOWN_DISCRIMINATOR: ['DataError', 'A row says that it is of a model which nobody has mapped.'],
  PROGRAMMING: ['ProgrammingError', 'The database does not understand the statement.'],
}

/** A stable error code. */
export type ErrorCode =
  | 'ARGUMENT'
  | 'INVALID_INPUT'
  | 'CONFIGURATION'
  | 'UNKNOWN_OPTION'
  | 'ENGINE_NOT_CONFIGURED'
  | 'UNKNOWN_ENGINE'
  | 'ALREADY_INITIALIZED'
  | 'APP_NOT_REGISTERED'
  | 'LOGIN_REFUSED'
  | 'DATABASE_NOT_FOUND'
  | 'MISSING_DRIVER'
  | 'MAPPING'
  | 'NO_PRIMARY_KEY'
  | 'NO_TABLE_NAME'
  | 'UNSUPPORTED_INHERITANCE'
  | 'BIND'
  | 'CROSS_ENGINE_STATEMENT'
  | 'INVALID_REQUEST'
  | 'NO_SCOPE'
  | 'SCOPE_CLOSED'
  | 'SESSION_CLOSED'
  | 'ILLEGAL_STATE'
  | 'SELF_DEADLOCK'
  | 'READ_OUTSIDE_TRANSACTION'
  | 'PENDING_ROLLBACK'
  | 'DETACHED_INSTANCE'
  | 'UNLOADED_ATTRIBUTE'
  | 'LOAD_REFUSED'
  | 'STALE_ATTRIBUTE'
  | 'OBJECT_DELETED'
  | 'NO_RESULT_FOUND'
  | 'NOT_FOUND'
  | 'BAD_CURSOR'
  | 'MULTIPLE_RESULTS_FOUND'
  | 'TEST_SCOPE_LOST'
  | 'READ_ONLY'
  | 'FLUSH'
  | 'STALE_DATA'
  | 'CIRCULAR_DEPENDENCY'
  | 'POOL_TIMEOUT'
  | 'POOL_CLOSED'
  | 'DATABASE'
  | 'TRANSACTION_ABORTED'
  | 'INTEGRITY'
  | 'UNIQUE_VIOLATION'
  | 'FOREIGN_KEY_VIOLATION'
  | 'NOT_NULL_VIOLATION'
  | 'CHECK_VIOLATION'
  | 'OPERATIONAL'
  | 'CANNOT_OPEN'
  | 'NOT_A_DATABASE'
  | 'DATABASE_FULL'
  | 'DISCONNECTED'
  | 'COMMIT_OUTCOME_UNKNOWN'
  | 'PARTIAL_COMMIT'
  | 'SERIALIZATION'
  | 'DEADLOCK'
  | 'LOCK_TIMEOUT'
  | 'STATEMENT_TIMEOUT'
  | 'CANCELLED'
  | 'DATA'
  | 'UNKNOWN_DISCRIMINATOR'
  | 'PROGRAMMING'
