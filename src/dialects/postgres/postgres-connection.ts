import { DatabaseError } from '../../errors/index.ts'
import type {
  Command,
  DriverConnection,
  DriverResult,
  Flight,
  FlightOutcome,
} from '../../engine/index.ts'
import { Batch, type BatchOutcome, type PartResult, type Transport } from './batch.ts'
import { planFlight, RefusedCommand, resultsOf, type FlightPlan } from './flight-plan.ts'
import { withLocalLimits } from './local-limits.ts'
import { LostConnection } from './lost-connection.ts'
import { poolerTimeout } from './pooler-errors.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import { countOfGuard } from './row-guard.ts'
import { SESSION_RESET } from './session-reset.ts'
import { stream } from './sql-cursor.ts'
import { isStaleStatement, isTakenName } from './statement-state.ts'

/** What carries flights; what a server has besides. */
export interface ConnectionParts {
  readonly engineKey: string
  readonly transport: Transport & {
    readonly lastHeardAt: number
    onLost: ((error: unknown) => void) | undefined
    destroy(cause: Error): void
    close(): Promise<void>
  }
  readonly statements: PreparedStatements
  /** Whether names are given up when the server turns out not to keep them. */
  readonly mayStopKeeping: boolean
  /** Limits that each transaction has to set itself. */
  readonly localLimits: readonly (readonly [string, number])[]
  /** What was set when the session was opened, to be set again after a reset. */
  readonly setUp: readonly Command[]
  cancel(): Promise<void>
}

