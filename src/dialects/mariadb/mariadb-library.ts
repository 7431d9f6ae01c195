import type { Readable } from 'node:stream'
import { importPeer } from '../peer/index.ts'

/** The part of the package mariadb, with callbacks, that is used; it is an optional peer dependency, so that its own types may be missing. */
export interface MariaDbLibrary {
  createConnection(options: object): MariaDbClient
}

/** One connection of the package. */
export interface MariaDbClient {
  readonly info: {
    /** Flags of the last reply: 1 = in a transaction. An error sets that flag whatever the server says. */
    readonly status: number
    readonly serverVersion: { readonly raw: string }
    isMariaDB(): boolean
    hasMinVersion(major: number, minor: number, patch: number): boolean
  }
  readonly threadId: number
  connect(callback: (error: unknown) => void): void
  query(sql: string, callback: MariaDbCallback): unknown
  execute(sql: string, values: readonly unknown[], callback: MariaDbCallback): void
  queryStream(sql: string, values?: readonly unknown[]): MariaDbRows
  prepare(sql: string, callback: (error: unknown, statement?: MariaDbStatement) => void): void
  reset(callback: (error?: unknown) => void): void
  on(event: 'error' | 'end', listener: (error: unknown) => void): unknown
  /** Called for each listener that is added; `this` is the connection itself, which the client hides. */
  on(event: 'newListener', listener: (this: MariaDbInside) => void): unknown
  end(callback: () => void): void
  destroy(): void
}

/** What the package keeps to itself: it may be missing. */
export interface MariaDbInside {
  /** Takes what arrives. */
  readonly streamIn?: { onData(data: Buffer): void }
}

/** Called with an error, or with the answer and what its columns are. */
export type MariaDbCallback = (
  error: unknown,
  answer?: MariaDbAnswer,
  columns?: readonly MariaDbColumn[],
) => void

/** Rows, or what a statement without rows did. */
export type MariaDbAnswer = readonly unknown[][] | MariaDbOk

/** The answer of a statement that gives no rows. */
export interface MariaDbOk {
  readonly affectedRows: number
  readonly insertId: bigint
}

/** A column of a result. */
export interface MariaDbColumn {
  readonly columnType: number
  readonly columnLength: number
  name(): string
  isDataTypeFormatJson(): boolean
}

/** A prepared statement. */
export interface MariaDbStatement {
  executeStream(values: readonly unknown[]): MariaDbRows
  close(): void
}

/** Rows as they come. `close` makes it drop those that are still coming. */
export interface MariaDbRows extends Readable {
  close(): void
}

let loading: Promise<MariaDbLibrary> | undefined

/** The package mariadb, found when the first connection is opened. @throws {ConfigurationError} MISSING_DRIVER. */
export function loadMariaDb(): Promise<MariaDbLibrary> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined // it may be installed meanwhile
    throw error
  }))
}

async function load(): Promise<MariaDbLibrary> {
  const module = (await importPeer('mariadb', {
    from: 3,
    below: 4,
    entry: 'callback',
  })) as MariaDbLibrary & { readonly default?: MariaDbLibrary }
  return module.default ?? module
}
