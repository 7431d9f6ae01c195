import type { Command } from '../../engine/index.ts'

/**
 * What undoes all that was left on a session, in one flight: DISCARD ALL in its parts, without DEALLOCATE ALL (settled A18). The statements that athanor keeps prepared stay, and with them
 * what it knows of them; they change nothing for whoever comes next.
 */
export const SESSION_RESET: readonly Command[] = [
  'close all',
  'set session authorization default',
  'reset all',
  'unlisten *',
  'select pg_advisory_unlock_all()',
  'discard temp',
  'discard sequences',
].map((sql) => ({ sql, parameters: [], prepare: false }))
