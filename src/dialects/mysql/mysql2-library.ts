import type { Readable } from 'node:stream'
import { importPeer } from '../peer/index.ts'

/** The part of the package mysql2, with callbacks, that is used; it is an optional peer dependency, so that its own types may be missing. */
export interface MySql2Library {
  createConnection(options: object): MySql2Client
  /** Values whose type is told to the server; older versions have none. */
  readonly TypedParameter?: {
    LONG(value: number): unknown
    LONGLONG(value: bigint | number): unknown
  }
}

/** One connection of the package. */
export interface MySql2Client {
  readonly threadId: number
  /** Takes what arrives. Not documented: it may be missing. */
  packetParser?: { execute(data: Buffer): void }
  connect(callback: (error: unknown) => void): void
  query(options: MySql2Statement, callback: MySql2Callback): unknown
  query(options: MySql2Statement): MySql2Running
  execute(options: MySql2Statement, callback: MySql2Callback): unknown
  execute(options: MySql2Statement): MySql2Running
  unprepare(sql: MySql2Statement): unknown
  reset(callback: (error: unknown) => void): void
  on(event: 'error' | 'end', listener: (error: unknown) => void): unknown
  end(callback: () => void): void
  destroy(): void
}

/** What is sent. */
export interface MySql2Statement {
  readonly sql: string
  readonly values?: readonly unknown[]
}

/** Called with an error, or with the answer and what its columns are. */
export type MySql2Callback = (
  error: unknown,
  answer?: MySql2Answer,
  columns?: readonly MySql2Column[],
) => void

/** Rows, or what a statement without rows did. */
export type MySql2Answer = readonly unknown[][] | MySql2Ok

/** The answer of a statement that gives no rows. */
export interface MySql2Ok {
  readonly affectedRows: number
  readonly insertId: number | string
  /** Flags: 1 = in a transaction. */
  readonly serverStatus: number
}

/** A column of a result. */
export interface MySql2Column {
  readonly name: string
  readonly columnType: number
  readonly columnLength: number
  readonly extendedFormat?: string
}

/** A statement whose rows come one by one. */
export interface MySql2Running {
  on(event: 'fields', listener: (columns: readonly MySql2Column[] | undefined) => void): unknown
  stream(options: { readonly highWaterMark: number }): Readable
}

let loading: Promise<MySql2Library> | undefined

/** The package mysql2, found when the first connection is opened. @throws {ConfigurationError} MISSING_DRIVER. */
export function loadMySql2(): Promise<MySql2Library> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined // it may be installed meanwhile
    throw error
  }))
}

async function load(): Promise<MySql2Library> {
  const module = (await importPeer('mysql2', { from: 3, below: 4 })) as {
    readonly default: MySql2Library
  }
  return module.default
}
