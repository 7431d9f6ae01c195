import { CallSite, IllegalStateError, type ScopeClosedError } from '../errors/index.ts'
import type { MaybePromise } from '../util/index.ts'
import { reportDiscarded } from './discarded-changes.ts'
import { isSuccess, wantsCommit, type Outcome } from './outcome.ts'
import { ScopeAlarm } from './scope-alarm.ts'
import { scopeClosedError } from './scope-errors.ts'
import type { ScopeEdge, ScopeEnd, ScopeOptions } from './scope-options.ts'
import { ScopeSessions } from './scope-sessions.ts'
import type { Scope } from './scope.ts'
import type { Tasks } from './session-context.ts'
import { combined, runSteps } from './steps.ts'

type ScopeState = 'open' | 'settling' | 'settled' | 'streaming' | 'closed'

const MAY_FOLLOW: Readonly<Record<ScopeState, readonly ScopeState[]>> = {
  open: ['settling'],
  settling: ['settled', 'streaming'],
  settled: ['closed'],
  streaming: ['closed'],
  closed: [],
}

/** In these states the session may be used; while streaming for reading only. */
const USABLE: ReadonlySet<ScopeState> = new Set(['open', 'settling', 'streaming'])

/** What a scope's life begins with. */
export interface ScopeBirth {
  readonly openedAt?: CallSite | undefined
  readonly options?: ScopeOptions | undefined
  readonly edge?: ScopeEdge | undefined
}

/** The life of a scope: which state it is in, what ends it, and how. `Scope` is its face. */
export class ScopeLife {
  readonly #scope: Scope
  readonly #tasks: Tasks
  readonly #edge: ScopeEdge | undefined
  readonly #openedAt: CallSite | undefined
  #state: ScopeState = 'open'
  #sessions: ScopeSessions | undefined
  #listeners: ((outcome: Outcome) => unknown)[] | undefined
  #alarm: ScopeAlarm | undefined
  #error: unknown
  #end: ScopeEnd = {}
  #sealedAt: CallSite | undefined
  #settlement: Promise<void> | undefined
  #sealing: Promise<readonly unknown[]> | undefined
  #closing: Promise<void> | undefined
  #lateUses = 0
  #isAborted = false
  #isAbandoned = false
  #isRollbackOnly = false
  #hasReplyBegun = false
  #isCommitting = false

  constructor(scope: Scope, birth: ScopeBirth, tasks: Tasks) {
    this.#scope = scope
    this.#tasks = tasks
    this.#edge = birth.edge
    this.#openedAt = birth.openedAt
  }

