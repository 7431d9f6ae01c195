import { DisconnectedError, IllegalStateError } from '../../errors/index.ts'
import type {
  Command,
  DriverConnection,
  DriverResult,
  Flight,
  FlightOutcome,
} from '../../engine/index.ts'
import { bindable } from './bound-values.ts'
import { errnoOf, Errno, isLoss, leavesTransaction } from './error-numbers.ts'
import {
  GuardedFlight,
  isBegin,
  isOwnSignal,
  type FlightPlan,
  type ReadyCommand,
} from './guarded-flight.ts'
import { checkValueCount, readStatement, type StatementText } from './statement-text.ts'
import { textRequest, type Reply, type Request, type Transport } from './transport.ts'

/** What a connection has to know of its engine. */
export interface ConnectionFacts {
  /** Whether statements are kept prepared. */
  readonly keepsStatements: boolean
  /** Whether several statements may go without waiting, where the driver and the server can. */
  readonly pipelines: boolean
  /** After how long without a sign of life the server closes it. */
  readonly serverIdleLimitMs: number
  /** How an integer is given to the driver. */
  readonly integer: (value: bigint | number) => unknown
  /** Sets up the session after a reset. */
  setUp(): Promise<unknown>
  /** Ends the statement that runs on the connection with this number, over a connection of its own. */
  kill(threadId: number): Promise<void>
}

interface Ready extends ReadyCommand {
  readonly text: StatementText
}

type AccessMode = 'read only' | 'read write'

/**
 * One connection to a MariaDB or MySQL server, through either driver.
 *
 * The session's default is READ ONLY: what writes does so in `start transaction read write`. So a statement that was sent behind a BEGIN which failed, or behind the end of
 * its transaction, is refused and not stored; and raw SQL that is expected to read is refused before it writes (`guardedRead`). Where somebody writes outside of a transaction
 * on purpose, and for DDL, the default is changed once the server has refused.
 */
export class ServerConnection implements DriverConnection {
  onLost: ((error: unknown) => void) | undefined
  /** Whether what would write outside of a transaction is to be refused. Set by the source. */
  onlyReads = false
  readonly serverIdleLimitMs: number
  readonly #transport: Transport
  readonly #facts: ConnectionFacts
  #isOpen = true
  #lostBy: unknown
  #inTransaction = false
  #isReadOnlyTransaction = false
  #lastHeardAt: number = performance.now()
  /** What the session does outside of `start transaction`; undefined when somebody may have changed it. */
  #accessMode: AccessMode | undefined = 'read only'
  /** Ends what is under way when the socket is given up: no driver does that in time. */
  readonly #underWay = new Set<(cause: unknown) => void>()
  /** The text whose rows are being read: nothing else can be asked before their end. */
  #streamed: string | undefined

  constructor(transport: Transport, facts: ConnectionFacts) {
    this.#transport = transport
    this.#facts = facts
    this.serverIdleLimitMs = facts.serverIdleLimitMs
  }

