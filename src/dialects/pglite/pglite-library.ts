import { importPeer } from '../peer/index.ts'
import type { TransactionStatus, WireField, WireValue } from '../postgres/index.ts'

/** The part of @electric-sql/pglite that is used; it is an optional peer dependency, so that its own types may be missing. */
export interface PgliteLibrary {
  readonly PGlite: {
    /** Opens the database in a folder, `memory://` for one in memory. */
    create(options: { readonly dataDir: string }): Promise<PgliteDatabase>
  }
  readonly protocol: {
    readonly serialize: {
      parse(message: { readonly name: string; readonly text: string }): Uint8Array
      bind(message: {
        readonly statement: string
        readonly values: readonly WireValue[]
      }): Uint8Array
      describe(message: { readonly type: 'P'; readonly name: '' }): Uint8Array
      execute(message: Record<string, never>): Uint8Array
      close(message: { readonly type: 'S'; readonly name: string }): Uint8Array
      sync(): Uint8Array
    }
    readonly Parser: new () => {
      parse(answer: Uint8Array, callback: (message: PgliteMessage) => void): void
    }
  }
}

/** A PostgreSQL in this process. */
export interface PgliteDatabase {
  /** Messages of the protocol, and what it answers. */
  execProtocolRaw(messages: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

/** What the database answers. */
export type PgliteMessage =
  | { readonly name: 'parseComplete' | 'noData' | 'emptyQuery' | 'bindComplete' | 'closeComplete' }
  | { readonly name: 'rowDescription'; readonly fields: readonly WireField[] }
  | { readonly name: 'dataRow'; readonly fields: unknown[] }
  | { readonly name: 'commandComplete'; readonly text: string }
  | { readonly name: 'readyForQuery'; readonly status: TransactionStatus }
  | ({ readonly name: 'error' } & Error)

let loading: Promise<PgliteLibrary> | undefined

/** The package, found when the first database is opened. @throws {ConfigurationError} MISSING_DRIVER. */
export function loadPglite(): Promise<PgliteLibrary> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined // it may be installed meanwhile
    throw error
  }))
}

async function load(): Promise<PgliteLibrary> {
  const module = (await importPeer('@electric-sql/pglite', { from: 0, below: 1 })) as {
    readonly default: PgliteLibrary
  }
  return module.default
}
