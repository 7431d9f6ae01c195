import type { CallSite } from '../errors/index.ts'
import type { MaybePromise } from '../util/index.ts'

/** One statement on its way to the driver; values are encoded already. */
export interface Command {
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** False for SQL that is sent once: it is not kept prepared. Default true. */
  readonly prepare?: boolean
  /** True for SQL whose columns athanor did not choose: the result names them. Default false. */
  readonly isRaw?: boolean
  /** Of a stream that is raw: told its columns before its first rows. */
  readonly onColumns?: (columns: Pick<DriverResult, 'columns' | 'natural'>) => void
  /** Rows that it must touch. Where it touches another number of them, the COMMIT of its flight does not happen. */
  readonly expectedRows?: number
  /**
   * Whether it may be sent again when the connection is lost before anything came back: true = always, for reads; false = never, for what a ROLLBACK does not undo.
   * Default: while it stands in the first flight of its transaction, which then died uncommitted.
   */
  readonly replay?: boolean
  /** Whether its text was compiled for an earlier command, for reports. Default false. */
  readonly cached?: boolean
  /** For reports: whose call it belongs to, where it travels with those of others or outlives the call. */
  readonly call?: CallSite | undefined
}

/** What came back. */
export interface DriverResult {
  /** Rows as arrays, in the order of the selected columns; empty when the statement gives none. */
  readonly rows: readonly unknown[][]
  /** Names of the columns of `rows`; only for commands that are raw. */
  readonly columns?: readonly string[]
  /** For each of `columns` what makes the natural value of JavaScript of its stored form, which is not null; undefined = the stored form is that. */
  readonly natural?: readonly (((stored: unknown) => unknown) | undefined)[]
  /** Rows matched by INSERT, UPDATE or DELETE; 0 for other statements. */
  readonly affectedRows: number
  /** The generated key of the last inserted row, where the driver tells; a bigint only where a number cannot say it. */
  readonly lastInsertId?: number | bigint
}

/** Commands that are to be sent without waiting in between, as far as that is safe. */
export interface Flight {
  /** What must stand before them: BEGIN, its isolation level, SAVEPOINT. They give no results. */
  readonly prelude: readonly Command[]
  readonly commands: readonly Command[]
  /** Whether COMMIT follows them. */
  readonly commit: boolean
}

/** How a flight ended. */
export interface FlightOutcome {
  /** Of the commands, in order, up to the first that failed. With `commit`, and no error, the transaction is committed. */
  readonly results: readonly DriverResult[]
  /** What the first failing part threw: prelude, the command behind the last result, or COMMIT. */
  readonly error?: unknown
  /** Whether COMMIT was handed to the network: when the connection is lost after that, nobody knows its outcome. */
  readonly commitSent: boolean
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
  /** Whether the open transaction can only be rolled back, or back to a savepoint, because a statement in it failed. PostgreSQL has that. */
  readonly hasFailed?: boolean
  /** False once the connection was lost or closed. */
  readonly isOpen: boolean
  /** What was noticed first when it was lost, as a statement that is lost ends with it; `Dialect.translateError` makes a DisconnectedError of it. Undefined where nobody knows. Servers only. */
  readonly lostBy?: unknown
  /** When bytes last came from the server, by `performance.now()`. Servers only. */
  readonly lastHeardAt?: number
  /** How long the server lets a connection be silent before it closes it, in milliseconds (MariaDB's wait_timeout). Undefined where that is not known, or for ever. */
  readonly serverIdleLimitMs?: number | undefined
  /**
   * Set by the source of the connection. The adapter calls it once when it learns that the connection is lost, at the latest when `isOpen` turns false by itself, with what the
   * driver told: an idle connection then leaves the pool at once, and not at the next checkout. Never for `close()` or `destroy()`. Servers only.
   */
  onLost?: ((error: unknown) => void) | undefined
  execute(command: Command): MaybePromise<DriverResult>
  /**
   * As if the parts were sent one after another, each awaited, up to the first failure, in as few round trips as that allows; never rejects. A command that fails, or
   * touches other than `expectedRows`, keeps COMMIT from happening. What stands behind it may have run, but only inside the transaction, which is then to be rolled back.
   * Servers only.
   */
  flight?(flight: Flight): Promise<FlightOutcome>
  /** Rows in chunks of at most `chunkSize`; leaving the loop early closes the cursor. */
  stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]>
  /** Asks the server, over a connection of its own, to end the statement that runs now, and waits for that call: a late one would meet the next statement. Servers only. */
  cancel?(): Promise<void>
  /** Ends the socket at once; what waits on it fails with `cause`. Servers only. */
  destroy?(cause: Error): void
  /**
   * Forgets what somebody left on the session: variables, temporary tables, locks that outlive a transaction, prepared statements by name where that takes those of athanor along. Afterwards the
   * session is as it was when it was opened. Outside of a transaction only.
   */
  reset?(): Promise<void>
  close(): MaybePromise<void>
}
