import { DatabaseError, OperationalError } from '../errors/index.ts'
import type { EngineUrl } from './url.ts'
import { parseServerAddress } from './server-address.ts'

/** Attempts to open one connection. */
export interface Attempts {
  /** When the first began, by the clock on the wall. */
  readonly since: Date
  readonly tries: number
  readonly elapsedMs: number
}

/** Which server, as messages and an error's `info` name it: never with a password. */
export interface ServerPlace {
  readonly engineKey: string
  /** `db.example:5432/app`. */
  readonly server: string
}

/** `host:port/database`, as far as the URL says it. */
export function describeServer(url: EngineUrl): string {
  const { host, port, database } = parseServerAddress(url)
  const name = host?.includes(':') === true ? `[${host}]` : (host ?? 'localhost')
  return `${name}${port === undefined ? '' : `:${port}`}/${database ?? ''}`
}

/** What one reports who got no connection because there is no way to the server, or it refuses. */
export function cannotConnect(
  cause: unknown,
  { engineKey, server }: ServerPlace,
  { isTransient, attempts }: { readonly isTransient: boolean; readonly attempts: Attempts },
): OperationalError {
  const tried =
    attempts.tries > 1 ? ` It was tried ${attempts.tries} times since ${since(attempts)}.` : ''
  const advice = isTransient
    ? 'See that the server runs and can be reached from here.'
    : 'Correct the URL of the engine, or what the server allows.'
  return new OperationalError(
    `Cannot connect engine "${engineKey}" to ${server}: ${reasonOf(cause)}.${tried} ${advice}`,
    {
      code: 'CANNOT_OPEN',
      cause,
      engineKey,
      retryable: isTransient,
      ...(cause instanceof DatabaseError ? { sqlState: cause.sqlState } : {}),
      info: { server, tries: attempts.tries, since: attempts.since.toISOString() },
    },
  )
}

/** What one reports whose time is over while the server has not answered at all. */
export function noAnswer({ engineKey, server }: ServerPlace, attempts: Attempts): OperationalError {
  return new OperationalError(
    `Cannot connect engine "${engineKey}" to ${server}: it has not answered since ${since(attempts)}. See that the server runs and can be reached from here; connectTimeoutMs limits one attempt.`,
    {
      code: 'CANNOT_OPEN',
      engineKey,
      retryable: true,
      info: { server, tries: attempts.tries, since: attempts.since.toISOString() },
    },
  )
}

/** `2026-01-31T12:00:00.000Z (5.0 s)`. */
function since({ since: start, elapsedMs }: Attempts): string {
  return `${start.toISOString()} (${(elapsedMs / 1000).toFixed(1)} s)`
}

/** The driver's own words. An attempt on several addresses of a host has none, only those of each. */
function reasonOf(error: unknown): string {
  const driver = error instanceof DatabaseError ? (error.cause ?? error) : error
  if (driver instanceof AggregateError && driver.message === '') {
    return driver.errors.map(reasonOf).join(', ')
  }
  const text = driver instanceof Error ? driver.message || driver.name : String(driver)
  return text.replace(/[.\s]+$/, '')
}
