import { ConfigurationError, OperationalError, type AthanorError } from '../errors/index.ts'
import type { EngineSettings } from './dialect.ts'
import { parseServerAddress } from './server-address.ts'

/** Attempts to open one connection. */
export interface Attempts {
  /** When the first began, by the clock on the wall. */
  readonly since: Date
  readonly tries: number
  readonly elapsedMs: number
}

/** Which server, and who asks it, as messages and an error's `info` name them: never with a password. */
export interface ServerPlace {
  readonly engineKey: string
  /** `db.example:5432/app`. */
  readonly server: string
  /** Who logs in. */
  readonly user: string
  /** What is asked for. */
  readonly database: string
}

/** Why an attempt to connect failed, as the dialect reads what its driver said. */
export interface ConnectFault {
  /**
   * `passing`: the server is away, starts, or has no place left; it may be there in a moment. `login`: it does not let the user in, or not into the database. `database`: it has
   * none of that name. `lasting`: another reason that waiting does not mend.
   */
  readonly kind: 'passing' | 'login' | 'database' | 'lasting'
  readonly sqlState?: string | undefined
  /** What the server said, without what its driver adds. Default: the message of the error. */
  readonly words?: string | undefined
}

/** The place that an engine's URL names, as far as it does: `host:port/database`. */
export function placeOf({ key, url }: Pick<EngineSettings, 'key' | 'url'>): ServerPlace {
  const { host, port, database = '', user = '' } = parseServerAddress(url)
  const name = host?.includes(':') === true ? `[${host}]` : (host ?? 'localhost')
  const server = `${name}${port === undefined ? '' : `:${port}`}/${database}`
  return { engineKey: key, server, user, database }
}

/** What one reports who got no connection: the one error of athanor, with the driver's as its cause. */
export function cannotConnect(
  cause: unknown,
  place: ServerPlace,
  { fault, attempts }: { readonly fault: ConnectFault; readonly attempts: Attempts },
): AthanorError {
  const reason = withoutStop(fault.words ?? reasonOf(cause))
  if (fault.kind === 'login' || fault.kind === 'database')
    return refused(cause, place, { ...fault, reason })
  const { engineKey, server } = place
  const isTransient = fault.kind === 'passing'
  const tried =
    attempts.tries > 1 ? ` It was tried ${attempts.tries} times since ${since(attempts)}.` : ''
  const advice = isTransient
    ? 'See that the server runs and can be reached from here.'
    : 'Correct the URL of the engine, or what the server allows.'
  return new OperationalError(
    `Cannot connect engine "${engineKey}" to ${server}: ${reason}.${tried} ${advice}`,
    {
      code: 'CANNOT_OPEN',
      cause,
      engineKey,
      retryable: isTransient,
      sqlState: fault.sqlState,
      info: { server, tries: attempts.tries, since: attempts.since.toISOString() },
    },
  )
}

/** The configuration does not fit the server: no attempt is different from the first. */
function refused(
  cause: unknown,
  { engineKey, server, user, database }: ServerPlace,
  { kind, reason, sqlState }: ConnectFault & { readonly reason: string },
): ConfigurationError {
  const isLogin = kind === 'login'
  const advice = isLogin
    ? 'Correct user and password in the URL of the engine, or what the server allows this user.'
    : `Correct the database in the URL of the engine, or create "${database}" on the server.`
  return new ConfigurationError(
    `Cannot connect engine "${engineKey}" to ${server} as "${user}": ${reason}. ${advice}`,
    {
      code: isLogin ? 'LOGIN_REFUSED' : 'DATABASE_NOT_FOUND',
      cause,
      info: { engineKey, server, user, database, sqlState },
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
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message || error.name : String(error)
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, '')
}
