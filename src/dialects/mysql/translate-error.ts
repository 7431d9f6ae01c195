import {
  AthanorError,
  CancelledError,
  CheckViolationError,
  DataError,
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
import { errnoOf, Errno, isLoss } from './error-numbers.ts'

/** An error of either driver as athanor's, with the driver's as `cause`. Decided by number; both drivers answer alike: the same class, code, facts and text. */
export function translateError(error: unknown, context: ErrorContext): AthanorError {
  if (error instanceof AthanorError) return error
  const facts: Facts = {
    message: wordsOf(error),
    where: `engine "${context.engineKey}"`,
    options: { ...context, cause: error, sqlState: stateOf(error) },
  }
  if (isLoss(error)) return disconnected(facts)
  const errno = errnoOf(error)
  const translate = errno === undefined ? undefined : BY_NUMBER.get(errno)
  if (translate !== undefined) return translate(facts)
  return errno === undefined ? operational(facts) : bySqlState(facts)
}

interface Facts {
  /** What the server says. It shows values of a row that is refused: it stands only in messages about statements. */
  readonly message: string
  readonly where: string
  readonly options: DatabaseErrorOptions
}

type Translation = (facts: Facts) => AthanorError

const BY_NUMBER: ReadonlyMap<number, Translation> = new Map<number, Translation>([
  [Errno.duplicate, unique],
  [Errno.duplicateKey, unique],
  [Errno.notNull, notNull],
  [Errno.noDefault, notNull],
  ...numbers(
    [Errno.noParent, Errno.noParentHidden, Errno.hasChild, Errno.hasChildHidden],
    foreignKey,
  ),
  ...numbers([Errno.checkMariaDb, Errno.checkMySql], check),
  [Errno.signal, raised],
  ...numbers([Errno.lockTimeout, Errno.lockNoWait], lockTimeout),
  [Errno.deadlock, deadlock],
  [Errno.snapshotChanged, changedMeanwhile],
  [Errno.interrupted, interrupted],
  ...numbers([Errno.statementTimeoutMariaDb, Errno.statementTimeoutMySql], statementTimeout),
  ...numbers([Errno.optionPrevents, Errno.readOnlyTransaction, Errno.readOnlyMode], readOnly),
  ...numbers([Errno.tableFull, Errno.diskFull], full),
  ...numbers(
    [1264, 1265, 1292, 1365, 1366, 1367, 1406, 1411, 1441, 1690, 3140, 3141],
    refusedValue,
  ),
  ...numbers([1142, 1143, 1227, 1370], forbidden),
])

function numbers(
  errnos: readonly number[],
  translation: Translation,
): readonly (readonly [number, Translation])[] {
  return errnos.map((errno) => [errno, translation] as const)
}

/** Numbers that are not in the table: the first two characters of the SQL state tell the class. */
function bySqlState(facts: Facts): AthanorError {
  const { sqlState = '' } = facts.options
  switch (sqlState.slice(0, 2)) {
    case '22':
      return refusedValue(facts)
    case '23':
      return raised(facts)
    case '42':
      return notUnderstood(facts)
    default:
      return sqlState === 'HY000' ? general(facts) : operational(facts)
  }
}

/** The server has no state of its own for most errors of a statement's author. */
function general(facts: Facts): AthanorError {
  return facts.options.sql === undefined ? operational(facts) : notUnderstood(facts)
}

function unique({ message, where, options }: Facts): AthanorError {
  const constraint = / for key '(?:[^'.]*\.)?([^']*)'$/.exec(message)?.[1]
  const what = constraint === undefined ? 'a unique key' : `the unique key "${constraint}"`
  return new UniqueViolationError(
    `Cannot write on ${where}: another row has the same values in ${what}. Choose others, or catch UniqueViolationError.`,
    { ...options, constraint, table: tableOf(options.sql) },
  )
}

function foreignKey({ message, where, options }: Facts): AthanorError {
  const [, table, constraint, columns = ''] =
    /\(`[^`]*`\.`([^`]*)`, CONSTRAINT `([^`]*)` FOREIGN KEY \(([^)]*)\)/.exec(message) ?? []
  return new ForeignKeyViolationError(
    `Cannot write on ${where}: ${constraint === undefined ? 'a foreign key' : `the foreign key "${constraint}"`} would point at a row that does not exist, or the row that is deleted is still pointed at. Write the target first, or delete what points at it.`,
    { ...options, constraint, table, columns: namesIn(columns) },
  )
}

function notNull({ message, where, options }: Facts): AthanorError {
  const columns = message.match(/^(?:Column|Field) '([^']*)'/)?.slice(1) ?? []
  const table = tableOf(options.sql)
  const named = columns.map((column) => `"${column}"`).join(', ')
  return new NotNullViolationError(
    `Cannot write on ${where}: ${named}${table === undefined ? '' : ` of "${table}"`} must not be null. Give it a value.`,
    { ...options, columns, table },
  )
}

function check({ message, where, options }: Facts): AthanorError {
  const [, mariaDb, table, mySql] =
    /CONSTRAINT `([^`]*)` failed for `[^`]*`\.`([^`]*)`|Check constraint '([^']*)'/.exec(message) ??
    []
  // a check that a type brings is called table.column
  const constraint =
    mariaDb?.slice(mariaDb.startsWith(`${table}.`) ? `${table}.`.length : 0) ?? mySql
  return new CheckViolationError(
    `Cannot write on ${where}: the check "${constraint ?? ''}" refuses the row. Give values that fulfil it.`,
    { ...options, constraint, table: table ?? tableOf(options.sql) },
  )
}

/** What a trigger raises, in its own words, and the like. */
function raised({ message, where, options }: Facts): AthanorError {
  return new IntegrityError(`Cannot write on ${where}: ${message}.`, options)
}

function lockTimeout({ where, options }: Facts): AthanorError {
  return new LockTimeoutError(
    `Cannot send a statement on ${where}: another transaction kept a row or a table locked for too long. Keep transactions short, or raise lockTimeoutMs; then run the transaction again.`,
    options,
  )
}

function deadlock({ where, options }: Facts): AthanorError {
  return new DeadlockError(
    `A transaction on ${where} was rolled back: it and another waited for each other's locks. Run it again from its start, or let db.transaction(fn, { retry }) do so; lock rows in one order everywhere.`,
    options,
  )
}

function changedMeanwhile({ where, options }: Facts): AthanorError {
  return new SerializationError(
    `Cannot write on ${where}: somebody else has written a row since this transaction began to read. Run it again from its start.`,
    options,
  )
}

function interrupted({ where, options }: Facts): AthanorError {
  return new CancelledError(
    `A statement on ${where} was interrupted. Send it again if its result is still wanted.`,
    options,
  )
}

function statementTimeout({ where, options }: Facts): AthanorError {
  return new StatementTimeoutError(
    `A statement on ${where} was ended by the server: it took longer than statementTimeoutMs. Make it faster, an index may help, or raise the limit.`,
    options,
  )
}

function readOnly({ where, options }: Facts): AthanorError {
  const { cause, sql, engineKey, sqlState } = options
  return new ReadOnlyError(
    `Cannot write on ${where}: the transaction only reads, or the server is a replica, or set to read only. Write in a transaction, on the primary server.`,
    { cause, info: { sql, engineKey, sqlState } },
  )
}

function full({ where, options }: Facts): AthanorError {
  return new OperationalError(
    `Cannot write on ${where}: the table or the disk is full. Make room, then run the transaction again.`,
    { ...options, code: 'DATABASE_FULL' },
  )
}

function refusedValue({ message, where, options }: Facts): AthanorError {
  const column = / (?:for|in) column (?:`[^`]*`\.`[^`]*`\.)?[`']([^`']*)[`']/.exec(message)?.[1]
  const place = column === undefined ? 'a value' : `the value of "${column}"`
  return new DataError(
    `Cannot write on ${where}: ${place} does not fit its column or its place. Convert it to the column's type.`,
    { ...options, info: { column } },
  )
}

function forbidden({ message, where, options }: Facts): AthanorError {
  return new OperationalError(
    `The database of ${where} does not allow a statement: ${message}. Grant what it needs, or log in as somebody else.`,
    options,
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

function disconnected({ where, options }: Facts): AthanorError {
  return new DisconnectedError(
    `The connection of ${where} was lost: the server closed it, or the network did. Nothing of an open transaction is stored; run it again.`,
    options,
  )
}

/** The server's own words, without what a driver adds: numbers, the statement, its values. */
export function wordsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'sqlMessage' in error) {
    const { sqlMessage } = error
    if (typeof sqlMessage === 'string' && sqlMessage !== '') return sqlMessage
  }
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
}

export function stateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('sqlState' in error)) return undefined
  return typeof error.sqlState === 'string' ? error.sqlState : undefined
}

/** The table that a statement writes, by its text: the server does not name it. */
function tableOf(sql: string | undefined): string | undefined {
  return /^\s*(?:insert(?:\s+ignore)?\s+into|replace\s+into|update|delete\s+from)\s+`((?:[^`]|``)+)`/i
    .exec(sql ?? '')?.[1]
    ?.replaceAll('``', '`')
}

function namesIn(list: string): readonly string[] {
  return [...list.matchAll(/`((?:[^`]|``)+)`/g)].map(([, name = '']) => name.replaceAll('``', '`'))
}
