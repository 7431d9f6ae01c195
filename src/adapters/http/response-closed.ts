import type { Scope } from '../../app/index.ts'

/** What becomes of a request whose client leaves before it is answered. */
export interface AbortOptions {
  /** Milliseconds that the handler may go on for. Default 30_000. */
  readonly graceMs?: number
  /** `'finish'` (default): the handler may come to its end, and its work counts. `'cancel'`: the scope is ended at once, and rolled back. */
  readonly onAbort?: 'finish' | 'cancel'
}

const GRACE_MS = 30_000

/** A reply when its connection closes. */
export interface ClosedReply {
  readonly status: number
  /** Whether the program had finished it. */
  readonly ended: boolean
}

/**
 * Ends the scope of a request whose connection has closed: the one event that comes exactly once, however the request went.
 *
 * A scope that nothing has settled is that of a reply which was written past the framework, or, when that is not ended, of a handler that runs on while
 * its client has gone.
 */
export function responseClosed(scope: Scope, reply: ClosedReply, options: AbortOptions): void {
  if (scope.isSettled) void scope.close()
  else if (reply.ended && !scope.isSettling) void closeUnsettled(scope, reply.status)
  else if (options.onAbort === 'cancel') void scope.cancel('its client has gone')
  else scope.abandon(options.graceMs ?? GRACE_MS)
}

/** Nothing can be committed any more, since nobody could be told of a failure; what is lost is reported. */
async function closeUnsettled(scope: Scope, status: number): Promise<void> {
  scope.noteReplyBegun()
  try {
    await scope.settle({ status })
  } catch (error) {
    scope.fail(error)
  }
  await scope.close()
}
