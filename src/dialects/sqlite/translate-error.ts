import {
  CancelledError,
  CheckViolationError,
  DataError,
  DisconnectedError,
  ForeignKeyViolationError,
  IntegrityError,
  LockTimeoutError,
  NotNullViolationError,
  OperationalError,
  ProgrammingError,
  ReadOnlyError,
  SerializationError,
  UniqueViolationError,
  type AthanorError,
  type DatabaseErrorOptions,
} from '../../errors/index.ts'
import type { ErrorContext } from '../../engine/index.ts'
import { ResultCode, nameOf, primary, resultCodeOf } from './result-codes.ts'

/** An error of either library as athanor's, with the library's as `cause`. Both answer alike: the same class, code, facts and text. */
export function translateError(
  error: unknown,
  { file, ...context }: ErrorContext & { readonly file?: string },
): AthanorError {
  const code = resultCodeOf(error)
  const where = `engine "${context.engineKey}"${file === undefined ? '' : ` ("${file}")`}`
  const facts: Facts = {
    message: error instanceof Error ? error.message : String(error),
    where,
    options: { ...context, cause: error },
  }
  if (code === undefined) return withoutCode(facts)
  const translate = BY_CODE[code] ?? BY_CODE[primary(code)] ?? operational
  return translate({ ...facts, options: { ...facts.options, sqlState: nameOf(code) } })
}

interface Facts {
  /** What the library says. SQLite names tables, columns and constraints, and never values. */
  readonly message: string
  readonly where: string
  readonly options: DatabaseErrorOptions
}

type Translation = (facts: Facts) => AthanorError

const BY_CODE: Readonly<Record<number, Translation>> = {
  [ResultCode.unique]: unique,
  [ResultCode.primaryKey]: unique,
  [ResultCode.rowId]: unique,
  [ResultCode.foreignKey]: foreignKey,
  [ResultCode.notNull]: notNull,
  [ResultCode.check]: check,
  [ResultCode.constraint]: otherConstraint,
  [ResultCode.dataType]: refusedValue,
  [ResultCode.mismatch]: refusedValue,
  [ResultCode.tooBig]: refusedValue,
  [ResultCode.busySnapshot]: oldSnapshot,
  [ResultCode.busy]: locked,
  [ResultCode.locked]: locked,
  [ResultCode.readOnly]: readOnly,
  [ResultCode.interrupt]: interrupted,
  [ResultCode.full]: full,
  [ResultCode.cannotOpen]: cannotOpen,
  [ResultCode.notADatabase]: notADatabase,
  [ResultCode.corrupt]: corrupt,
  [ResultCode.error]: notUnderstood,
  [ResultCode.misuse]: notUnderstood,
  [ResultCode.range]: notUnderstood,
}

function unique({ message, where, options }: Facts): AthanorError {
  const { table, columns } = columnsOf(message)
  const [, constraint] = /index '(.*)'/.exec(message) ?? []
  const what =
    constraint === undefined
      ? `another row has the same ${named(table, columns)}`
      : `another row is the same to the unique index "${constraint}"`
  return new UniqueViolationError(
    `Cannot write on ${where}: ${what}. Choose another value, or catch UniqueViolationError.`,
    { ...options, table, columns, constraint },
  )
}

function foreignKey({ where, options }: Facts): AthanorError {
  return new ForeignKeyViolationError(
    `Cannot write on ${where}: a foreign key would point at a row that does not exist, or the row that is deleted is still pointed at. Write the target first, or delete what points at it.`,
    options,
  )
}

function notNull({ message, where, options }: Facts): AthanorError {
  const { table, columns } = columnsOf(message)
  return new NotNullViolationError(
    `Cannot write on ${where}: ${named(table, columns)} must not be null. Give it a value.`,
    { ...options, table, columns },
  )
}

function check({ message, where, options }: Facts): AthanorError {
  const constraint = afterColon(message)
  return new CheckViolationError(
    `Cannot write on ${where}: the check "${constraint}" refuses the row. Give values that fulfil it.`,
    { ...options, constraint },
  )
}

