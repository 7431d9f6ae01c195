import { AthanorError, OperationalError } from '../../errors/index.ts'
import type { EffectiveEngineOptions } from '../../engine/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import type { SqliteHandle, SqliteLibrary } from './library.ts'
import { pauses } from './pauses.ts'
import { SqliteConnection, isBusy } from './sqlite-connection.ts'
import { translateError } from './translate-error.ts'

/** How long SQLite itself waits for another process. The thread stands still meanwhile, so the rest is waited for in JavaScript. */
const NATIVE_BUSY_MS = 10

/** A connection to be opened. */
export interface ConnectionPlan {
  readonly engineKey: string
  readonly library: SqliteLibrary
  /** The path of a file, or `:memory:`. */
  readonly path: string
  readonly options: EffectiveEngineOptions
  /** True: it refuses to write. */
  readonly onlyReads: boolean
}

/**
 * Opens a connection and sets it up: WAL, foreign keys, page cache, durability. At once, unless the library has to be found first or another process has
 * locked the database.
 */
export function openConnection(plan: ConnectionPlan): MaybePromise<SqliteConnection> {
  try {
    const handle = plan.library.open(plan.path, NATIVE_BUSY_MS)
    const connection =
      handle instanceof Promise ? handle.then((opened) => setUp(opened, plan)) : setUp(handle, plan)
    return connection instanceof Promise
      ? connection.catch((error: unknown) => Promise.reject(translated(error, plan)))
      : connection
  } catch (error) {
    throw translated(error, plan)
  }
}

/** Here it is known which file it is; later, which statement. */
function translated(error: unknown, { engineKey, path }: ConnectionPlan): AthanorError {
  return error instanceof AthanorError ? error : translateError(error, { engineKey, file: path })
}

function setUp(handle: SqliteHandle, plan: ConnectionPlan): MaybePromise<SqliteConnection> {
  try {
    return setUpNow(handle, plan)
  } catch (error) {
    if (isBusy(error)) return setUpWhenFree(handle, plan, error)
    handle.close()
    throw error
  }
}

async function setUpWhenFree(
  handle: SqliteHandle,
  plan: ConnectionPlan,
  firstError: unknown,
): Promise<SqliteConnection> {
  let last = firstError
  for await (const _ of pauses(plan.options.lockTimeoutMs)) {
    try {
      return setUpNow(handle, plan)
    } catch (error) {
      last = error
      if (!isBusy(error)) break
    }
  }
  handle.close()
  throw last
}

function setUpNow(handle: SqliteHandle, plan: ConnectionPlan): SqliteConnection {
  const { options, engineKey } = plan
  const isFile = plan.path !== ':memory:'
  handle.exec('pragma foreign_keys = on')
  // SQLite ignores the pragma where it was built without foreign keys, or inside a transaction
  if (read(handle, 'foreign_keys') !== 1)
    throw new OperationalError(
      `Cannot use ${plan.library.name} on engine "${engineKey}": it does not enforce foreign keys. Use a SQLite that was built with them.`,
      { engineKey },
    )
  if (isFile && read(handle, 'journal_mode = wal') !== 'wal' && !plan.onlyReads)
    warnNoWal(plan.path)
  handle.exec(`pragma synchronous = ${options.durability}`)
  handle.exec(`pragma cache_size = ${-options.cacheSizeKib}`)
  if (options.maxPageCount !== undefined)
    handle.exec(`pragma max_page_count = ${options.maxPageCount}`)
  const connection = new SqliteConnection(handle, {
    engineKey,
    lockTimeoutMs: options.lockTimeoutMs,
    keepsStatements: options.preparedStatements !== false,
  })
  connection.guard(plan.onlyReads)
  return connection
}

function read(handle: SqliteHandle, pragma: string): unknown {
  return handle.prepare(`pragma ${pragma}`).all([])?.[0]?.[0]
}

function warnNoWal(path: string): void {
  process.emitWarning(
    `The SQLite file "${path}" cannot be put into WAL mode: reading and writing wait for each other. Is it on a network file system?`,
    {
      type: 'AthanorWarning',
      code: 'ATHANOR_NO_WAL',
    },
  )
}
