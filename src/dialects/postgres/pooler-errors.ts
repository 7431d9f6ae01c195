import { PoolTimeoutError } from '../../errors/index.ts'
import type { ConnectFault, ErrorContext } from '../../engine/index.ts'
import { isServerError, type ServerError } from './wire.ts'

/**
 * pgbouncer gives nearly everything that it says one SQLSTATE, 08P01, and passes on with it what the server said when it logged in there. It says it in English only. So its words decide,
 * and nothing else does; what is not listed may pass.
 */
const OF_POOLER = '08'
const QUERY_WAIT = 'query_wait_timeout'

const LASTING: readonly (readonly [words: RegExp, kind: ConnectFault['kind']])[] = [
  [/^no such database\b|^database ".*" does not exist$/, 'database'],
  [
    /^no such user\b|^role ".*" does not exist$|authentication failed|^no pg_hba\.conf entry\b|^login rejected$|^not allowed$/,
    'login',
  ],
  [/^unsupported startup parameter\b|^bouncer config error$|^SSL required$/, 'lasting'],
]

/** What the words of a pooler say of an attempt to connect; undefined when it is not a pooler that speaks. */
export function poolerFault({ code, message }: ServerError): ConnectFault['kind'] | undefined {
  if (!code.startsWith(OF_POOLER)) return undefined
  return LASTING.find(([words]) => words.test(message))?.[1] ?? 'passing'
}

/** The pooler had no connection to the server in time. It has sent nothing on, and has waited itself: nothing is tried again. */
export function poolerTimeout(
  error: unknown,
  { engineKey, sql }: ErrorContext,
): PoolTimeoutError | undefined {
  if (!isServerError(error) || error.message !== QUERY_WAIT) return undefined
  return new PoolTimeoutError(
    `The pooler before engine "${engineKey}" had no connection to the server within its query_wait_timeout: all are in use, or the server is away. Keep transactions short, or give the pooler more connections (default_pool_size).`,
    { cause: error, info: { engineKey, sql, sqlState: error.code } },
  )
}
