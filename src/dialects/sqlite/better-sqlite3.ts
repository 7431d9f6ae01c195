import type { SqliteHandle, SqliteLibrary, SqliteStatement } from './library.ts'
import { importPeer } from '../peer/index.ts'
import { severalStatements } from './statement-text.ts'

/** The part of better-sqlite3 that is used; it is an optional peer dependency, so that its own types may be missing. */
interface Database {
  readonly inTransaction: boolean
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

interface Statement {
  /** Whether it gives rows. */
  readonly reader: boolean
  raw(on: boolean): Statement
  safeIntegers(on: boolean): Statement
  columns(): readonly { readonly name: string }[]
  run(...parameters: readonly unknown[]): {
    readonly changes: number
    readonly lastInsertRowid: number | bigint
  }
  all(...parameters: readonly unknown[]): unknown[][]
  iterate(...parameters: readonly unknown[]): IterableIterator<unknown[]>
}

type DatabaseConstructor = new (path: string, options: { readonly timeout: number }) => Database

let loaded: DatabaseConstructor | undefined

/** The package better-sqlite3, found when the first connection is opened. */
export const betterSqlite3: SqliteLibrary = {
  name: 'better-sqlite3',
  open(path, busyTimeoutMs) {
    return loaded === undefined
      ? load().then((constructor) => open(constructor, path, busyTimeoutMs))
      : open(loaded, path, busyTimeoutMs)
  },
}

async function load(): Promise<DatabaseConstructor> {
  const { default: constructor } = (await importPeer('better-sqlite3', {
    from: 12,
    below: 14,
    alternative: 'use the URL "sqlite:…", whose driver is built into Node',
  })) as { readonly default: DatabaseConstructor }
  loaded = constructor
  return constructor
}

function open(constructor: DatabaseConstructor, path: string, timeout: number): SqliteHandle {
  return new BetterHandle(new constructor(path, { timeout }))
}

class BetterHandle implements SqliteHandle {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  prepare(sql: string): SqliteStatement {
    try {
      return new BetterStatement(this.#database.prepare(sql))
    } catch (error) {
      throw error instanceof RangeError && error.message.includes('more than one statement')
        ? severalStatements(sql)
        : error
    }
  }

  close(): void {
    this.#database.close()
  }
}

class BetterStatement implements SqliteStatement {
  readonly givesRows: boolean
  readonly #statement: Statement
  #isExact = false

  constructor(statement: Statement) {
    this.#statement = statement.reader ? statement.raw(true) : statement
    this.givesRows = statement.reader
  }

  columnNames(): readonly string[] {
    return this.givesRows ? this.#statement.columns().map((column) => column.name) : []
  }

  run(parameters: readonly unknown[]): {
    readonly changes: number
    readonly lastInsertRowid: number
  } {
    const { changes, lastInsertRowid } = this.#statement.run(...parameters)
    return { changes, lastInsertRowid: Number(lastInsertRowid) }
  }

  /** This library rounds large integers without a word: a number that large may be one. */
  all(parameters: readonly unknown[]): unknown[][] | undefined {
    const rows = this.#statement.all(...parameters)
    for (const row of rows) if (!normalize(row)) return undefined
    return rows
  }

  allExactly(parameters: readonly unknown[]): unknown[][] {
    this.#readExactly()
    const rows = this.#statement.all(...parameters)
    for (const row of rows) normalize(row)
    return rows
  }

  *iterateExactly(parameters: readonly unknown[]): IterableIterator<unknown[]> {
    this.#readExactly()
    for (const row of this.#statement.iterate(...parameters)) {
      normalize(row)
      yield row
    }
  }

  #readExactly(): void {
    if (this.#isExact) return
    this.#isExact = true
    this.#statement.safeIntegers(true)
  }
}

/** Makes Uint8Array of Buffer, in place; false when the row has a number that may have been rounded. */
function normalize(row: unknown[]): boolean {
  let isExact = true
  for (let i = 0; i < row.length; i += 1) {
    const value = row[i]
    if (typeof value === 'number')
      isExact &&= value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
    else if (typeof value === 'object' && value instanceof Uint8Array)
      row[i] = new Uint8Array(value)
  }
  return isExact
}