  get inTransaction(): boolean {
    return this.#isOpen && this.#inTransaction
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get lostBy(): unknown {
    return isLoss(this.#lostBy) ? this.#lostBy : undefined
  }

  get lastHeardAt(): number {
    return this.#lastHeardAt
  }

  async execute(command: Command): Promise<DriverResult> {
    const { results, error } = await this.flight({
      prelude: [],
      commands: [command],
      commit: false,
    })
    if (error !== undefined) throw error
    const [result] = results
    if (result === undefined) throw new TypeError('a flight without an error has its results')
    return result
  }

  /** Hot: once a statement. */
  flight(flight: Flight): Promise<FlightOutcome> {
    if (!this.#isOpen) return Promise.resolve({ results: [], error: lost(), commitSent: false })
    if (this.#streamed !== undefined)
      return Promise.resolve({
        results: [],
        error: streamIsOpen(this.#streamed),
        commitSent: false,
      })
    return new Promise((resolve) => {
      const progress = { commitSent: false }
      const abandon = (error: unknown): void =>
        resolve({ results: [], error, commitSent: progress.commitSent })
      const land = (outcome: FlightOutcome): void => {
        this.#underWay.delete(abandon)
        resolve(outcome)
      }
      this.#underWay.add(abandon)
      this.#fly(flight, progress).then(land, (error: unknown) =>
        land({ results: [], error, commitSent: progress.commitSent }),
      )
    })
  }

  async *stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    const { request } = this.#ready(command)
    if (this.#streamed !== undefined) throw streamIsOpen(this.#streamed)
    this.#streamed = command.sql
    try {
      for await (const chunk of this.#transport.stream(request, chunkSize)) {
        this.#lastHeardAt = performance.now()
        yield chunk
      }
    } catch (error) {
      await this.#learn([{ error }], false)
      throw error
    } finally {
      this.#streamed = undefined
    }
    this.#inTransaction = this.#transport.inTransaction
  }

  cancel(): Promise<void> {
    return this.#facts.kill(this.#transport.threadId)
  }

  destroy(cause: Error): void {
    this.#isOpen = false
    this.#transport.destroy()
    for (const abandon of this.#underWay) abandon(cause)
  }

  /** A round trip for the reset, then those of the set-up. */
  async reset(): Promise<void> {
    try {
      await this.#settled(this.#transport.reset().then(() => this.#facts.setUp()))
    } catch (error) {
      this.#noteError(error)
      throw error
    }
    this.#lastHeardAt = performance.now()
    this.#accessMode = 'read only'
    this.#inTransaction = false
  }

  async close(): Promise<void> {
    if (!this.#isOpen) {
      this.#transport.destroy() // an error that says "lost" does not always close the socket
      return
    }
    this.#isOpen = false
    await this.#transport.close()
  }

  /** The driver says that the connection is gone. */
  lost(error: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#lostBy = error
    this.onLost?.(error)
    // the driver itself has failed: it will not tell those who wait
    if (error instanceof DisconnectedError) this.destroy(error)
  }

  async #fly(flight: Flight, progress: { commitSent: boolean }): Promise<FlightOutcome> {
    const { prelude, commands, commit } = flight
    const { ready, refused } = this.#readyAll(commands)
    this.#noteBegin(prelude)
    if (refused === undefined && this.#mayFlyTogether(flight, ready))
      return this.#together(flight, ready, progress)
    const outcome = await this.#oneByOne({
      prelude,
      ready,
      commit: commit && refused === undefined,
      progress,
    })
    return outcome.error === undefined && refused !== undefined
      ? { ...outcome, error: refused.error }
      : outcome
  }

  /** Commands up to the first that cannot be sent: the drivers would leave it out and send what stands behind it. */
  #readyAll(commands: readonly Command[]): {
    readonly ready: readonly Ready[]
    readonly refused?: { readonly error: unknown }
  } {
    const ready: Ready[] = []
    try {
      for (const command of commands) ready.push(this.#ready(command))
      return { ready }
    } catch (error) {
      return { ready, refused: { error } }
    }
  }

  #ready(command: Command): Ready {
    const { sql, parameters } = command
    const text = readStatement(sql)
    checkValueCount(sql, text.placeholders, parameters.length)
    const isPrepared = parameters.length > 0 || (text.isPlain && command.prepare !== false)
    const request: Request = {
      sql,
      parameters: isPrepared ? bindable(parameters, sql, this.#facts.integer) : undefined,
      isRaw: command.isRaw === true,
      onColumns: command.onColumns,
      isReturning: text.isReturning,
      isKept: command.prepare !== false && this.#facts.keepsStatements,
    }
    return { request, text, onlyReads: text.onlyReads, expectedRows: command.expectedRows }
  }

  #noteBegin(prelude: readonly Command[]): void {
    const begin = prelude.find(({ sql }) => isBegin(sql))
    if (begin !== undefined) this.#isReadOnlyTransaction = begin.sql.endsWith('read only')
    else if (!this.#inTransaction) this.#isReadOnlyTransaction = false
  }

  // ── several statements at once ──

  #mayFlyTogether({ prelude, commands, commit }: Flight, ready: readonly Ready[]): boolean {
    if (!this.#transport.pipelines || !this.#facts.pipelines) return false
    if (prelude.length + commands.length + Number(commit) < 2 || commands.length === 0) return false
    if (!ready.every(({ text }) => text.isPlain) || !this.#arePrepared(ready)) return false
    // row_count() does not tell how many rows came back
    if (
      commit &&
      ready.some(({ text, expectedRows }) => text.isReturning && expectedRows !== undefined)
    )
      return false
    const isInside = this.#inTransaction || prelude.some(({ sql }) => isBegin(sql))
    if (!isInside) return !commit && ready.every(({ text }) => text.onlyReads)
    return this.#transport.hasCompoundStatements
  }

  /** Whether nothing has to be prepared apart first. */
  #arePrepared(commands: readonly ReadyCommand[]): boolean {
    if (!this.#transport.preparesApart) return true
    const texts = commands.flatMap(({ request }) =>
      request.parameters === undefined ? [] : [request.sql],
    )
    return this.#transport.unprepared(texts).length === 0
  }

  async #together(
    flight: Flight,
    commands: readonly ReadyCommand[],
    progress: { commitSent: boolean },
  ): Promise<FlightOutcome> {
    const mayWrite = this.#inTransaction || flight.prelude.length > 0
    const failure = mayWrite || this.onlyReads ? await this.#setAccessMode('read only') : undefined
    if (failure !== undefined) return { results: [], error: failure, commitSent: false }
    const { commit } = flight
    let prelude = flight.prelude.map(({ sql }) => sql)
    const unprepared = this.#facts.keepsStatements
      ? this.#transport.unprepared(repeatedTexts(commands))
      : []
    if (unprepared.length > 0) {
      const begun = await this.#sendTogether({ prelude, commands: [], commit: false }, unprepared)
      if (begun.error !== undefined) return begun
      prelude = []
    }
    progress.commitSent = commit
    return this.#sendTogether({ prelude, commands, commit })
  }

  /** Preparations go behind the prelude: the server refuses to prepare a write outside of a transaction that may write. */
  async #sendTogether(
    plan: FlightPlan,
    unprepared: readonly string[] = [],
  ): Promise<FlightOutcome> {
    const flight = new GuardedFlight(plan)
    const [replies] = await this.#transport.together(() =>
      Promise.all([
        Promise.all(flight.parts.map(({ request }) => this.#transport.send(request))),
        ...unprepared.map((sql) => this.#transport.prepare(sql)),
      ]),
    )
    const outcome = flight.outcomeOf(replies)
    await this.#learn(replies, plan.prelude.some(isBegin))
    return outcome
  }

  // ── one after another ──

  async #oneByOne(flight: {
    readonly prelude: readonly Command[]
    readonly ready: readonly Ready[]
    readonly commit: boolean
    readonly progress: { commitSent: boolean }
  }): Promise<FlightOutcome> {
    const { prelude, ready, commit, progress } = flight
    const results: DriverResult[] = []
    for (const { sql } of prelude) {
      const { error } = await this.#sendAlone(textRequest(sql))
      if (error !== undefined) return { results, error, commitSent: false }
    }
    for (const { request, text, expectedRows } of ready) {
      const { error, result } = await this.#sendCommand(request, text)
      if (error !== undefined || result === undefined) return { results, error, commitSent: false }
      results.push(result)
      if (commit && expectedRows !== undefined && expectedRows !== result.affectedRows)
        return { results, commitSent: false }
    }
    if (!commit) return { results, commitSent: false }
    progress.commitSent = true
    const { error } = await this.#sendAlone(COMMIT)
    return { results, commitSent: true, ...(error === undefined ? {} : { error }) }
  }

  async #sendCommand(request: Request, text: StatementText): Promise<Reply> {
    const mode = this.#modeFor(text)
    if (mode !== undefined) {
      const failure = await this.#setAccessMode(mode)
      if (failure !== undefined) return { error: failure }
    }
    const reply = await this.#sendAlone(request, text)
    if (text.changesSession) this.#accessMode = undefined
    if (reply.error === undefined || text.isProgram) return reply
    return (await this.#mayWriteAnyway(reply)) ? this.#sendAlone(request, text) : reply
  }

  /** What must be set before a statement is sent: most only need it when they were refused. */
  #modeFor({ isProgram }: StatementText): AccessMode | undefined {
    if (this.onlyReads) return this.#inTransaction ? undefined : 'read only'
    return isProgram && !this.#isReadOnlyTransaction ? 'read write' : undefined
  }

  /** A write outside of a transaction, or DDL, which ends the transaction before it is refused: it had no effect, and whoever sends it means it. */
  async #mayWriteAnyway({ error }: Reply): Promise<boolean> {
    if (errnoOf(error) !== Errno.readOnlyTransaction) return false
    if (this.onlyReads || this.#inTransaction || this.#isReadOnlyTransaction) return false
    return (await this.#setAccessMode('read write')) === undefined
  }

  async #sendAlone(request: Request, text?: StatementText): Promise<Reply> {
    const reply = await this.#transport.send(request)
    if (reply.error === undefined) {
      this.#lastHeardAt = performance.now()
      this.#inTransaction = this.#transport.inTransaction
    } else if (text?.isPlain === false && !isLoss(reply.error)) await this.#ask()
    else await this.#learn([reply], false)
    return reply
  }

  /** Sets what the session does outside of `start transaction`; gives what went wrong. Waited for: nothing may rely on it that is under way already. */
  async #setAccessMode(mode: AccessMode): Promise<unknown> {
    if (this.#accessMode === mode) return undefined
    const { error } = await this.#transport.send(textRequest(`set session transaction ${mode}`))
    if (error === undefined) this.#accessMode = mode
    else this.#noteError(error)
    return error
  }

  // ── what the server says of the transaction ──

  /** Takes over whether a transaction is open. The driver knows it after a success only; after an error that may have ended it, the server is asked. */
  async #learn(replies: readonly Reply[], begins: boolean): Promise<void> {
    const errors = replies.flatMap(({ error }) => (error === undefined ? [] : [error]))
    for (const error of errors) this.#noteError(error)
    if (!this.#isOpen) return
    const last = replies.at(-1)?.error
    this.#lastHeardAt = performance.now()
    if (last === undefined) this.#inTransaction = this.#transport.inTransaction
    else if (isOwnSignal(last)) this.#inTransaction = false
    else if (errors.every(leavesTransaction)) this.#inTransaction ||= begins
    else await this.#ask()
  }

  async #ask(): Promise<void> {
    const { error } = await this.#transport.send(NOTHING)
    if (error === undefined) this.#inTransaction = this.#transport.inTransaction
    else this.#noteError(error)
  }