/** What a trigger raises, in its own words, and the like. */
function otherConstraint({ message, where, options }: Facts): AthanorError {
  return new IntegrityError(`Cannot write on ${where}: ${message}.`, options)
}

function oldSnapshot({ where, options }: Facts): AthanorError {
  return new SerializationError(
    `Cannot write on ${where}: somebody else has written since this transaction began to read. Run it again from its start, or begin it as one that writes.`,
    options,
  )
}

function readOnly({ where, options }: Facts): AthanorError {
  const { cause, sql, engineKey, sqlState } = options
  return new ReadOnlyError(
    `Cannot write on ${where}: this connection only reads, or the file may not be written. Write in a transaction, and check the permissions of the file and its folder.`,
    {
      cause,
      info: { sql, engineKey, sqlState },
    },
  )
}

function interrupted({ where, options }: Facts): AthanorError {
  return new CancelledError(
    `A statement on ${where} was interrupted. Send it again if its result is still wanted.`,
    options,
  )
}

function full({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot write on ${where}: the database is full, because the disk is, or because it has reached maxPageCount. The transaction is rolled back. Make room, then run it again.`,
    {
      ...options,
      code: 'DATABASE_FULL',
    },
  )
}

function notADatabase({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot use the file of ${where}: it is not a SQLite database, or it is encrypted. Nothing in it was changed. Check the path in the URL.`,
    {
      ...options,
      code: 'NOT_A_DATABASE',
    },
  )
}

function corrupt({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot use the file of ${where}: it is damaged. Stop writing, run "pragma integrity_check", and restore a backup.`,
    options,
  )
}

function refusedValue({ message, where, options }: Facts): AthanorError {
  return new DataError(
    `Cannot write on ${where}: a value does not fit its column (${message}). Convert it to the column's type.`,
    options,
  )
}

function locked({ where, options }: Facts): AthanorError {
  return new LockTimeoutError(
    `Cannot send a statement on ${where}: the table or the database is locked by another process, another connection, or an open stream of this one. Close it, or run the transaction again.`,
    options,
  )
}

function cannotOpen({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot open the database file of ${where}. Its folder must exist, and this process must be allowed to read and write both; nothing was created.`,
    { ...options, code: 'CANNOT_OPEN' },
  )
}

function notUnderstood({ message, where, options }: Facts): AthanorError {
  return new ProgrammingError(
    `The database of ${where} does not understand a statement: ${message}. Correct the statement, or create what it names.`,
    options,
  )
}

function operational({ message, where, options }: Facts): AthanorError {
  return new OperationalError(`The database of ${where} cannot work: ${message}.`, options)
}

/** The libraries have errors of their own, which have no result code. */
function withoutCode(facts: Facts): AthanorError {
  const { message, where, options } = facts
  if (/directory does not exist/.test(message)) return cannotOpen(facts)
  if (/busy executing/.test(message)) return locked(facts)
  if (/not open|finalized/.test(message))
    return new DisconnectedError(
      `Cannot send a statement on ${where}: its connection was closed. Take a new one.`,
      options,
    )
  return operational(facts)
}

/** `UNIQUE constraint failed: page.title, page.lang` → page, [title, lang]. */
function columnsOf(message: string): {
  readonly table: string | undefined
  readonly columns: readonly string[]
} {
  if (/ index '/.test(message)) return { table: undefined, columns: [] }
  const places = afterColon(message)
    .split(', ')
    .map((place) => {
      const dot = place.indexOf('.')
      return { table: place.slice(0, Math.max(dot, 0)), column: place.slice(dot + 1) }
    })
  return {
    table: places[0]?.table === '' ? undefined : places[0]?.table,
    columns: places.map(({ column }) => column),
  }
}

function afterColon(message: string): string {
  return message.slice(message.indexOf(': ') + 2)
}

function named(table: string | undefined, columns: readonly string[]): string {
  const list = columns.map((column) => `"${column}"`).join(', ')
  return table === undefined ? list : `${list} of "${table}"`
}
