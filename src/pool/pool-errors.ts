import { IllegalStateError, InvalidRequestError, PoolTimeoutError } from '../errors/index.ts'

/** How a pool stands at the moment somebody has to be told that there is no connection. */
export interface PoolReport {
  /** What is asked for: `a connection of engine "default"`. */
  readonly label: string
  /** The name of the one who asks. */
  readonly asker: string
  /** How long that one was prepared to wait. */
  readonly timeoutMs: number
  readonly size: number
  readonly maxOverflow: number
  readonly inUse: number
  /** Connections that are being opened. */
  readonly opening: number
  /** Callers who wait, the asker included. */
  readonly waiting: number
  /** Who has connections, the longest first; at most five. */
  readonly holders: readonly { readonly name: string; readonly heldMs: number }[]
}

/** The error of one who got no connection in time. */
export function poolTimeoutError(report: PoolReport): PoolTimeoutError {
  const { label, asker, size, maxOverflow, inUse, opening, waiting } = report
  const counts = `${inUse} in use, ${opening} being opened, ${waiting} waiting`
  return new PoolTimeoutError(
    `Cannot get ${label} for "${asker}": the pool's limit of ${size} (+${maxOverflow} overflow) is reached and ${waited(report.timeoutMs)} (${counts}). ${heldBy(report)}Do slow work outside of transactions, or raise pool.size.`,
    { info: { ...report } },
  )
}

/** The error of one who waits for a connection that cannot come free before it ends itself. */
export function selfDeadlockError(
  report: PoolReport,
  holder: string,
  advice: string,
): IllegalStateError {
  const what =
    report.inUse === 1
      ? `the only one is held by "${holder}"`
      : `all ${report.inUse} are held by scopes around it, the nearest by "${holder}"`
  return new IllegalStateError(
    `Cannot get ${report.label} for "${report.asker}": ${what}, inside which "${report.asker}" runs, so neither could go on. ${advice}`,
    { code: 'SELF_DEADLOCK', info: { ...report, holder } },
  )
}

/** The error of every use after `close`. */
export function poolClosedError(label: string, asker: string): InvalidRequestError {
  return new InvalidRequestError(
    `Cannot get ${label} for "${asker}": it was closed for good. Finish the work before the Database is disposed.`,
    {
      code: 'POOL_CLOSED',
      info: { label, asker },
    },
  )
}

/** `none came back within 1.5 s`. */
function waited(timeoutMs: number): string {
  return timeoutMs === 0 ? 'it does not wait' : `none came back within ${seconds(timeoutMs)}`
}

/** `Held longest: "POST /posts" for 41.0 s, "nightly" for 3.2 s. `. */
export function heldBy({ holders }: Pick<PoolReport, 'holders'>): string {
  if (holders.length === 0) return ''
  return `Held longest: ${holders.map(({ name, heldMs }) => `"${name}" for ${seconds(heldMs)}`).join(', ')}. `
}

/** `1.5 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
