import type { Command, EffectiveEngineOptions, Flight } from '../../engine/index.ts'

/** The server's settings for athanor's limits, in milliseconds; those without a limit are left as the server has them. */
export function serverLimits(
  options: EffectiveEngineOptions,
): readonly (readonly [string, number])[] {
  const limits = [
    ['statement_timeout', options.statementTimeoutMs],
    ['lock_timeout', options.lockTimeoutMs],
    ['idle_in_transaction_session_timeout', options.idleInTransactionTimeoutMs],
  ] as const
  // 0 would mean no limit to the server
  return limits
    .filter(([, limit]) => limit < LONGEST_MS)
    .map(([name, limit]) => [name, Math.max(1, Math.ceil(limit))])
}

/** Sets the limits, for the session or for the transaction. */
export function settingCommands(
  limits: readonly (readonly [string, number])[],
  extent: 'session' | 'local' = 'session',
): readonly Command[] {
  return limits.map(([name, limit]) => commandOf(`set ${extent} ${name} = ${limit}`))
}

/** What the server can say. */
const LONGEST_MS = 2 ** 31

const BEGIN = /^begin\b/i
/** What may stand in a transaction. VACUUM and the like may not. */
const IN_TRANSACTION = /^\s*(?:select|insert|update|delete|merge|with|values)\b/i

/**
 * A flight that sets the limits itself, because the connection to the server is not ours: behind a pooler they hold for one transaction only. A statement without one gets one (settled H23).
 */
export function withLocalLimits(
  flight: Flight,
  limits: readonly (readonly [string, number])[],
  isInTransaction: boolean,
): Flight {
  const { prelude, commands } = flight
  if (limits.length === 0 || isInTransaction) return flight
  const settings = settingCommands(limits, 'local')
  const [begin, ...others] = prelude
  if (begin !== undefined && BEGIN.test(begin.sql))
    return { ...flight, prelude: [begin, ...settings, ...others] }
  if (prelude.length > 0 || !commands.every(({ sql }) => IN_TRANSACTION.test(sql))) return flight
  const onlyReads = commands.every(({ replay }) => replay === true)
  return {
    prelude: [commandOf(onlyReads ? 'begin read only' : 'begin'), ...settings],
    commands,
    commit: true,
  }
}

function commandOf(sql: string): Command {
  return { sql, parameters: [] }
}
