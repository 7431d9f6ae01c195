import type { Scope } from '../../app/index.ts'

/** What becomes of a request whose client leaves before it is answered. */
export interface AbortOptions {
  /** Milliseconds that the handler may go on for. Default 30_000. */
  readonly graceMs?: number
  /** `'finish'` (default): the handler may come to its end, and its work counts. `'cancel'`: the scope is ended at once, and rolled back. */
  readonly onAbort?: 'finish' | 'cancel'
}

const GRACE_MS = 30_000

/**
 * Ends the scope of a request whose connection has closed: the one event that comes exactly once, however the request went.
 *
 * `ended` tells whether the program had finished its reply. If not, and if nothing was settled, the client has gone while the handler runs.
 */
export function responseClosed(scope: Scope, ended: boolean, { graceMs = GRACE_MS, onAbort = 'finish' }: AbortOptions): void {
  if (scope.isSettled || ended) void scope.close('its reply was sent')
  else if (onAbort === 'cancel') void scope.cancel('its client has gone')
  else scope.abandon(graceMs)
}
