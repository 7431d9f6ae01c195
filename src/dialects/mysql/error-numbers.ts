/** Error numbers of MySQL and MariaDB that athanor looks at: the one thing that both servers and both drivers agree on. Names differ, and `fatal` says nothing. */
export const Errno = {
  tooManyConnections: 1040,
  accessDenied: 1045,
  databaseDenied: 1044,
  unknownDatabase: 1049,
  unknownPlugin: 1698,
  serverShutdown: 1053,
  notReady: 1047,
  userConnections: 1203,
  userLimit: 1226,
  connectionKilled: 1927,
  idleTimeout: 4031,
  goneAway: 2006,
  lostConnection: 2013,
  duplicate: 1062,
  duplicateKey: 1586,
  notNull: 1048,
  noDefault: 1364,
  noParent: 1452,
  noParentHidden: 1216,
  hasChild: 1451,
  hasChildHidden: 1217,
  checkMariaDb: 4025,
  checkMySql: 3819,
  lockTimeout: 1205,
  lockNoWait: 3572,
  deadlock: 1213,
  snapshotChanged: 1020,
  interrupted: 1317,
  statementTimeoutMariaDb: 1969,
  statementTimeoutMySql: 3024,
  optionPrevents: 1290,
  readOnlyTransaction: 1792,
  readOnlyMode: 1836,
  tableFull: 1114,
  diskFull: 1021,
  signal: 1644,
  unexpectedClose: 45009,
  connectTimeout: 45012,
  alreadyClosed: 45013,
  socketTimeout: 45026,
} as const

/** The server's or the driver's number; undefined for errors of Node, which have negative ones. */
export function errnoOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errno' in error)) return undefined
  const { errno } = error
  return typeof errno === 'number' && errno > 0 ? errno : undefined
}

/** Errors of a statement that leave the transaction as it was: nothing but the statement is undone. */
const STATEMENT_ONLY: ReadonlySet<number> = new Set([
  Errno.duplicate,
  Errno.duplicateKey,
  Errno.notNull,
  Errno.noDefault,
  Errno.noParent,
  Errno.noParentHidden,
  Errno.hasChild,
  Errno.hasChildHidden,
  Errno.checkMariaDb,
  Errno.checkMySql,
  1054,
  1064,
  1146,
  1264,
  1265,
  1292,
  1365,
  1366,
  1406,
])

/** Whether it is known without asking that a plain statement which failed so has not ended its transaction. */
export function leavesTransaction(error: unknown): boolean {
  const errno = errnoOf(error)
  return errno !== undefined && STATEMENT_ONLY.has(errno)
}

/** Server and driver numbers that say that the connection is gone. 1047 is a node of a cluster that has left it. */
const LOST: ReadonlySet<number> = new Set([
  Errno.serverShutdown,
  Errno.connectionKilled,
  Errno.idleTimeout,
  Errno.goneAway,
  Errno.lostConnection,
  Errno.unexpectedClose,
  Errno.alreadyClosed,
  Errno.socketTimeout,
  1152,
  1158,
  1159,
  1160,
  1161,
  1184,
])
/** What Node and the drivers call a connection that is gone. */
const LOST_CODES: ReadonlySet<unknown> = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])
/** mysql2 gives this one neither a number nor a code. */
const CLOSED_STATE = "Can't add new command when connection is in closed state"

/** Whether an error says that the connection is gone. Decided by number, then by Node's code, then by the one text that has neither. */
export function isLoss(error: unknown): boolean {
  const errno = errnoOf(error)
  if (errno !== undefined) return LOST.has(errno)
  return LOST_CODES.has(codeOf(error)) || (error instanceof Error && error.message === CLOSED_STATE)
}

/** Numbers and codes of failed attempts to connect that may succeed in a moment. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  ...LOST,
  ...LOST_CODES,
  Errno.tooManyConnections,
  Errno.userConnections,
  Errno.notReady,
  Errno.connectTimeout,
  'ECONNREFUSED',
  'ENOENT',
  'EAI_AGAIN',
])

/** Whether connecting may succeed in a moment: the server starts, restarts, or has no place left. */
export function isTransient(error: unknown): boolean {
  if (TRANSIENT.has(errnoOf(error)) || TRANSIENT.has(codeOf(error))) return true
  if (error instanceof AggregateError) return error.errors.some(isTransient)
  return isLoss(error)
}

/** Node's or the driver's name of an error. */
function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error
    ? (error.code ?? NO_CODE)
    : NO_CODE
}

const NO_CODE = Symbol('no code')
