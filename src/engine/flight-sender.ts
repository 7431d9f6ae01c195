import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AthanorError,
  CommitOutcomeUnknownError,
  DisconnectedError,
  PoolTimeoutError,
  ReadOnlyError,
} from '../errors/index.ts'
import type { EventSink } from '../events/index.ts'
import type { Holder } from '../pool/index.ts'
import type { CommitToken } from './commit-tokens.ts'
import type { Intent } from './connection-source.ts'
import type { Command, DriverConnection, Flight, FlightOutcome } from './driver.ts'
import { kindOf, type EngineEvents, type StatementKind } from './engine-events.ts'
import { guardFlight } from './flight-guard.ts'
import type { EffectiveEngineOptions } from './options.ts'
import { Prelude } from './prelude.ts'
import { COMMIT, type StatementReporter } from './statement-reporter.ts'

/** A lost connection is replaced this often at least, and as often as it takes within `reconnectWindowMs`. */
const LEAST_REPLAYS = 2
/** How long a server that takes no writes is asked again: MariaDB refuses them for the last moments before it stops, and a failover leaves the old primary so. */
const FAILOVER_MS = 1_000
const FAILOVER_PAUSE_MS = 25

/** What a sender needs of its engine. */
export interface FlightEngine {
  readonly key: string
  readonly options: EffectiveEngineOptions
  readonly events: EventSink<EngineEvents>
  readonly commitTokens: { hasCommitted(token: string, asker: Holder): Promise<boolean> }
  /** Takes a connection that was lost out of the pool, and all others of its time. */
  lose(driver: DriverConnection, error: AthanorError): void
  /** Another connection in the place of one that was lost. */
  replace(
    lost: DriverConnection,
    intent: Intent,
    holder: Holder | undefined,
  ): Promise<DriverConnection>
}

/**
 * Sends flights for one holder of a connection at a time.
 *
 * BEGIN and SAVEPOINT wait for the first statement and travel with it, so that this first flight is the test whether the connection lives: when it is lost before anything came back, the
 * flight is sent again on another connection (spec/session.md 6.33, 6.36).
 */
export class FlightSender {
  /** What waits to go with the next flight. */
  readonly prelude: Prelude = new Prelude()
  readonly #engine: FlightEngine
  readonly #reporter: StatementReporter
  #driver: DriverConnection
  #holder: Holder | undefined
  #intent: Intent = 'write'
  #token: CommitToken | undefined
  /** Whether nothing has come back since the holder took it: what is lost now can be sent again. */
  #isUntouched = true
  #hasCommitted = false
  /** Whether the transaction is READ ONLY: its COMMIT decides nothing. */
  #onlyReads = false

  constructor(engine: FlightEngine, driver: DriverConnection, reporter: StatementReporter) {
    this.#engine = engine
    this.#driver = driver
    this.#reporter = reporter
  }

  /** The driver's connection; another one after a loss. */
  get driver(): DriverConnection {
    return this.#driver
  }

  /** What the holder took it for. */
  get intent(): Intent {
    return this.#intent
  }

  /** Whether the last flight has committed. */
  get hasCommitted(): boolean {
    return this.#hasCommitted
  }

  /** Whether a lost COMMIT of the transaction is cleared up. */
  get provesCommit(): boolean {
    return this.#token !== undefined
  }

  /** A new holder has it. */
  take(holder: Holder, intent: Intent): void {
    this.#holder = holder
    this.#intent = intent
    this.#token = undefined
    this.#isUntouched = true
    this.#hasCommitted = false
    this.#onlyReads = false
    this.prelude.clear()
    this.#reporter.take()
  }

  /** A transaction begins with the next flight. */
  begin(commands: readonly Command[], onlyReads: boolean): void {
    this.prelude.begin(commands)
    this.#onlyReads = onlyReads
  }

  /** Has the transaction that begins now insert a token before anything else. */
  useToken(token: CommitToken): void {
    this.#token = token
  }

