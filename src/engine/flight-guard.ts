import { AthanorError, CancelledError, DisconnectedError } from '../errors/index.ts'
import { startTimer } from '../util/index.ts'
import type { DriverConnection, Flight, FlightOutcome } from './driver.ts'

/** What may end a flight before its answer. */
export interface FlightLimits {
  /** After this long the server ends a statement by itself; one that says nothing for a margin longer is a black hole. */
  readonly statementTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** How much longer than the server's own limit the client waits. */
const MARGIN_MS = 500
/** How long a statement that was cancelled may take to end. */
const CANCEL_MS = 1_000

/**
 * Sends a flight and sees that it ends: a server that says nothing is given up at a deadline, and a signal that aborts has the server end the statement. The connection is used again
 * only when both the statement and the call that cancelled it have ended: a late one would meet the next statement (spec/session.md 6.61, 6.62).
 */
export function guardFlight(
  driver: DriverConnection,
  flight: Flight,
  limits: FlightLimits,
): Promise<FlightOutcome> {
  const { statementTimeoutMs, signal } = limits
  if (driver.flight === undefined) throw new TypeError('only a server has flights')
  if (!driver.isOpen) return Promise.resolve(unsent(lossOf(driver)))
  if (signal?.aborted === true && !isRollback(flight))
    return Promise.resolve(unsent(cancelled(signal.reason)))
  if (signal === undefined && statementTimeoutMs === Infinity) return driver.flight(flight)
  const statements = flight.prelude.length + flight.commands.length + Number(flight.commit)
  // each may take its time, and some servers answer at the end only
  const limitMs = statementTimeoutMs * statements
  return limited(driver, driver.flight(flight), { limitMs, signal })
}

async function limited(
  driver: DriverConnection,
  sent: Promise<FlightOutcome>,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal | undefined },
): Promise<FlightOutcome> {
  const deadline = deadlineOf(driver, limitMs)
  const cancelling = signal === undefined ? undefined : cancelOn(driver, signal)
  const outcome = await sent
  clearTimeout(deadline)
  const cancel = cancelling?.end()
  if (cancel === undefined) return outcome
  await cancel
  if (outcome.error === undefined || !driver.isOpen) return outcome
  return { ...outcome, error: cancelled(outcome.error) }
}

function deadlineOf(driver: DriverConnection, limitMs: number): NodeJS.Timeout | undefined {
  if (limitMs === Infinity) return undefined
  const silence = (): DisconnectedError =>
    new DisconnectedError(
      `The server has said nothing for ${limitMs + MARGIN_MS} ms, longer than statementTimeoutMs allows: the connection was given up. Look at the network between.`,
    )
  return startTimer(() => driver.destroy?.(silence()), limitMs + MARGIN_MS)?.unref()
}

interface Cancelling {
  /** Stops listening; gives the cancel that is under way. */
  end(): Promise<void> | undefined
}

function cancelOn(driver: DriverConnection, signal: AbortSignal): Cancelling {
  let cancel: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const abort = (): void => {
    timer = setTimeout(() => driver.destroy?.(cancelled(signal.reason)), CANCEL_MS).unref()
    cancel = driver.cancel?.().catch(() => {}) // the timer ends what cannot be cancelled
  }
  signal.addEventListener('abort', abort, { once: true })
  return {
    end() {
      signal.removeEventListener('abort', abort)
      clearTimeout(timer)
      return cancel
    },
  }
}

/** Work that was cancelled is rolled back all the same. */
function isRollback({ commands }: Flight): boolean {
  return commands.length === 1 && /^rollback\b/i.test(commands[0]?.sql ?? '')
}

function unsent(error: unknown): FlightOutcome {
  return { results: [], error, commitSent: false }
}

/** What the server or the network did to the connection; what the library did to it, only as the cause. */
function lossOf({ lostBy }: DriverConnection): unknown {
  if (lostBy !== undefined && !(lostBy instanceof AthanorError)) return lostBy
  return new DisconnectedError(
    'The connection was lost before the statement was sent: the server closed it, or the network did.',
    { cause: lostBy },
  )
}

function cancelled(cause: unknown): CancelledError {
  return new CancelledError(
    'A statement was cancelled: the signal of its scope or session was aborted.',
    { cause },
  )
}
