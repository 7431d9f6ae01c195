import { AthanorError, OperationalError } from '../../errors/index.ts'
import { LostConnection } from './lost-connection.ts'
import { isServerError } from './wire.ts'

/** The error of one attempt to open a connection: CANNOT_OPEN, with what pg or the server said as `cause`. */
export function translateConnectError(error: unknown, engineKey: string): AthanorError {
  const cause = error instanceof LostConnection ? error.cause : error
  if (cause instanceof AthanorError) return cause
  return new OperationalError(
    `Cannot connect engine "${engineKey}": ${cause instanceof Error ? cause.message : String(cause)}.`,
    {
      code: 'CANNOT_OPEN',
      engineKey,
      cause,
      ...(isServerError(cause) ? { sqlState: cause.code } : {}),
    },
  )
}

/** Codes of what may be gone in a moment: the server starts, restarts, or has no place left. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  '53300',
  '57P01',
  '57P02',
  '57P03',
])

/** Whether opening a connection that failed with `error` may succeed in a moment. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof AthanorError) || error.code !== 'CANNOT_OPEN') return false
  const { cause } = error
  if (!(cause instanceof Error)) return false
  if ('code' in cause && typeof cause.code === 'string')
    return TRANSIENT.has(cause.code) || (isServerError(cause) && cause.code.startsWith('08'))
  return CODELESS.has(cause.message)
}

/** pg's words for a server that hangs up, and for one that says nothing until connectTimeoutMs. */
const CODELESS: ReadonlySet<string> = new Set([
  'Connection terminated unexpectedly',
  'timeout expired',
])
