import { AthanorError, withWholeStack } from '../errors/index.ts'
import type { Holder } from '../pool/index.ts'
import type { Command, DriverResult, Flight, FlightOutcome } from './driver.ts'
import type { EventSink } from '../events/index.ts'
import type { Dialect } from './dialect.ts'
import type { ErrorHook } from './error-hook.ts'
import { kindOf, type EngineEvents, type StatementKind } from './engine-events.ts'

export const COMMIT: Command = { sql: 'commit', parameters: [] }
const NOTHING: DriverResult = { rows: [], affectedRows: 0 }

const ENDS: ReadonlySet<StatementKind> = new Set(['commit', 'rollback'])
/** Transactions that were reported, of all connections. */
let transactions = 0

/** How one statement ended. */
interface StatementEnd {
  readonly result?: DriverResult
  readonly error?: unknown
}

/** Whose statements are reported. */
export interface ReportedEngine {
  readonly key: string
  readonly dialect: Pick<Dialect, 'translateError'>
  readonly events: EventSink<EngineEvents>
  readonly errorHook?: ErrorHook | undefined
}

/** Tells an engine's listeners of statements, and makes athanor's errors of the driver's. Reads no clock where nobody listens. */
export class StatementReporter {
  readonly #engine: ReportedEngine
  #transactionId: number | null = null

  constructor(engine: ReportedEngine) {
    this.#engine = engine
  }

  /** A new holder has the connection: no transaction is open on it. */
  take(): void {
    this.#transactionId = null
  }

  /** Now, in milliseconds; 0 where nobody asks. */
  clock(): number {
    return this.#engine.events.has('statement') ? performance.now() : 0
  }

  translate(error: unknown, command: Command): AthanorError {
    if (error instanceof AthanorError) return error
    const { dialect, key, errorHook } = this.#engine
    const { sql } = command
    return withWholeStack(() => {
      const translated = dialect.translateError(error, { sql, engineKey: key })
      return errorHook === undefined ? translated : errorHook.judge(translated, 'statement', sql)
    })
  }

  /** One statement, `start` milliseconds after which it has ended. */
  report(
    command: Command,
    holder: Holder | undefined,
    start: number,
    { result, error }: StatementEnd,
  ): void {
    const { events, key } = this.#engine
    if (holder === undefined || !events.has('statement')) return
    const kind = kindOf(command.sql)
    if (kind === 'begin' && error === undefined) this.#transactionId = transactions += 1
    events.emit('statement', {
      engineKey: key,
      sql: command.sql,
      parameters: command.parameters,
      kind,
      startTime: start,
      durationMs: performance.now() - start,
      rows: result === undefined ? 0 : Math.max(result.rows.length, result.affectedRows),
      ...(error === undefined ? {} : { error }),
      cached: command.cached === true,
      transactionId: this.#transactionId,
      call: command.call,
      holder,
    })
    if (ENDS.has(kind) && error === undefined) this.#transactionId = null
  }

  /** The statements of a flight, up to the one that failed. */
  reportFlight(
    flight: Flight,
    outcome: FlightOutcome,
    holder: Holder | undefined,
    start: number,
  ): void {
    if (!this.#engine.events.has('statement')) return
    const { results, error } = outcome
    for (const command of flight.prelude) this.report(command, holder, start, { result: NOTHING })
    for (const [i, result] of results.entries())
      this.report(flight.commands[i] ?? COMMIT, holder, start, { result })
    const failed = flight.commands[results.length] ?? COMMIT
    if (error !== undefined) this.report(failed, holder, start, { error })
    else if (flight.commit && outcome.commitSent)
      this.report(COMMIT, holder, start, { result: NOTHING })
  }
}
