import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CommitOutcomeUnknownError,
  DisconnectedError,
  ReadOnlyError,
  UniqueViolationError,
} from '../errors/index.ts'
import type { Holder } from '../pool/index.ts'
import { columnTypes, Table } from '../schema/index.ts'
import { createTableSql } from '../sql/index.ts'
import type { Connection } from './connection.ts'
import type { Command } from './driver.ts'
import type { Engine } from './engine.ts'

/** The table of tokens. It is made at the first use, and belongs to athanor. */
export const COMMIT_TOKEN_TABLE = 'athanor_commit'

/** How long the answer about a lost COMMIT may take: the server may have to come back, and the old transaction to end. */
const FENCE_MS = 15_000
const PAUSE_MS = 25
const PURGE_EVERY_MS = 3_600_000
/** Tokens are kept for a day, and for a hundred reconnect windows where that is longer: an answer about a commit never comes later (settled H3). */
const KEEP_MS = 86_400_000
const KEEP_WINDOWS = 100

/** What a transaction that is to happen exactly once proves itself with. */
export interface CommitToken {
  readonly token: string
  /** Inserts it. */
  readonly command: Command
}

/**
 * Tells what became of a COMMIT whose answer was lost, for work that is to happen exactly once.
 *
 * A transaction inserts a random token before anything else. After a lost answer the same token is inserted on another connection, as a fence: if that is refused, the transaction has committed; if it
 * succeeds, it has not and never can, because its own insert would be refused. The insert waits for the old transaction while that lives. One row a transaction, in its first flight; a fence costs two round trips.
 */
export class CommitTokens {
  readonly #engine: Engine
  readonly #table: Table
  #ready: Promise<void> | undefined
  #purgedAt = -Infinity

  constructor(engine: Engine) {
    this.#engine = engine
    this.#table = tokenTable(engine.key)
  }

  /** Makes the table if it is missing, and now and then removes old tokens. Nothing is sent otherwise. What is lost of it leaves no doubt about anybody's work: it may be sent again. */
  async prepare(holder: Holder): Promise<void> {
    this.#ready ??= this.#createTable(holder).catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    await this.#ready
    if (performance.now() - this.#purgedAt < PURGE_EVERY_MS) return
    this.#purgedAt = performance.now()
    await this.#purge(holder)
  }

  /** A new token, and the statement that a transaction begins with. */
  issue(): CommitToken {
    const token = randomUUID()
    return { token, command: this.#insert(token, false) }
  }

  /**
   * Whether the transaction with this token has committed. Afterwards it never will, if it has not.
   *
   * @throws what stands in the way of an answer; the outcome stays unknown then.
   */
  async hasCommitted(token: string, asker: Holder): Promise<boolean> {
    const signal = AbortSignal.timeout(FENCE_MS)
    const holder: Holder = { name: `${asker.name}, asking after its commit`, parent: asker, signal }
    for (;;) {
      try {
        return await this.#fence(token, holder)
      } catch (error) {
        // the fence itself may be lost, also after it was set: it is asked for again, and tells itself from the transaction
        if (!isPassing(error) || signal.aborted) throw error
        await sleep(PAUSE_MS)
      }
    }
  }

  async #fence(token: string, holder: Holder): Promise<boolean> {
    const connection = await this.#engine.acquire('write', holder)
    try {
      return !(await this.#set(connection, token))
    } finally {
      this.#engine.release(connection)
    }
  }

  /** Sets the fence; false when the transaction was there before. */
  async #set(connection: Connection, token: string): Promise<boolean> {
    try {
      await connection.execute(this.#insert(token, true))
      return true
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error
    }
    const { dialect } = this.#engine
    const sql = `select ${dialect.quote('fence')} from ${dialect.quote(COMMIT_TOKEN_TABLE)} where ${dialect.quote('token')} = ${dialect.placeholder(1)}`
    const { rows } = await connection.execute({ sql, parameters: [token], replay: true })
    return Number(rows[0]?.[0]) === 1
  }

  #insert(token: string, isFence: boolean): Command {
    const { dialect } = this.#engine
    const columns = ['token', 'fence'].map((name) => dialect.quote(name)).join(', ')
    return {
      sql: `insert into ${dialect.quote(COMMIT_TOKEN_TABLE)} (${columns}) values (${dialect.placeholder(1)}, ${dialect.placeholder(2)})`,
      parameters: [token, isFence ? 1 : 0],
    }
  }

  async #createTable(holder: Holder): Promise<void> {
    const { dialect } = this.#engine
    const connection = await this.#engine.acquire('write', holder)
    try {
      const exists = async (): Promise<boolean> =>
        (await dialect.tableNames(connection)).includes(COMMIT_TOKEN_TABLE)
      if (await exists()) return
      try {
        for (const sql of createTableSql(this.#table, dialect))
          await connection.execute({ sql, parameters: [], prepare: false, replay: true })
      } catch (error) {
        if (!(await exists())) throw error // another process was faster
      }
    } finally {
      this.#engine.release(connection)
    }
  }

  /** By the server's clock, which wrote the times. */
  async #purge(holder: Holder): Promise<void> {
    const { dialect, options } = this.#engine
    const connection = await this.#engine.acquire('write', holder)
    try {
      const now = await connection.execute({
        sql: 'select current_timestamp',
        parameters: [],
        isRaw: true,
        replay: true,
      })
      const stored = now.rows[0]?.[0]
      const date = now.natural?.[0]?.(stored) ?? stored
      const keepMs = Math.max(KEEP_MS, KEEP_WINDOWS * options.reconnectWindowMs)
      const oldest = new Date(new Date(date as string).getTime() - keepMs)
      const { encode } = dialect.codec(columnTypes.timestamp)
      const sql = `delete from ${dialect.quote(COMMIT_TOKEN_TABLE)} where ${dialect.quote('created_at')} < ${dialect.placeholder(1)}`
      await connection.execute({
        sql,
        parameters: [encode === undefined ? oldest : encode(oldest)],
        replay: true,
      })
    } finally {
      this.#engine.release(connection)
    }
  }
}

/** Whether the server is away, or about to go, or one that does not take writes yet. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof DisconnectedError ||
    error instanceof CommitOutcomeUnknownError || // of the fence itself
    error instanceof ReadOnlyError
  )
}

function tokenTable(engineKey: string): Table {
  const table = new Table(COMMIT_TOKEN_TABLE, engineKey)
  const plain = { nullable: false, autoIncrement: false, computed: undefined }
  table.addColumn({
    ...plain,
    name: 'token',
    property: 'token',
    type: columnTypes.uuid,
    primaryKey: true,
    serverDefault: undefined,
  })
  table.addColumn({
    ...plain,
    name: 'fence',
    property: 'fence',
    type: columnTypes.int,
    primaryKey: false,
    serverDefault: undefined,
  })
  table.addColumn({
    ...plain,
    name: 'created_at',
    property: 'createdAt',
    type: columnTypes.timestamp,
    primaryKey: false,
    serverDefault: 'current_timestamp',
  })
  return table
}
