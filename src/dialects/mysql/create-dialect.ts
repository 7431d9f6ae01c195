import { ArgumentError } from '../../errors/index.ts'
import type { Dialect, DialectFeatures, IsolationLevel } from '../../engine/index.ts'
import { createCodecs, quoteText } from './codecs.ts'
import { serverDriver, type TransportLibrary } from './open-server.ts'
import { reflect, tableNames } from './reflect.ts'
import { ServerSource } from './server-source.ts'
import { translateError } from './translate-error.ts'

const ISOLATION_LEVELS: readonly IsolationLevel[] = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
  'autocommit',
]

/** What MariaDB and MySQL have in common. */
const FEATURES: Omit<DialectFeatures, 'insertReturning' | 'deleteReturning'> = {
  sequentialAssignments: true,
  updateReturning: false,
  rowLocks: true,
  lockOf: false,
  conflictTarget: false,
  duplicateKeyUpdate: true,
  ilike: false,
  backslashEscapes: true,
  limitInSubquery: false,
  selfSubqueries: true,
  rowValues: true,
  defaultKeyword: true,
  nullsOrder: false,
  nullsAreLargest: false,
  checksComparands: false,
  lastInsertId: true,
  termsByPlace: false,
  maxParameters: 65_535,
  addConstraint: true,
  notNullComputed: false,
  schemas: true,
  maxNameBytes: 64,
  isolationLevels: ISOLATION_LEVELS,
  guardedReads: true,
  flights: true,
  transactionalDdl: false,
}

/** Options of databases that are files. */
const FILE_OPTIONS = ['durability', 'cacheSizeKib', 'maxPageCount'] as const

/** What one of the two says by itself. */
export interface DialectParts {
  readonly name: string
  readonly drivers: readonly (Dialect['drivers'][number] & { readonly library: TransportLibrary })[]
  readonly supports: Pick<DialectFeatures, 'insertReturning' | 'deleteReturning'> &
    Partial<DialectFeatures>
  /** Character set and collation of text columns. */
  readonly collation: string
  /** Whether the server ends transactions that send nothing. */
  readonly endsIdleTransactions: boolean
}

/** A dialect of the MySQL family. */
export function createDialect(parts: DialectParts): Dialect {
  const { name, drivers, supports, collation, endsIdleTransactions } = parts
  const codec = createCodecs({ collation })
  return {
    name,
    kyselyFlavour: 'mysql',
    drivers: drivers.map(({ name: driver, install }) => ({
      name: driver,
      ...(install === undefined ? {} : { install }),
    })),
    supports: { ...FEATURES, ...supports },
    optionDefaults: endsIdleTransactions ? { idleInTransactionTimeoutMs: 60_000 } : {},
    unsupportedOptions: endsIdleTransactions
      ? FILE_OPTIONS
      : [...FILE_OPTIONS, 'idleInTransactionTimeoutMs'],
    autoIncrementClause: 'auto_increment',
    tableOptions: 'engine=InnoDB',
    quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
    placeholder: () => '?',
    codec,
    quoteText,
    createConnectionSource(settings) {
      const wanted = settings.url.driver
      const { library } = drivers.find((driver) => driver.name === wanted) ?? firstOf(drivers)
      return new ServerSource(settings, serverDriver(settings, library))
    },
    beginSql({ isolation, readOnly }) {
      if (isolation === 'autocommit') throw noTransaction()
      const begin = `start transaction ${readOnly === true ? 'read only' : 'read write'}`
      return isolation === undefined
        ? [begin]
        : [`set transaction isolation level ${levelText(isolation)}`, begin]
    },
    translateError,
    reflect,
    tableNames,
  }
}

/** From a closed list: nothing else may come into the text. */
function levelText(isolation: IsolationLevel): IsolationLevel {
  const level = ISOLATION_LEVELS.find((each) => each === isolation)
  if (level !== undefined) return level
  throw new ArgumentError(
    `Cannot begin a transaction with isolation "${isolation}": there is no such level. Use one of ${ISOLATION_LEVELS.join(', ')}.`,
    { info: { isolation } },
  )
}

function firstOf<T>(list: readonly T[]): T {
  const [first] = list
  if (first === undefined) throw new TypeError('a dialect has a driver')
  return first
}

function noTransaction(): ArgumentError {
  return new ArgumentError(
    'Cannot begin a transaction with isolation "autocommit": it means that there is none. Send the statements without begin().',
  )
}
