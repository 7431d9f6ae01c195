import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { importPeer } from '../peer/index.ts'
import type { Frontend, TransactionStatus, WireField } from './wire.ts'

/** The part of pg that is used; it is an optional peer dependency, so that its own types may be missing. */
export interface PgLibrary {
  readonly Client: new (config: PgConfig) => PgClient
  readonly Connection: new (config: { readonly ssl: PgConfig['ssl'] }) => PgConnection
}

/** How to connect. */
export interface PgConfig {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: () => string
  readonly database: string
  readonly ssl: boolean | object
  readonly application_name: string | undefined
  readonly connectionTimeoutMillis: number
  readonly keepAlive: boolean
  readonly keepAliveInitialDelayMillis: number
}

/** One client, on one connection. */
export interface PgClient extends EventEmitter {
  readonly connection: PgConnection
  readonly processID: number | null
  readonly secretKey: number | null
  connect(): Promise<unknown>
  query(submittable: PgSubmittable): unknown
  end(): Promise<void>
  getTransactionStatus(): TransactionStatus | null
  getStartupConf(): Record<string, string>
}

/** Its socket and protocol. */
export interface PgConnection extends EventEmitter, Frontend {
  readonly stream: Duplex
  connect(portOrPath: number | string, host?: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
}

/** What a client runs: it writes itself, and is told what comes back. */
export interface PgSubmittable {
  submit(connection: PgConnection): void
  handleError(error: Error): void
  handleRowDescription(message: { readonly fields: readonly WireField[] }): void
  handleDataRow(message: { readonly fields: unknown[] }): void
  handleCommandComplete(message: { readonly text: string }): void
  handleEmptyQuery(): void
  handlePortalSuspended(): void
  handleCopyInResponse(): void
  handleCopyData(): void
  handleReadyForQuery(): void
}

let loading: Promise<PgLibrary> | undefined

/** The package pg, found when the first connection is opened. @throws {ConfigurationError} MISSING_DRIVER. */
export function loadPg(): Promise<PgLibrary> {
  return (loading ??= load().catch((error: unknown) => {
    loading = undefined // it may be installed meanwhile
    throw error
  }))
}

async function load(): Promise<PgLibrary> {
  const module = (await importPeer('pg', {
    from: 8,
    below: 9,
    alternative: 'use the URL "pglite:…" for a database without a server',
  })) as { readonly default: PgLibrary }
  return withSettledSession(module.default)
}

/** What a session must agree on for values to be read rightly, given with the start-up packet: no round trip, a pooler passes it on, and RESET ALL goes back to it. */
const SESSION: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, YMD',
  TimeZone: 'UTC',
}

function withSettledSession({ Client, Connection }: PgLibrary): PgLibrary {
  class SettledClient extends Client {
    override getStartupConf(): Record<string, string> {
      return { ...super.getStartupConf(), ...SESSION }
    }
  }
  return { Client: SettledClient, Connection }
}
