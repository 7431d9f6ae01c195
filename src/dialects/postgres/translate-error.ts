import {
  AthanorError,
  CancelledError,
  CheckViolationError,
  DataError,
  DatabaseError,
  DeadlockError,
  DisconnectedError,
  ForeignKeyViolationError,
  IntegrityError,
  LockTimeoutError,
  NotNullViolationError,
  OperationalError,
  ProgrammingError,
  ReadOnlyError,
  SerializationError,
  StatementTimeoutError,
  UniqueViolationError,
  type DatabaseErrorOptions,
} from '../../errors/index.ts'
import type { ErrorContext } from '../../engine/index.ts'
import { columnsOfKey, isKeyOf } from './error-detail.ts'
import { LostConnection } from './lost-connection.ts'
import { poolerTimeout } from './pooler-errors.ts'
import { isServerError, type ServerError } from './wire.ts'

/**
 * An error of the server or the driver as athanor's, with the original as `cause`: by SQLSTATE, and never by words, which the server may say in any language. Text of the server that may
 * hold values is left out.
 */
export function translateError(error: unknown, context: ErrorContext): AthanorError {
  if (error instanceof AthanorError) return error
  const where = `engine "${context.engineKey}"`
  if (error instanceof LostConnection) return lost(error.cause, where, context)
  const options: DatabaseErrorOptions = { ...context, cause: error }
  if (!isServerError(error)) return ofDriver(error, where, options)
  const translate = BY_STATE[error.code] ?? BY_CLASS[error.code.slice(0, 2)] ?? operational
  return translate({ error, where, options: { ...options, sqlState: error.code } })
}

interface Facts {
  readonly error: ServerError
  readonly where: string
  readonly options: DatabaseErrorOptions
}

type Translation = (facts: Facts) => AthanorError

const BY_STATE: Readonly<Record<string, Translation>> = {
  '23505': unique,
  '23503': foreignKey,
  '23001': foreignKey,
  '23502': notNull,
  '23514': check,
  '25006': readOnly,
  '25P02': failedBefore,
  '26000': staleStatement,
  '42P05': staleStatement,
  '40001': serialization,
  '40P01': deadlock,
  '55P03': lockTimeout,
  '57014': ended,
  '53100': full,
}

const BY_CLASS: Readonly<Record<string, Translation>> = {
  '08': notUnderstood, // the connection lives: a statement did not fit its values
  '0A': notSupported,
  '21': notUnderstood,
  '22': refusedValue,
  '23': otherConstraint,
  '3D': notUnderstood,
  '3F': notUnderstood,
  '40': serialization,
  '42': notUnderstood,
  '44': otherConstraint,
  '54': notUnderstood,
  P0: raised,
}

function unique({ error, where, options }: Facts): AthanorError {
  const { table, constraint } = error
  const columns = columnsOfKey(error.detail)
  const what =
    columns.length === 0
      ? `another row is the same to the unique index "${constraint ?? ''}"`
      : `another row has the same ${named(table, columns)}`
  return new UniqueViolationError(
    `Cannot write on ${where}: ${what}. Choose another value, or catch UniqueViolationError.`,
    { ...options, table, columns, constraint },
  )
}

function foreignKey({ error, where, options }: Facts): AthanorError {
  const { table, constraint, detail } = error
  // where a target is deleted, the key in the text is the target's
  const columns = isKeyOf(detail, table) ? columnsOfKey(detail) : []
  return new ForeignKeyViolationError(
    `Cannot write on ${where}: a foreign key would point at a row that does not exist, or the row that is deleted is still pointed at (${quoted(constraint)} of ${quoted(table)}). Write the target first, or delete what points at it.`,
    { ...options, table, columns, constraint },
  )
}

function notNull({ error, where, options }: Facts): AthanorError {
  const { table, column } = error
  const columns = column === undefined ? [] : [column]
  return new NotNullViolationError(
    `Cannot write on ${where}: ${named(table, columns)} must not be null. Give it a value.`,
    { ...options, table, columns },
  )
}

function check({ error, where, options }: Facts): AthanorError {
  const { table, constraint } = error
  return new CheckViolationError(
    `Cannot write on ${where}: the check ${quoted(constraint)} refuses the row. Give values that fulfil it.`,
    { ...options, table, constraint },
  )
}

function otherConstraint({ error, where, options }: Facts): AthanorError {
  const { table, constraint } = error
  return new IntegrityError(
    `Cannot write on ${where}: the constraint ${quoted(constraint)} of ${quoted(table)} refuses the row. Give values that fulfil it.`,
    { ...options, table, constraint },
  )
}

function readOnly({ where, options }: Facts): AthanorError {
  const { cause, sql, engineKey, sqlState } = options
  return new ReadOnlyError(
    `Cannot write on ${where}: the transaction, or the server, only reads. Write in a transaction that is not read-only, on a server that is no standby.`,
    { cause, info: { sql, engineKey, sqlState } },
  )
}

