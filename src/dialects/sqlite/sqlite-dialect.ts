import { ArgumentError } from '../../errors/index.ts'
import { parseLocation } from './location.ts'
import type { Dialect, IsolationLevel } from '../../engine/index.ts'
import { betterSqlite3 } from './better-sqlite3.ts'
import { codecOf } from './codecs.ts'
import { FileSource } from './file-source.ts'
import type { SqliteLibrary } from './library.ts'
import { MemorySource } from './memory-source.ts'
import { nodeSqlite } from './node-sqlite.ts'
import { reflect, tableNames } from './reflect.ts'
import { translateError } from './translate-error.ts'

/** Libraries by their name in a URL. */
const LIBRARIES: ReadonlyMap<string, SqliteLibrary> = new Map(
  [nodeSqlite, betterSqlite3].map((library) => [library.name, library]),
)

const ISOLATION_LEVELS: readonly IsolationLevel[] = ['serializable', 'autocommit']

/**
 * SQLite 3.35 and newer, through `node:sqlite` or better-sqlite3.
 *
 * One connection writes, in transactions that begin IMMEDIATE; reading goes on beside it. Every transaction is serializable.
 */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  kyselyFlavour: 'sqlite',
  drivers: [
    { name: nodeSqlite.name },
    { name: betterSqlite3.name, install: 'npm i better-sqlite3@13' },
  ],
  supports: {
    sequentialAssignments: false,
    insertReturning: true,
    updateReturning: true,
    deleteReturning: true,
    rowLocks: false,
    lockOf: false,
    conflictTarget: true,
    duplicateKeyUpdate: false,
    ilike: false,
    backslashEscapes: false,
    limitInSubquery: true,
    selfSubqueries: true,
    rowValues: true,
    defaultKeyword: false,
    nullsOrder: true,
    nullsAreLargest: false,
    checksComparands: false,
    termsByPlace: false,
    lastInsertId: true,
    maxParameters: 32_766,
    addConstraint: false,
    notNullComputed: true,
    schemas: false,
    maxNameBytes: Infinity,
    isolationLevels: ISOLATION_LEVELS,
    guardedReads: true,
    flights: false,
    transactionalDdl: true,
  },
  optionDefaults: { lockTimeoutMs: 5_000 },
  unsupportedOptions: [
    'replicas',
    'resetOnReturn',
    'ssl',
    'statementTimeoutMs',
    'idleInTransactionTimeoutMs',
    'connectTimeoutMs',
    'reconnectWindowMs',
    'provenAliveMs',
  ],
  // a plain key, not AUTOINCREMENT: that writes a second table for each row, to never use the number of a deleted last row again
  autoIncrementClause: 'primary key',
  deferForeignKeys: 'pragma defer_foreign_keys = on',
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: () => '?',
  codec: codecOf,
  inList: (expression, placeholder) =>
    `${expression} in (select value from json_each(${placeholder}))`,
  encodeList,
  bindRaw: (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value),
  createConnectionSource(settings) {
    const location = parseLocation(settings.url.location)
    const library = LIBRARIES.get(settings.url.driver ?? nodeSqlite.name) ?? nodeSqlite
    return location.kind === 'memory'
      ? new MemorySource(settings, library)
      : new FileSource(settings, library, location.path)
  },
  beginSql({ isolation, readOnly, write }) {
    if (isolation !== undefined && isolation !== 'serializable') throw noSuchLevel(isolation)
    return [write === true && readOnly !== true ? 'begin immediate' : 'begin']
  },
  translateError,
  reflect,
  tableNames,
}

/** A JSON array; bigints that a number cannot say would be rounded by `JSON.stringify`'s caller, so they are written as digits. */
function encodeList(members: readonly unknown[]): string {
  if (!members.some((member) => typeof member === 'bigint')) return JSON.stringify(members)
  return `[${members.map((member) => (typeof member === 'bigint' ? String(member) : JSON.stringify(member))).join(',')}]`
}

function noSuchLevel(isolation: IsolationLevel): ArgumentError {
  if (isolation === 'autocommit')
    return new ArgumentError(
      'Cannot begin a transaction with isolation "autocommit": it means that there is none. Send the statements without begin().',
    )
  return new ArgumentError(
    `Cannot begin a transaction with isolation "${isolation}": SQLite has only "serializable", and another level is never taken instead. Ask for "serializable", or for none.`,
    { info: { isolation } },
  )
}
