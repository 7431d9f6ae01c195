import { AsyncLocalStorage } from 'node:async_hooks'
import { CallSite, IllegalStateError, type ScopeClosedError } from '../errors/index.ts'
import type { Session, TransactionOptions } from '../orm/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { Application } from './application.ts'
import { reportDiscarded } from './discarded-changes.ts'
import { isSuccess, wantsCommit, type Outcome } from './outcome.ts'
import type { PageQuery } from './pagination/index.ts'
import { ScopeAlarm } from './scope-alarm.ts'
import { scopeClosedError } from './scope-errors.ts'
import type {
  ScopeEdge,
  ScopeEnd,
  ScopeKind,
  ScopeOptions,
  ScopeSettings,
} from './scope-options.ts'
import { ScopeSessions, type Verdict } from './scope-sessions.ts'
import { combined, runSteps } from './steps.ts'

const scopes = new AsyncLocalStorage<Scope>()
const blocks = new AsyncLocalStorage<object>()

/** The innermost scope that the caller runs in, open or closed, of whatever Database. */
export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

/** In which transaction block the caller runs: what sessions ask to tell a block's own statements from others'. */
export const tasks = {
  current: (): unknown => blocks.getStore(),
  run: <T>(task: object, fn: () => T): T => blocks.run(task, fn),
}

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

/** Where a scope comes from. */
export interface ScopeOrigin {
  readonly app: object | undefined
  readonly parent: Scope | undefined
  readonly openedAt?: CallSite | undefined
  /** What the program said. */
  readonly options?: ScopeOptions | undefined
  /** What an adapter knows. */
  readonly edge?: ScopeEdge | undefined
}

/**
 * One request, job, command or test: it owns a session, and what was begun in it ends with it.
 *
 * `db.scope` is the one that the caller runs in. Until its session is used a scope costs one object and no connection. It is settled once (committed or
 * rolled back, connections given back) and closed once (listeners told); then it refuses use with the story of its end.
 * @since 0.1
 */
export class Scope {
  /** What opened it. */
  readonly kind: ScopeKind
  /** The application it belongs to: the framework's instance. */
  readonly app: object | undefined
  /** The scope inside which this one was opened. */
  readonly parent: Scope | undefined
  /** The engines and models that it works with. @internal */
  readonly application: Application
  readonly #edge: ScopeEdge | undefined
  readonly #openedAt: CallSite | undefined
  #settings: ScopeSettings | undefined
  #state: ScopeState = 'open'
  #sessions: ScopeSessions | undefined
  #listeners: ((outcome: Outcome) => unknown)[] | undefined
  #error: unknown
  #end: ScopeEnd = {}
  #sealedAt: CallSite | undefined
  #settlement: Promise<void> | undefined
  #ending: Promise<readonly unknown[]> | undefined
  #closing: Promise<void> | undefined
  #alarm: ScopeAlarm | undefined
  #isAborted = false
  #isAbandoned = false
  #isRollbackOnly = false
  #hasReplyBegun = false
  #lateUses = 0

  /** Opened by `db.run`, by an adapter, or by `db.openScope()`. */
  constructor(application: Application, origin: ScopeOrigin) {
    this.application = application
    this.app = origin.app
    this.parent = origin.parent
    this.#edge = origin.edge
    this.#settings = origin.options
    this.#openedAt = origin.openedAt
    this.kind = origin.edge === undefined ? (origin.options?.kind ?? 'job') : 'request'
    application.scopes.add(this)
    const { options } = origin
    if (options?.timeoutMs !== undefined || options?.signal !== undefined)
      this.#armed.watch(options)
  }

  /** What messages call it: `GET /posts/:id`. */
  get name(): string {
    return this.settings.name ?? 'db.run'
  }

  /** True once it has ended. */
  get closed(): boolean {
    return this.#state === 'closed'
  }

  /** True once its work is committed or rolled back, so that the reply may leave. */
  get isSettled(): boolean {
    return this.#state !== 'open' && this.#state !== 'settling'
  }

  /** True while a commit is under way whose outcome the reply waits for. */
  get isSettling(): boolean {
    return this.#state === 'settling'
  }

  /** True when it was ended by force, or its client left before the work was done. */
  get isAborted(): boolean {
    return this.#isAborted
  }

  /** How often it was used after its end. */
  get lateUses(): number {
    return this.#lateUses
  }

