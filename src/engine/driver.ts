import type { MaybePromise } from '../util/index.ts'

/** One statement on its way to the driver; values are encoded already. */
export interface Command {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** False for SQL that is sent once: it is not kept prepared. Default true. */
  readonly prepare?: boolean
}

/** What came back. */
export interface DriverResult {
  /** Rows as arrays, in the order of the selected columns; empty when the statement gives none. */
  readonly rows: readonly unknown[][]
  /** Names of the columns of `rows`, only for statements whose columns athanor did not choose (raw SQL); see `executeNamed`. */
  readonly columns?: readonly string[]
  /** Rows matched by INSERT, UPDATE or DELETE; 0 for other statements. */
  readonly affectedRows: number
  /** The generated key of the last inserted row, where the driver tells; a bigint only where a number cannot say it. */
  readonly lastInsertId?: number | bigint
}

/**
 * One physical connection, as a dialect's driver adapter gives it.
 *
 * The adapter, not the driver, checks what it is given: number of parameters, one statement a text, only values that the database stores as they are.
 * It throws what the driver threw; `Dialect.translateError` makes athanor's error of it.
 */
export interface DriverConnection {
  /** Whether a transaction is open, as the driver knows it (never as we remember it). */
  readonly inTransaction: boolean
  /** False once the connection was lost or closed. */
  readonly isOpen: boolean
  execute(command: Command): MaybePromise<DriverResult>
  /** As `execute`, with `columns` filled. For raw SQL. */
  executeNamed(command: Command): MaybePromise<DriverResult>
  /** Rows in chunks of at most `chunkSize`; leaving the loop early closes the cursor. */
  stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]>
  close(): MaybePromise<void>
}