/** One connection to PostgreSQL. Each flight is one batch with one Sync: one round trip. Flights queue. */
export class PostgresConnection implements DriverConnection {
  readonly #parts: ConnectionParts
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  /** Why the open transaction can only be rolled back. */
  #firstFailure: Error | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
  }

  get inTransaction(): boolean {
    return this.isOpen && this.#parts.transport.status !== 'I'
  }

  get hasFailed(): boolean {
    return this.isOpen && this.#parts.transport.status === 'E'
  }

  get isOpen(): boolean {
    return this.#parts.transport.isOpen
  }

  get lostBy(): LostConnection {
    return this.#loss()
  }

  get lastHeardAt(): number {
    return this.#parts.transport.lastHeardAt
  }

  get onLost(): ((error: unknown) => void) | undefined {
    return this.#parts.transport.onLost
  }

  set onLost(listener: ((error: unknown) => void) | undefined) {
    const { engineKey, transport } = this.#parts
    transport.onLost =
      listener && ((error) => listener(poolerTimeout(error, { engineKey }) ?? error))
  }

  async execute(command: Command): Promise<DriverResult> {
    const { results, error } = await this.flight({
      prelude: [],
      commands: [command],
      commit: false,
    })
    const [result] = results
    if (result === undefined) throw error
    return result
  }

  /** Hot: once a round trip. */
  flight(flight: Flight): Promise<FlightOutcome> {
    return this.#inTurn(() => this.#fly(flight))
  }

  stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    return stream(this, command, chunkSize)
  }

  cancel(): Promise<void> {
    return this.#parts.cancel()
  }

  destroy(cause: Error): void {
    this.#parts.transport.destroy(cause)
  }

  /** One round trip. */
  async reset(): Promise<void> {
    const prelude = [...SESSION_RESET, ...this.#parts.setUp]
    const { error } = await this.flight({ prelude, commands: [], commit: false })
    if (error !== undefined) throw error
  }

  close(): Promise<void> {
    return this.#parts.transport.close()
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#waiting === 0 ? undefined : this.#last
    this.#waiting += 1
    const mine = before === undefined ? work() : before.then(work)
    this.#last = mine
    try {
      return await mine
    } finally {
      this.#waiting -= 1
    }
  }

  async #fly(flight: Flight): Promise<FlightOutcome> {
    const { transport, localLimits } = this.#parts
    const limited = withLocalLimits(flight, localLimits, transport.status !== 'I')
    const outcome = this.#isOneUnit(limited)
      ? await this.#flyOnce(limited)
      : await this.#oneByOne(limited)
    this.#remember(outcome)
    if (!limited.commit || flight.commit) return outcome
    // it was put into a transaction for the sake of its limits
    if (this.hasFailed) await this.#send(UNDO)
    return { ...outcome, commitSent: false }
  }

  /** Without a transaction each statement is one; what a Sync ends would be one together. Of reads nobody can tell. */
  #isOneUnit({ prelude, commands, commit }: Flight): boolean {
    return (
      commands.length < 2 ||
      commit ||
      prelude.length > 0 ||
      this.inTransaction ||
      commands.every(({ replay }) => replay === true)
    )
  }

  async #oneByOne({ commands }: Flight): Promise<FlightOutcome> {
    const results: DriverResult[] = []
    for (const command of commands) {
      const outcome = await this.#flyOnce({ prelude: [], commands: [command], commit: false })
      results.push(...outcome.results)
      if (outcome.error !== undefined) return { ...outcome, results }
    }
    return { results, commitSent: false }
  }

  /** Once more where the only fault is what was known of prepared statements, and nothing was done in the transaction yet. */
  async #flyOnce(flight: Flight): Promise<FlightOutcome> {
    const { transport, statements, mayStopKeeping } = this.#parts
    const beganBefore = transport.status !== 'I'
    const first = await this.#send(flight)
    if (!isStaleStatement(first.error)) return first
    if (mayStopKeeping && isTakenName(first.error)) statements.stopKeeping()
    else statements.forgetAll()
    if (beganBefore || !transport.isOpen) return first
    if (this.hasFailed) {
      const undone = await this.#send(UNDO)
      if (undone.error !== undefined) return undone
    }
    return this.#send(flight)
  }

  async #send(flight: Flight): Promise<FlightOutcome> {
    const { transport, statements } = this.#parts
    if (!transport.isOpen) return { results: [], error: this.#loss(), commitSent: false }
    const retired = statements.takeRetired()
    let plan: FlightPlan
    try {
      plan = planFlight(flight, statements)
    } catch (error) {
      statements.giveBack(retired)
      if (error instanceof RefusedCommand) return this.#sendBefore(flight, error)
      return { results: [], error, commitSent: false }
    }
    return this.#outcomeOf(plan, await transport.send(new Batch(plan.parts, retired)))
  }

  /** What stands before a command that is refused is sent all the same, as if each had been awaited. */
  async #sendBefore(flight: Flight, { place, cause }: RefusedCommand): Promise<FlightOutcome> {
    const before: Flight = {
      prelude: flight.prelude,
      commands: flight.commands.slice(0, place),
      commit: false,
    }
    const isEmpty = before.prelude.length + place === 0
    const outcome = isEmpty ? NOTHING_DONE : await this.#send(before)
    return outcome.error === undefined ? { ...outcome, error: cause } : outcome
  }

  #outcomeOf(plan: FlightPlan, { results, error, isLost }: BatchOutcome): FlightOutcome {
    for (const { tag } of results) this.#parts.statements.note(tag)
    const given = resultsOf(plan, results)
    // a server that says no to a part has skipped the rest
    const commitSent =
      plan.commit && (error === undefined || results.length >= plan.parts.length - 1)
    if (isLost && results.length < plan.parts.length)
      return { results: given, error: this.#loss(error), commitSent }
    if (error !== undefined) {
      const count = plan.commit ? countOfGuard(error) : undefined
      if (count === undefined) return { results: given, error, commitSent }
      return { results: [...given, { rows: [], affectedRows: count }], commitSent }
    }
    const refused = results.findIndex((result, place) => isRefused(plan, place, result))
    if (refused < 0) return { results: given, commitSent }
    return {
      results: resultsOf(plan, results.slice(0, refused)),
      error: this.#aborted(),
      commitSent,
    }
  }

  #aborted(): DatabaseError {
    return new DatabaseError(
      `Cannot commit on engine "${this.#parts.engineKey}": the database has rolled the transaction back, because a statement in it had failed. Roll back, and run it again from its start.`,
      {
        code: 'TRANSACTION_ABORTED',
        sql: 'commit',
        engineKey: this.#parts.engineKey,
        cause: this.#firstFailure,
      },
    )
  }

  #loss(error?: Error): LostConnection {
    const { lostBy } = this.#parts.transport
    return new LostConnection(error ?? lostBy)
  }

  #remember({ error }: FlightOutcome): void {
    if (!this.hasFailed) this.#firstFailure = undefined
    else if (error instanceof Error) this.#firstFailure ??= error
  }
}

/** PostgreSQL answers COMMIT in a failed transaction with ROLLBACK, and without an error. */
function isRefused({ parts }: FlightPlan, place: number, { tag }: PartResult): boolean {
  return tag === 'ROLLBACK' && !/^\s*(?:rollback|abort)\b/i.test(parts[place]?.statement.sql ?? '')
}

const NOTHING_DONE: FlightOutcome = { results: [], commitSent: false }
const UNDO: Flight = {
  prelude: [],
  commands: [{ sql: 'rollback', parameters: [] }],
  commit: false,
}
