import type { ConnectFault } from '../../engine/index.ts'
import { poolerFault } from './pooler-errors.ts'
import { isServerError } from './wire.ts'

/** Why one attempt to open a connection failed, by what pg or the server said. */
export function diagnose(error: unknown): ConnectFault {
  if (!isServerError(error)) return { kind: isPassing(error) ? 'passing' : 'lasting' }
  const { code: sqlState } = error
  return { kind: poolerFault(error) ?? BY_STATE[sqlState] ?? 'lasting', sqlState }
}

const BY_STATE: Readonly<Record<string, ConnectFault['kind']>> = {
  '28000': 'login',
  '28P01': 'login',
  '42501': 'login', // may not connect to the database
  '3D000': 'database',
  '53300': 'passing',
  '57P01': 'passing',
  '57P02': 'passing',
  '57P03': 'passing',
}

/** Of Node: the server is not there, or went while it greeted. */
const PASSING: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
])

/** pg's words for a server that hangs up, and for one that says nothing until connectTimeoutMs. */
const CODELESS: ReadonlySet<string> = new Set([
  'Connection terminated unexpectedly',
  'timeout expired',
])

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'code' in error ? PASSING.has(error.code) : CODELESS.has(error.message)
}