  /** As `work` ends, or as soon as the connection is given up. */
  #settled(work: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject)
      work.then(resolve, reject).finally(() => this.#underWay.delete(reject))
    })
  }

  #noteError(error: unknown): void {
    if (isLoss(error)) this.lost(error)
  }
}

/** Texts that several commands have in common. */
function repeatedTexts(commands: readonly ReadyCommand[]): ReadonlySet<string> {
  const once = new Set<string>()
  const again = new Set<string>()
  for (const { request } of commands) {
    if (request.parameters === undefined) continue
    if (once.has(request.sql)) again.add(request.sql)
    else once.add(request.sql)
  }
  return again
}

const COMMIT = textRequest('commit')
/** A statement that does nothing, for the sake of its reply. */
const NOTHING = textRequest('do 0')

function lost(): DisconnectedError {
  return new DisconnectedError(
    'The connection was lost before the statement was sent: the server closed it, or the network did.',
  )
}

/** The driver would wait for the end of the rows, and their reader for the driver. */
function streamIsOpen(sql: string): IllegalStateError {
  return new IllegalStateError(
    `Cannot send a statement: a stream is open on this connection, of "${sql}", and this database gives one result at a time. Read the stream to its end first, leave its loop, or stream outside of the transaction.`,
    { info: { stream: sql } },
  )
}