  get state(): ScopeState {
    return this.#state
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  get isRollbackOnly(): boolean {
    return this.#isRollbackOnly || this.#sessions?.main.isRollbackOnly === true
  }

  /** Whether the commit of the settlement is under way and nothing follows it: only its own listeners may use the session. */
  get isCommitting(): boolean {
    return this.#isCommitting
  }

  get lateUses(): number {
    return this.#lateUses
  }

  get signal(): AbortSignal {
    const alarm = this.#armed
    if (this.#isAborted) alarm.ring()
    return alarm.signal
  }

  /** Ends the scope by force when its time is up or the given signal aborts. */
  watch(options: ScopeOptions): void {
    this.#armed.watch(options)
  }

  /** The sessions, made at the first use. @throws {ScopeClosedError} SCOPE_CLOSED after the end. */
  use(operation: string): ScopeSessions {
    if (!USABLE.has(this.#state)) throw this.closedError(operation)
    if (this.#sessions === undefined) {
      this.#edge?.firstUse()
      this.#sessions = new ScopeSessions(this.#scope, this.#tasks)
      this.#sessions.announce(this.#sessions.main)
    }
    return this.#sessions
  }

  /** The error of a use after the end; counts it. */
  closedError(operation: string): ScopeClosedError {
    this.#lateUses += 1
    const { reason, status } = this.#end
    const reply = status === undefined ? 'its work was done' : `its reply ${status} was handed over`
    return scopeClosedError(operation, {
      name: this.#scope.name,
      openedAt: this.#openedAt,
      closedAt: this.#sealedAt,
      reason: reason ?? reply,
    })
  }

  addListener(fn: (outcome: Outcome) => unknown): void {
    if (this.#state === 'closed') throw this.closedError('add a callback')
    ;(this.#listeners ??= []).push(fn)
  }

  fail(error: unknown): void {
    this.#error ??= error ?? new Error(`${String(error)} was thrown`)
  }

  noteReplyBegun(): void {
    this.#hasReplyBegun = true
  }

  setRollbackOnly(reason: string | undefined): void {
    this.#isRollbackOnly = true
    this.#sessions?.main.setRollbackOnly(reason)
  }

  settle(end: ScopeEnd): MaybePromise<void> {
    if (this.#state !== 'open') return this.#settlement
    this.#advance('settling')
    this.#end = end
    this.#noteEndedHere()
    const sessions = this.#sessions
    if (sessions === undefined) this.#seal()
    else if (sessions.isInBlock && !sessions.isCallerInBlock) {
      this.#settlement = sessions.blocksEnded().then(() => this.#commitOrDiscard(sessions))
    } else this.#settlement = this.#commitOrDiscard(sessions)
    return this.#settlement
  }

  close(reason: string): MaybePromise<void> {
    if (this.#closing !== undefined || this.#state === 'closed') return this.#closing
    this.#alarm?.stop()
    this.#isAbandoned = false // nobody has to close it any more
    if (this.#state === 'open') this.#discard(reason)
    if (this.#sessions === undefined && !this.#hasListeners) {
      this.#finish()
      this.#forgetQueries()
    } else this.#closing = this.#closeInSteps()
    return this.#closing
  }

  cancel(reason: string): MaybePromise<void> {
    this.#abort()
    return this.close(reason)
  }

  abandon(graceMs: number): void {
    this.#abort()
    this.#isAbandoned = true
    const reason = `its client had gone, and the work did not end within ${graceMs} ms`
    if (this.#state === 'open') this.#armed.cancelAfter(graceMs, reason)
  }

  // ── settlement ──

  #commitOrDiscard(sessions: ScopeSessions): Promise<void> | undefined {
    const ending = this.#endTransaction(sessions)
    if (ending === undefined) {
      this.#seal()
      return undefined
    }
    this.#isCommitting = this.#end.streaming !== true // a stream may ask already; its turn comes behind the commit
    return ending.then(
      () => this.#seal(),
      (error: unknown) => {
        this.fail(error)
        this.#seal()
        throw error
      },
    )
  }

  /** Ends the transaction where the reply has to wait for it. Otherwise the closing of the session rolls back, behind the reply. */
  #endTransaction(sessions: ScopeSessions): Promise<void> | undefined {
    const { main } = sessions
    try {
      if (!sessions.isCallerInBlock) return this.#mayCommit(sessions) ? main.commit() : undefined
      const isGood = !this.isRollbackOnly && isSuccess(this.#outcome) // a reply that is sent inside a transaction block is the block's end
      return isGood ? main.commit() : main.rollback()
    } catch (error) {
      return Promise.reject(error) // thrown by the policy
    }
  }

  /** Whether the policy commits. Where nobody does, the changes that are lost are told. */
  #mayCommit(sessions: ScopeSessions): boolean {
    const { application, name, settings } = this.#scope
    const policy = settings.commit ?? application.configuration.commit
    this.#tellDiscarded(sessions, policy === 'manual')
    if (this.isRollbackOnly || !wantsCommit(policy, this.#outcome)) return false
    if (!this.#hasReplyBegun || !sessions.main.inTransaction) return true
    application.reporter.error(
      'ATHANOR_COMMIT_REFUSED',
      `The scope "${name}" was not committed: its reply had begun before its session was used, and a failure could not have been told to the client. Use the session before you write the head, or commit yourself.`,
      new IllegalStateError('The head of the reply was sent before the first use of the session.'),
    )
    return false
  }

  /** What is lost though all went well: of the main session where nobody else would commit, and of forks, whose changes nobody commits. */
  #tellDiscarded(sessions: ScopeSessions, isManual: boolean): void {
    const { application, name } = this.#scope
    if (!application.configuration.diagnostics || this.isRollbackOnly || !isSuccess(this.#outcome))
      return
    const names = [...(isManual ? sessions.pending('main') : []), ...sessions.pending('forks')]
    reportDiscarded(application.reporter, name, names)
  }

  /** Ends the unit of work without asking anybody: transaction blocks that are open come to nothing. */
  #discard(reason: string): void {
    this.#advance('settling')
    if (this.#sessions !== undefined && !this.#isAborted) this.#tellDiscarded(this.#sessions, true)
    this.#isRollbackOnly = true
    this.#end = { reason }
    this.#noteEndedHere()
    this.#seal()
  }

  /** For the story of its end: where the reply was handed over. Behind the commit nobody of the program stands in the stack. */
  #noteEndedHere(): void {
    if (this.#scope.application.configuration.diagnostics)
      this.#sealedAt = new CallSite({ wholeStack: true })
  }

  /** The unit of work is over: the connections go back, the session is closed or, while a stream follows, reads on. */
  #seal(): void {
    this.#isCommitting = false
    const isStreaming = this.#end.streaming === true && this.#error === undefined
    this.#advance(isStreaming ? 'streaming' : 'settled')
    this.#sealing = isStreaming
      ? this.#sessions?.beginReading()
      : this.#sessions?.close('its scope has ended')
    if (this.#isAbandoned) void this.close('its client has gone')
  }

  // ── the end ──

  /** Each step runs whatever the others throw; what they throw is reported, since nobody waits who could be told. */
  async #closeInSteps(): Promise<void> {
    await this.#settlement?.catch(() => {}) // whoever settled was told
    const errors = [...((await this.#sealing) ?? [])]
    if (this.#state === 'streaming' && this.#sessions !== undefined)
      errors.push(...(await this.#sessions.close('its scope has ended')))
    this.#finish()
    const { application, name } = this.#scope
    if (this.#hasListeners) errors.push(...(await this.#tellListeners()))
    this.#forgetQueries()
    if (errors.length === 0) return
    const message = `Closing the scope "${name}" failed in ${errors.length} ${errors.length === 1 ? 'step' : 'steps'}; all others ran.`
    application.reporter.error('ATHANOR_CLOSE_FAILED', message, combined(errors, message))
  }

  async #tellListeners(): Promise<readonly unknown[]> {
    const scope = this.#scope
    const outcome = this.#outcome
    const listeners = [
      ...(this.#listeners?.toReversed() ?? []),
      ...scope.application.listeners.of('teardown'),
    ]
    return runSteps(listeners.map((listener) => () => listener(outcome, scope)))
  }

  #finish(): void {
    this.#advance('closed')
    this.#scope.application.scopes.delete(this.#scope)
  }

  /** Behind the teardown listeners, who may want to show them. */
  #forgetQueries(): void {
    this.#scope.application.recorder?.forget(this.#scope)
  }

  get #hasListeners(): boolean {
    return this.#listeners !== undefined || this.#scope.application.listeners.has('teardown')
  }

  get #outcome(): Outcome {
    const { status, streaming = false } = this.#end
    const committed = this.#sessions?.hasCommitted ?? false
    return { error: this.#error, status, aborted: this.#isAborted, committed, streaming }
  }

  #advance(next: ScopeState): void {
    if (!MAY_FOLLOW[this.#state].includes(next))
      throw new TypeError(`a scope cannot become ${next} after ${this.#state}`)
    this.#state = next
  }

  #abort(): void {
    this.#isAborted = true
    this.#alarm?.ring()
  }

  get #armed(): ScopeAlarm {
    return (this.#alarm ??= new ScopeAlarm((reason) => void this.cancel(reason)))
  }
}