function failedBefore({ where, options }: Facts): AthanorError {
  return new DatabaseError(
    `Cannot send a statement on ${where}: one before it in the transaction has failed. Roll back, or back to a savepoint, first.`,
    options,
  )
}

function staleStatement({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot send a statement on ${where}: the server does not have what was prepared there. Run the transaction again from its start; behind a pooler set preparedStatements: false.`,
    { ...options, retryable: true },
  )
}

function notSupported(facts: Facts): AthanorError {
  // the rows of a prepared statement would have other columns now: the table was changed
  return facts.error.routine === 'RevalidateCachedQuery'
    ? staleStatement(facts)
    : notUnderstood(facts)
}

function serialization({ where, options }: Facts): AthanorError {
  return new SerializationError(
    `Cannot go on with a transaction on ${where}: a concurrent one got in its way. Run it again from its start.`,
    options,
  )
}

function deadlock({ where, options }: Facts): AthanorError {
  return new DeadlockError(
    `Cannot go on with a transaction on ${where}: it and another one waited for each other. Run it again from its start.`,
    options,
  )
}

function lockTimeout({ where, options }: Facts): AthanorError {
  return new LockTimeoutError(
    `Cannot send a statement on ${where}: a lock did not come free in time. Keep transactions short, or raise lockTimeoutMs.`,
    options,
  )
}

/** A time-out, unless the server says in plain English that somebody has asked for it. */
function ended({ error, where, options }: Facts): AthanorError {
  if (error.message.includes('user request'))
    return new CancelledError(
      `A statement on ${where} was cancelled. Send it again if its result is still wanted.`,
      options,
    )
  return new StatementTimeoutError(
    `A statement on ${where} was ended by the server: it took longer than allowed. Make it faster, or raise statementTimeoutMs.`,
    options,
  )
}

function full({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot write on ${where}: the server's disk is full. Make room, then run the transaction again.`,
    { ...options, code: 'DATABASE_FULL' },
  )
}

/** The server's own words would show the value. */
const VALUE_FAULTS: Readonly<Record<string, string>> = {
  '22001': 'a text is longer than its column',
  '22003': 'a number is beyond the range of its type',
  '22007': 'a date or time is not written as one',
  '22008': 'there is no such date or time',
  '22012': 'something was divided by zero',
  '22021': 'a text has a character that the database cannot store',
  '22P02': 'a text cannot be read as its type',
  '22P03': 'bytes cannot be read as their type',
  '22P05': 'a text has a character that the database cannot store',
}

function refusedValue({ error, where, options }: Facts): AthanorError {
  const fault = VALUE_FAULTS[error.code] ?? `the database refuses a value (SQLSTATE ${error.code})`
  return new DataError(
    `Cannot send a statement on ${where}: ${fault}. Convert it to what its place takes.`,
    options,
  )
}

/** What a function or trigger raises; its words may say anything, so that they stay in the cause. */
function raised({ error, where, options }: Facts): AthanorError {
  return new DatabaseError(
    `A function or trigger of the database of ${where} refused a statement (SQLSTATE ${error.code}). Its words are in the cause.`,
    options,
  )
}

function notUnderstood({ error, where, options }: Facts): AthanorError {
  return new ProgrammingError(
    `The database of ${where} does not understand a statement: ${error.message}. Correct the statement, or create what it names.`,
    options,
  )
}

function operational({ error, where, options }: Facts): AthanorError {
  return new OperationalError(
    `The database of ${where} cannot work: ${error.message} (SQLSTATE ${error.code}).`,
    options,
  )
}

const IDLE_IN_TRANSACTION = '25P03'

function lost(cause: unknown, where: string, context: ErrorContext): AthanorError {
  if (cause instanceof AthanorError) return cause
  const timeout = poolerTimeout(cause, context)
  if (timeout !== undefined) return timeout
  const sqlState = isServerError(cause) ? cause.code : undefined
  const why =
    sqlState === IDLE_IN_TRANSACTION
      ? 'its transaction was left open without a statement for longer than idleInTransactionTimeoutMs. Do not wait for other services inside a transaction'
      : 'the server ended it, or the network did. Run the transaction again'
  return new DisconnectedError(`The connection of ${where} was lost: ${why}.`, {
    ...context,
    cause,
    sqlState,
  })
}

function ofDriver(error: unknown, where: string, options: DatabaseErrorOptions): AthanorError {
  return new OperationalError(
    `The database of ${where} cannot work: ${error instanceof Error ? error.message : String(error)}.`,
    options,
  )
}

function named(table: string | undefined, columns: readonly string[]): string {
  const list = columns.map((column) => `"${column}"`).join(', ')
  return table === undefined ? list : `${list} of "${table}"`
}

function quoted(name: string | undefined): string {
  return `"${name ?? '?'}"`
}
