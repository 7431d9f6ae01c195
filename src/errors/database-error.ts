import { AthanorError, type ErrorOptions } from './athanor-error.ts'
import type { ErrorCode } from './codes.ts'
import { sayTryAgain } from './try-again.ts'

/** What an error of the database tells, as far as it is known. */
export interface DatabaseErrorOptions extends ErrorOptions {
  /** The statement's text; its values never appear. */
  readonly sql?: string | undefined
  /** Five characters of the SQL standard, or the driver's own symbol on SQLite. */
  readonly sqlState?: string | undefined
  /** Which engine answered. */
  readonly engineKey?: string | undefined
  /** True when the same transaction may succeed if it is run again from its start. */
  readonly retryable?: boolean | undefined
  /** The constraint that refused. */
  readonly constraint?: string | undefined
  /** The table concerned. */
  readonly table?: string | undefined
  /** The columns concerned, in database names. */
  readonly columns?: readonly string[] | undefined
}

/** An answer of the database, or its silence. */
export class DatabaseError extends AthanorError {
  /** The statement's text, without values. */
  readonly sql: string | undefined
  /** Five characters of the SQL standard, or the driver's own symbol on SQLite. */
  readonly sqlState: string | undefined
  /** Which engine answered. */
  readonly engineKey: string | undefined
  /** True when the same transaction may succeed if it is run again from its start; web frameworks answer 503 with `Retry-After` where nobody maps the error. */
  readonly retryable: boolean
  #objects: readonly object[] = []

  constructor(
    message: string,
    options: DatabaseErrorOptions = {},
    defaultCode: ErrorCode = 'DATABASE',
  ) {
    super(message, defaultCode, options)
    this.sql = options.sql
    this.sqlState = options.sqlState
    this.engineKey = options.engineKey
    this.retryable = options.retryable ?? false
    if (this.retryable) sayTryAgain(this)
  }

  /** The mapped objects whose statement failed, as far as they are known. No part of what logs and JSON print: they hold values. */
  get objects(): readonly object[] {
    return this.#objects
  }

  /** For the flush. @internal */
  set objects(objects: readonly object[]) {
    this.#objects = objects
  }
}

/** A constraint refused the change. */
export class IntegrityError extends DatabaseError {
  /** The constraint's name, where the database tells it. */
  readonly constraint: string | undefined
  /** The table, where it is known. */
  readonly table: string | undefined
  /** The columns in database names, where they are known. */
  readonly columns: readonly string[]

  constructor(
    message: string,
    options: DatabaseErrorOptions = {},
    defaultCode: ErrorCode = 'INTEGRITY',
  ) {
    super(message, options, defaultCode)
    this.constraint = options.constraint
    this.table = options.table
    this.columns = options.columns ?? []
  }
}

/** A unique constraint or primary key refused the change. */
export class UniqueViolationError extends IntegrityError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'UNIQUE_VIOLATION')
  }
}

/** A foreign key refused the change. */
export class ForeignKeyViolationError extends IntegrityError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'FOREIGN_KEY_VIOLATION')
  }
}

/** A column that must not be null got none. */
export class NotNullViolationError extends IntegrityError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'NOT_NULL_VIOLATION')
  }
}

/** A check constraint refused the change. */
export class CheckViolationError extends IntegrityError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'CHECK_VIOLATION')
  }
}

/** The database could not work: connection, locks, disk, file, resources. */
export class OperationalError extends DatabaseError {
  constructor(
    message: string,
    options?: DatabaseErrorOptions,
    defaultCode: ErrorCode = 'OPERATIONAL',
  ) {
    super(message, options, defaultCode)
  }
}

/** The connection was lost before COMMIT was sent: nothing of the transaction is stored. */
export class DisconnectedError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, { retryable: true, ...options }, 'DISCONNECTED')
  }
}

/** The connection was lost while COMMIT was under way: the work may or may not be stored. Never retried. */
export class CommitOutcomeUnknownError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'COMMIT_OUTCOME_UNKNOWN')
  }
}

/** Of several engines only some have committed; `info` lists both. */
export class PartialCommitError extends OperationalError {
  /** Keys of the engines on which the work is stored. */
  readonly committed: readonly string[]

  constructor(
    message: string,
    options: DatabaseErrorOptions & { readonly committed: readonly string[] },
  ) {
    super(message, options, 'PARTIAL_COMMIT')
    this.committed = options.committed
  }
}

/** A concurrent transaction got in the way; run the whole transaction again. */
export class SerializationError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, { retryable: true, ...options }, 'SERIALIZATION')
  }
}

/** Two transactions waited for each other and this one was ended. */
export class DeadlockError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, { retryable: true, ...options }, 'DEADLOCK')
  }
}

/** A lock did not come free in time. */
export class LockTimeoutError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'LOCK_TIMEOUT')
  }
}

/** A statement took longer than allowed. */
export class StatementTimeoutError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'STATEMENT_TIMEOUT')
  }
}

/** An AbortSignal ended the operation. `name` is `AbortError`, as the platform's own. */
export class CancelledError extends OperationalError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'CANCELLED')
    this.name = 'AbortError'
  }
}

/** The database refused a value. */
export class DataError extends DatabaseError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'DATA')
  }
}

/** The database does not understand the statement: syntax, unknown table or column. */
export class ProgrammingError extends DatabaseError {
  constructor(message: string, options?: DatabaseErrorOptions) {
    super(message, options, 'PROGRAMMING')
  }
}
