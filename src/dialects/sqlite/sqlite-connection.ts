import { LockTimeoutError, ReadOnlyError } from '../../errors/index.ts'
import type { Command, DriverConnection, DriverResult } from '../../engine/index.ts'
import { seconds } from '../../pool/index.ts'
import { LruMap, type MaybePromise } from '../../util/index.ts'
import type { SqliteHandle } from './library.ts'
import { pauses } from './pauses.ts'
import { PreparedStatement } from './prepared-statement.ts'
import { ResultCode, nameOf, primary, resultCodeOf } from './result-codes.ts'

/** Statements that a connection keeps prepared: preparing costs 9 µs, a look-up 0.03. */
const STATEMENTS_KEPT = 500

/** What a connection has to know of its engine. */
export interface ConnectionSettings {
  readonly engineKey: string
  /** How long a statement waits for another process to unlock the database. */
  readonly lockTimeoutMs: number
  /** Whether statements are kept prepared. */
  readonly keepsStatements: boolean
}

/** One connection to a SQLite database, through either library. Statements run at once; only waiting for another process takes time. */
export class SqliteConnection implements DriverConnection {
  #onlyReads = false
  #isOpen = true
  readonly #handle: SqliteHandle
  readonly #settings: ConnectionSettings
  readonly #statements = new LruMap<string, PreparedStatement>(STATEMENTS_KEPT)

  constructor(handle: SqliteHandle, settings: ConnectionSettings) {
    this.#handle = handle
    this.#settings = settings
  }

  get inTransaction(): boolean {
    return this.#isOpen && this.#handle.inTransaction
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Hot: once a statement. */
  execute(command: Command): MaybePromise<DriverResult> {
    try {
      return this.#run(command)
    } catch (error) {
      return this.#retryIfBusy(error, command)
    }
  }

  /** Has a statement of its own, so that the same text may be sent while the rows come. */
  async *stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    const statement = new PreparedStatement(this.#handle, command.sql)
    command.onColumns?.({ columns: statement.columnNames() })
    yield* statement.chunks(command.parameters, chunkSize)
  }

  /** Whether SQLite refuses whatever is not a read. */
  get onlyReads(): boolean {
    return this.#onlyReads
  }

  guard(onlyReads: boolean): void {
    if (onlyReads === this.#onlyReads || !this.#isOpen) return
    this.#handle.exec(`pragma query_only = ${onlyReads ? 1 : 0}`)
    this.#onlyReads = onlyReads
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#handle.close()
  }

  #run(command: Command): DriverResult {
    const statement = this.#statement(command)
    const result = statement.execute(command.parameters)
    return command.isRaw === true ? { ...result, columns: statement.columnNames() } : result
  }

  /** @throws {ReadOnlyError} READ_ONLY for what would change a connection that only reads, and is kept for others. */
  #statement(command: Command): PreparedStatement {
    const statement = this.#statements.get(command.sql) ?? this.#prepare(command)
    if (this.#onlyReads && statement.changesConnection)
      throw changesReader(command.sql, this.#settings.engineKey)
    return statement
  }

  #prepare({ sql, prepare }: Command): PreparedStatement {
    const statement = new PreparedStatement(this.#handle, sql)
    if (prepare !== false && this.#settings.keepsStatements) this.#statements.set(sql, statement)
    return statement
  }

  #retryIfBusy(error: unknown, command: Command): Promise<DriverResult> {
    if (!isBusy(error)) throw error
    return this.#retryWhileBusy(command, error)
  }

  /**
   * Another process has locked the database. The statement had no effect, so it can be sent again; waiting inside the driver would stop everything else in
   * this process.
   */
  async #retryWhileBusy(command: Command, cause: unknown): Promise<DriverResult> {
    const { lockTimeoutMs, engineKey } = this.#settings
    for await (const _ of pauses(lockTimeoutMs)) {
      try {
        return this.#run(command)
      } catch (error) {
        if (!isBusy(error)) throw error
      }
    }
    throw new LockTimeoutError(
      `Cannot send a statement on engine "${engineKey}": another process, or another connection to the file, kept it locked for ${seconds(lockTimeoutMs)}. Keep its transactions short, or raise lockTimeoutMs.`,
      {
        cause,
        sql: command.sql,
        engineKey,
        sqlState: nameOf(ResultCode.busy),
      },
    )
  }
}

function changesReader(sql: string, engineKey: string): ReadOnlyError {
  return new ReadOnlyError(
    `Cannot set up a connection of engine "${engineKey}" that only reads: it is kept for others. Send the statement in a transaction.`,
    { info: { sql, engineKey } },
  )
}

/** Locked by another connection, which may end. A snapshot that is too old never becomes young again: no reason to wait. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error)
  return code !== undefined && primary(code) === ResultCode.busy && code !== ResultCode.busySnapshot
}