  /** How its unit of work runs. @internal */
  get settings(): ScopeSettings {
    return (this.#settings ??= this.#edge?.settings() ?? {})
  }

  /** The scope's session, made at its first use; the same one until the end. @throws {ScopeClosedError} SCOPE_CLOSED after the end. */
  get session(): Session {
    return this.#usable('use the session').main
  }

  /** Aborts when the scope is ended by force or the client leaves. */
  get signal(): AbortSignal {
    const alarm = this.#armed
    if (this.#isAborted) alarm.ring()
    return alarm.signal
  }

  /** Whether nothing of this scope may be committed by athanor any more. */
  get isRollbackOnly(): boolean {
    return this.#isRollbackOnly || this.#sessions?.main.isRollbackOnly === true
  }

  /**
   * A further session of this scope, for work in parallel. It shares nothing with `session`, is closed with the scope, and only its own `commit()`
   * stores anything.
   */
  fork(): Session {
    return this.#usable('fork the session').fork()
  }

  /** Says that whatever the reply is, athanor must not commit: for an error page that is answered with status 200. */
  setRollbackOnly(reason?: string): void {
    this.#isRollbackOnly = true
    this.#sessions?.main.setRollbackOnly(reason)
  }

  /** Runs `fn` after the next commit of `session`, before the reply leaves; never after a rollback. Its failure is reported and changes nothing. */
  afterCommit(fn: () => unknown): void {
    this.#usable('add a callback').afterCommit(fn)
  }

  /** Runs `fn` once, when the scope is closed; the last one added runs first. Its failure is reported and changes nothing. */
  onTeardown(fn: (outcome: Outcome) => unknown): void {
    if (this.#state === 'closed') throw this.closedError('add a callback')
    ;(this.#listeners ??= []).push(fn)
  }

  /** A function that runs `fn` in this scope whoever calls it: for event emitters and raw streams. */
  bind<F extends (...args: never[]) => unknown>(fn: F): F {
    const scope = this as Scope
    return function bound(this: unknown, ...args: never[]) {
      return scopes.run(scope, () => fn.apply(this, args))
    } as F
  }

  /** Runs `fn` in this scope. The scope goes on afterwards; `db.run` is what opens and ends one. */
  run<T>(fn: () => T): T {
    return scopes.run(this, fn)
  }

  /** Runs `fn` as a transaction block of the scope's session; `db.transaction` is this of the current scope. */
  transaction<T>(
    fn: (session: Session) => Promise<T> | T,
    options?: TransactionOptions,
  ): Promise<T> {
    return this.#usable('begin a transaction').transaction(fn, () => this.#judge(), options)
  }

  // ── the end: for adapters, and for who opened the scope by hand ──

  /** Notes that something was thrown which the reply may not show: the scope has failed, whatever its status is. */
  fail(error: unknown): void {
    this.#error ??= error ?? new Error(`${String(error)} was thrown`)
  }

  /** Forbids that athanor commits, because the client could not be told of a failure: its reply has begun. */
  noteReplyBegun(): void {
    this.#hasReplyBegun = true
  }

  /**
   * Ends the unit of work, once and before the reply leaves: commits or rolls back as the policy says, gives the connections back, seals the session.
   *
   * Gives a promise only when there is something to wait for. A second call gives the first one's result.
   * @throws what the commit threw; the work is rolled back then.
   */
  settle(end: ScopeEnd = {}): MaybePromise<void> {
    if (this.#state !== 'open') return this.#settlement
    this.#advance('settling')
    this.#end = end
    const sessions = this.#sessions
    if (sessions === undefined) this.#seal()
    else if (sessions.isInBlock && !sessions.isCallerInBlock) {
      this.#settlement = sessions.blocksEnded().then(() => this.#commitOrDiscard(sessions))
    } else this.#settlement = this.#commitOrDiscard(sessions)
    return this.#settlement
  }

  /**
   * Ends the scope, once: what is not settled is rolled back, the sessions are closed, the listeners are told. Every step runs whatever the others threw;
   * what they threw is reported and never thrown.
   */
  close(reason = 'it was closed'): MaybePromise<void> {
    if (this.#closing !== undefined || this.#state === 'closed') return this.#closing
    this.#alarm?.stop()
    this.#isAbandoned = false // nobody has to close it any more
    if (this.#state === 'open') {
      this.#isRollbackOnly = true
      void this.settle({ ...this.#end, reason }) // rolls back: there is nothing to wait for but the closing of the sessions
    }
    if (this.#sessions === undefined && !this.#hasListeners) this.#finish()
    else this.#closing = this.#closeInSteps(reason)
    return this.#closing
  }

  /** Ends the scope by force: it counts as aborted, its signal aborts, what is not settled is rolled back. */
  cancel(reason: string): MaybePromise<void> {
    this.#abortNow()
    return this.close(reason)
  }

  /** The client has gone. The work may go on to its settlement for `graceMs` milliseconds; then the scope is ended by force. */
  abandon(graceMs: number): void {
    this.#abortNow()
    this.#isAbandoned = true
    if (this.isSettled) void this.close()
    else if (this.#state === 'open')
      this.#armed.cancelAfter(
        graceMs,
        `its client had gone, and the work did not end within ${graceMs} ms`,
      )
  }

  /** Ends the scope: what is not settled is rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close('it was disposed of')
  }

  // ── internal: sessions and the adapter's side ──

  /** What the query string of the request says of pages. @internal */
  get pageQuery(): PageQuery | undefined {
    return this.#edge?.pageQuery()
  }

  /** Whether the session may only read: asked for, or because the reply's body is on its way. @internal */
  get isReadOnly(): boolean {
    return this.#state === 'streaming' || this.settings.readOnly === true
  }

  /** The error of a use after the end. @internal */
  closedError(operation: string): ScopeClosedError {
    this.#lateUses += 1
    const { reason, status } = this.#end
    return scopeClosedError(operation, {
      name: this.name,
      openedAt: this.#openedAt,
      closedAt: this.#sealedAt,
      reason:
        reason ??
        (status === undefined ? 'its work was done' : `its reply ${status} was handed over`),
    })
  }

  #usable(operation: string): ScopeSessions {
    if (!USABLE.has(this.#state)) throw this.closedError(operation)
    return this.#sessions ?? this.#open()
  }

  #open(): ScopeSessions {
    this.#edge?.firstUse()
    const sessions = new ScopeSessions(this, tasks)
    this.#sessions = sessions
    return sessions
  }

  /** Judges the outermost transaction block around a handler: a reply with an error status is a failure, though nothing is thrown. */
  #judge(): Verdict {
    const edge = this.#edge
    const wasSuccess = (edge?.statusOf() ?? 200) < 400
    return (result) =>
      this.#isRollbackOnly || (wasSuccess && edge !== undefined && edge.statusOf(result) >= 400)
  }

  #commitOrDiscard(sessions: ScopeSessions): Promise<void> | undefined {
    try {
      if (!this.#mayCommit(sessions)) {
        this.#seal()
        return undefined
      }
    } catch (error) {
      this.#failSettling(error)
      return Promise.reject(error as Error)
    }
    return sessions.main.commit().then(
      () => this.#seal(),
      (error: unknown) => {
        this.#failSettling(error)
        throw error
      },
    )
  }

  #failSettling(error: unknown): void {
    this.fail(error)
    this.#seal()
  }

  /** Whether athanor commits now; where nobody does, the changes that are lost are told. */
  #mayCommit(sessions: ScopeSessions): boolean {
    const outcome = this.#outcome()
    if (sessions.isCallerInBlock) return !this.isRollbackOnly && isSuccess(outcome) // the reply was sent by the block, which is its end
    const policy = this.settings.commit ?? this.application.configuration.commit
    this.#tellDiscarded(sessions, policy === 'manual' && isSuccess(outcome) && !this.isRollbackOnly)
    if (this.isRollbackOnly || !wantsCommit(policy, outcome)) return false
    if (!this.#hasReplyBegun || !sessions.main.inTransaction) return true
    this.application.reporter.error(
      'ATHANOR_COMMIT_REFUSED',
      `The scope "${this.name}" was not committed: its reply had begun before its session was used, and a failure could not have been told to the client. Use the session before you write the head, or commit yourself.`,
      new IllegalStateError('the head of the reply was sent before the first use of the session'),
    )
    return false
  }

  #tellDiscarded(sessions: ScopeSessions, isMainExpected: boolean): void {
    if (!this.application.configuration.diagnostics) return
    const names = [
      ...(isMainExpected ? sessions.pending('main') : []),
      ...sessions.pending('forks'),
    ]
    reportDiscarded(this.application.reporter, this.name, names)
  }

  /** The unit of work is over: the connections go back, the session is closed or, while a stream follows, reads on. */
  #seal(): void {
    const isStreaming = this.#end.streaming === true && this.#error === undefined
    if (this.application.configuration.diagnostics) this.#sealedAt = new CallSite(this.settle)
    this.#advance(isStreaming ? 'streaming' : 'settled')
    this.#ending = isStreaming
      ? this.#sessions?.beginReading()
      : this.#sessions?.close(this.#end.reason ?? 'its scope has ended')
    if (this.#isAbandoned) void this.close()
  }

  async #closeInSteps(reason: string): Promise<void> {
    await this.#settlement?.catch(() => {}) // whoever settled was told
    const errors = [
      ...((await this.#ending) ?? []),
      ...((await this.#sessions?.close(reason)) ?? []),
    ]
    this.#finish()
    const outcome = this.#outcome()
    const calls = [
      ...(this.#listeners?.toReversed() ?? []),
      ...this.application.listeners.of('teardown'),
    ]
    errors.push(...(await runSteps(calls.map((listener) => () => listener(outcome, this)))))
    if (errors.length === 0) return
    const message = `Closing the scope "${this.name}" failed in ${errors.length} ${errors.length === 1 ? 'step' : 'steps'}; all others ran.`
    this.application.reporter.error('ATHANOR_CLOSE_FAILED', message, combined(errors, message))
  }

  #finish(): void {
    this.#advance('closed')
    this.application.scopes.delete(this)
  }

  get #hasListeners(): boolean {
    return this.#listeners !== undefined || this.application.listeners.has('teardown')
  }

  #outcome(): Outcome {
    const { status, streaming = false } = this.#end
    return {
      error: this.#error,
      status,
      aborted: this.#isAborted,
      committed: this.#sessions?.hasCommitted ?? false,
      streaming,
    }
  }

  #advance(next: ScopeState): void {
    if (!MAY_FOLLOW[this.#state].includes(next))
      throw new TypeError(`a scope cannot become ${next} after ${this.#state}`)
    this.#state = next
  }

  #abortNow(): void {
    this.#isAborted = true
    this.#alarm?.ring()
  }

  get #armed(): ScopeAlarm {
    return (this.#alarm ??= new ScopeAlarm((reason) => void this.cancel(reason)))
  }
}
