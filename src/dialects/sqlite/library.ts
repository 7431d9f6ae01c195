import type { MaybePromise } from '../../util/index.ts'

/** What the adapter needs of a SQLite library. Everything is synchronous but the first `open` of a library that has to be found. */
export interface SqliteLibrary {
  /** Its name after `sqlite+` in a URL. */
  readonly name: string
  /** @throws {ConfigurationError} MISSING_DRIVER when it is not installed. */
  open(path: string, busyTimeoutMs: number): MaybePromise<SqliteHandle>
}

/** An open database. */
export interface SqliteHandle {
  readonly inTransaction: boolean
  /** Runs SQL of the adapter itself: pragmas. */
  exec(sql: string): void
  /** @throws {BindError} BIND when the text holds several statements. */
  prepare(sql: string): SqliteStatement
  close(): void
}

/** A prepared statement. Parameters have been counted and checked. */
export interface SqliteStatement {
  readonly givesRows: boolean
  columnNames(): readonly string[]
  run(parameters: readonly unknown[]): {
    readonly changes: number
    readonly lastInsertRowid: number
  }
  /** Rows with integers as numbers, bytes as Uint8Array; undefined when an integer is too large for a number. */
  all(parameters: readonly unknown[]): unknown[][] | undefined
  /** Rows with integers as bigint. */
  allExactly(parameters: readonly unknown[]): unknown[][]
  /** As `allExactly`, row by row. */
  iterateExactly(parameters: readonly unknown[]): IterableIterator<unknown[]>
}
