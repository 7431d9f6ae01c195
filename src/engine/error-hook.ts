import { AthanorError, DisconnectedError, OperationalError } from '../errors/index.ts'
import type { ListenerErrorReporter } from '../events/index.ts'
import type { ConnectFault } from './connect-error.ts'
import type { Dialect } from './dialect.ts'

/** What an engine's `onError` is told of an error of the driver or the database, and may decide of it. */
export interface ErrorHookContext {
  /** Which engine it came up on. */
  readonly engineKey: string
  /** While a connection was being opened; by the ping of `prePing: 'always'`; by a statement; or because the end of a connection was noticed, idle or not: a statement on it tells of the same end once more. */
  readonly during: 'connect' | 'ping' | 'statement' | 'lost'
  /** What the driver threw, with its own code. */
  readonly cause: unknown
  /** What athanor makes of it. */
  readonly error: AthanorError
  /** The statement's text; undefined where there is none. */
  readonly sql: string | undefined
  /**
   * Whether the connection is lost. Set to true: it is closed, and what may be sent again is; while connecting, the server is tried again within `reconnectWindowMs`. Set to false: it stays in use,
   * unless its socket is closed; while connecting, the error is told at once.
   */
  isDisconnect: boolean
  /** Whether a loss says that the server went, so that all other connections are replaced too. True unless it is set to false. */
  invalidatePool: boolean
}

/** Looks at errors, and changes what they mean by setting properties of the context. */
export type OnError = (context: ErrorHookContext) => void

/** Whose errors the hook sees. */
interface HookedEngine {
  readonly key: string
  readonly dialect: Pick<Dialect, 'translateError'>
}

type Incident = Pick<ErrorHookContext, 'during' | 'cause' | 'error' | 'sql' | 'isDisconnect'>

/** Asks the program's `onError` what an error means. What it throws is reported, and changes nothing. */
export class ErrorHook {
  readonly #engine: HookedEngine
  readonly #onError: OnError
  readonly #report: (error: unknown) => void
  /** Losses that say nothing of other connections. */
  readonly #alone = new WeakSet<AthanorError>()

  constructor(engine: HookedEngine, onError: OnError, report: ListenerErrorReporter) {
    this.#engine = engine
    this.#onError = onError
    this.#report = (error) => report(error, 'onError')
  }

  /** The error that `error` becomes. */
  judge(error: AthanorError, during: 'connect' | 'ping' | 'statement', sql?: string): AthanorError {
    const cause = error.cause ?? error
    const wasDisconnect = error instanceof DisconnectedError
    const { isDisconnect, invalidatePool } = this.#ask({
      during,
      cause,
      error,
      sql,
      isDisconnect: wasDisconnect,
    })
    const judged = isDisconnect === wasDisconnect ? error : this.#turned(error, isDisconnect)
    if (isDisconnect && !invalidatePool) this.#alone.add(judged)
    return judged
  }

  /** As `judge`, of what the driver threw. What athanor itself threw has no code to look at. */
  translate(cause: unknown, during: 'connect' | 'ping', sql?: string): AthanorError {
    if (cause instanceof AthanorError) return cause
    return this.judge(this.#translated(cause, sql), during, sql)
  }

  /** Why an attempt to connect failed, which would be reported as `error`. */
  faultOf(cause: unknown, fault: ConnectFault, error: AthanorError): ConnectFault {
    const isPassing = fault.kind === 'passing'
    const incident = { during: 'connect', cause, error, sql: undefined } as const
    const { isDisconnect } = this.#ask({ ...incident, isDisconnect: isPassing })
    if (isDisconnect === isPassing) return fault
    return { ...fault, kind: isDisconnect ? 'passing' : 'lasting' }
  }

  /** Whether the end of one connection, because of `cause`, is that of all. */
  endsAll(cause: unknown): boolean {
    if (cause instanceof AthanorError) return true
    const error = this.#translated(cause)
    const incident = { during: 'lost', cause: error.cause ?? cause, error, sql: undefined } as const
    const { isDisconnect, invalidatePool } = this.#ask({ ...incident, isDisconnect: true })
    return isDisconnect && invalidatePool
  }

  /** Whether an error that was judged says nothing of other connections. */
  concernsOne(error: unknown): boolean {
    return !(error instanceof DisconnectedError) || this.#alone.has(error)
  }

  #ask(incident: Incident): Pick<ErrorHookContext, 'isDisconnect' | 'invalidatePool'> {
    const context = { engineKey: this.#engine.key, ...incident, invalidatePool: true }
    try {
      const answer: unknown = this.#onError(context)
      if (answer instanceof Promise) answer.catch(this.#report)
      return context
    } catch (error) {
      this.#report(error)
      return { isDisconnect: incident.isDisconnect, invalidatePool: true }
    }
  }

  #translated(cause: unknown, sql?: string): AthanorError {
    return this.#engine.dialect.translateError(cause, { sql, engineKey: this.#engine.key })
  }

  #turned(error: AthanorError, isDisconnect: boolean): AthanorError {
    const { cause, message, info } = error
    const { sql, sqlState } = error as Partial<OperationalError>
    const options = { cause, info, sql, sqlState, engineKey: this.#engine.key }
    return isDisconnect
      ? new DisconnectedError(`To the engine's onError the connection is lost: ${message}`, options)
      : new OperationalError(`To the engine's onError the connection lives: ${message}`, options)
  }
}