  /** COMMIT may go with the first flight only where the connection has just shown that it lives: its loss would leave a doubt otherwise (settled H1). */
  get mayCommitAtOnce(): boolean {
    if (!this.#isUntouched || this.#token !== undefined || this.#onlyReads) return true
    const heard = this.#driver.lastHeardAt ?? -Infinity
    return performance.now() - heard <= this.#engine.options.provenAliveMs
  }

  /** Sends a flight; the token of its transaction goes first. A lost COMMIT of a transaction with a token is cleared up. Never rejects. */
  async fly(commands: readonly Command[], commit: boolean): Promise<FlightOutcome> {
    const token = this.prelude.begins ? this.#token : undefined
    const outcome = await this.#flyAgain({
      prelude: this.prelude.commands,
      commands: token === undefined ? commands : [token.command, ...commands],
      commit,
    })
    this.prelude.clear()
    const own = token === undefined ? outcome : { ...outcome, results: outcome.results.slice(1) }
    const doubt = own.error instanceof CommitOutcomeUnknownError ? own.error : undefined
    const cleared = doubt === undefined ? own : await this.#clearUp(own, doubt)
    this.#hasCommitted = commit && cleared.error === undefined
    return cleared
  }

  /** Sends a flight, again on another connection if this one turns out to be lost and nothing had come back on it. */
  async #flyAgain(flight: Flight): Promise<FlightOutcome> {
    const mayReplay =
      this.#isUntouched &&
      this.#engine.options.prePing !== false &&
      isReplayable(flight, this.prelude.begins)
    const start = performance.now()
    for (let replays = 0; ; replays += 1) {
      const outcome = await this.#send(flight)
      const patienceMs = this.#patienceWith(outcome.error)
      if (patienceMs === undefined) this.#isUntouched = false
      if (patienceMs === undefined || !mayReplay) return outcome
      if (replays >= LEAST_REPLAYS && performance.now() - start > patienceMs) return outcome
      if (outcome.error instanceof ReadOnlyError) await sleep(FAILOVER_PAUSE_MS)
      const failure = await this.#replaceDriver()
      if (failure !== undefined) return { results: [], error: failure, commitSent: false }
    }
  }

  /** How long after its first attempt a flight that ended in `error` may be sent again; undefined where another attempt would be no better. */
  #patienceWith(error: unknown): number | undefined {
    if (error instanceof DisconnectedError) return this.#engine.options.reconnectWindowMs
    return error instanceof ReadOnlyError && error.retryable ? FAILOVER_MS : undefined
  }

  /** What stood in the way of another connection. */
  async #replaceDriver(): Promise<unknown> {
    try {
      this.#driver = await this.#engine.replace(this.#driver, this.#intent, this.#holder)
      return undefined
    } catch (error) {
      return error
    }
  }

  async #send(flight: Flight): Promise<FlightOutcome> {
    const driver = this.#driver
    const start = this.#reporter.clock()
    const { statementTimeoutMs } = this.#engine.options
    const limits = { statementTimeoutMs, signal: this.#holder?.signal }
    // outside of a transaction each statement commits by itself
    const commits =
      !this.prelude.begins && driver.isOpen && !driver.inTransaction && flight.commands.some(writes)
    const outcome = await guardFlight(driver, flight, limits)
    const told = this.#translated(flight, commits ? { ...outcome, commitSent: true } : outcome)
    this.#reporter.reportFlight(flight, told, this.#holder, start)
    return told
  }

  /** The outcome with athanor's error; what is lost after it was sent, and would have been stored, is in doubt. */
  #translated(flight: Flight, outcome: FlightOutcome): FlightOutcome {
    if (outcome.error === undefined) return outcome
    const command = flight.commands[outcome.results.length] ?? COMMIT
    const error = this.#reporter.translate(outcome.error, command)
    // on a connection that was asked to refuse writes it says nothing of the server
    const mayWrite = !this.#onlyReads && this.#intent !== 'guardedRead'
    if (error instanceof ReadOnlyError && mayWrite) this.#noteFailover(error)
    // a connection that was given up because a cancelled statement did not end is lost too
    const isLost = error instanceof DisconnectedError || !this.#driver.isOpen
    if (!isLost) return { ...outcome, error }
    this.#engine.lose(this.#driver, error)
    const wasHeldBack = error instanceof PoolTimeoutError // by a pooler, which has sent nothing on
    const isInDoubt = outcome.commitSent && !this.#onlyReads && !wasHeldBack
    return { ...outcome, error: isInDoubt ? unknown(error, flight, this.#engine.key) : error }
  }

  /** The server takes no writes, and nobody has asked it for reading only: all connections to it are replaced (spec/session.md 6.30). */
  #noteFailover(error: ReadOnlyError): void {
    const { key } = this.#engine
    const lost = new DisconnectedError(
      `The server of engine "${key}" takes no writes: it is going down, or is not the primary any more.`,
      { cause: error, engineKey: key },
    )
    error.retryable = true
    this.#engine.lose(this.#driver, lost)
  }

  /** Asks the token what became of COMMIT: it happened, or never will, and then the whole transaction may be run again. */
  async #clearUp(outcome: FlightOutcome, doubt: CommitOutcomeUnknownError): Promise<FlightOutcome> {
    if (this.#token === undefined || this.#holder === undefined) return outcome
    const { events, key, commitTokens } = this.#engine
    try {
      const committed = await commitTokens.hasCommitted(this.#token.token, this.#holder)
      events.emit('commitResolved', { engineKey: key, committed, holder: this.#holder })
      return committed
        ? { results: outcome.results, commitSent: true }
        : { ...outcome, error: notCommitted(doubt, key) }
    } catch (error) {
      doubt.message += ` Asking the server for its token failed: ${error instanceof Error ? error.message : String(error)}`
      return outcome
    }
  }
}

/** What was in a transaction that died uncommitted can be sent again, unless a ROLLBACK does not undo it; outside of one only what is known to read. */
function isReplayable({ commands }: Flight, begins: boolean): boolean {
  return commands.every(({ replay, sql }) => replay ?? (begins && kindOf(sql) !== 'other'))
}

/** Whether a command may change rows or tables. */
function writes({ replay, sql }: Command): boolean {
  return replay !== true && WRITES.has(kindOf(sql))
}

const WRITES: ReadonlySet<StatementKind> = new Set(['insert', 'update', 'delete', 'other'])

function unknown(
  cause: AthanorError,
  { commit }: Flight,
  engineKey: string,
): CommitOutcomeUnknownError {
  const what = commit ? 'COMMIT' : 'a statement outside of a transaction'
  return new CommitOutcomeUnknownError(
    `The connection of engine "${engineKey}" was lost after ${what} was sent and before its answer: the work may be stored or not. Look before you run it again, or use db.transaction(fn, { exactlyOnce: true }).`,
    { cause, engineKey },
  )
}

function notCommitted(cause: CommitOutcomeUnknownError, engineKey: string): DisconnectedError {
  return new DisconnectedError(
    `The connection of engine "${engineKey}" was lost during COMMIT, and its token shows that nothing of the transaction is stored. Run it again.`,
    { cause, engineKey },
  )
}
