import { AsyncLocalStorage } from 'node:async_hooks'
import type { Engine } from '../engine/index.ts'
import { CallSite, type ScopeClosedError } from '../errors/index.ts'
import type {
  Calls,
  Registry,
  Schemas,
  Session,
  SessionContext,
  TransactionOptions,
} from '../orm/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { Application } from './application.ts'
import type { Outcome } from './outcome.ts'
import type { PageQuery } from './pagination/index.ts'
import type { RecordedQuery } from './queries/index.ts'
import { ScopeLife, type ScopeBirth } from './scope-life.ts'
import type { ScopeEdge, ScopeEnd, ScopeKind, ScopeSettings } from './scope-options.ts'
import type { Verdict } from './scope-sessions.ts'
import type { Tasks } from './session-context.ts'
import { engineFor, type StandIns } from './stand-ins.ts'

const scopes = new AsyncLocalStorage<Scope>()
const blocks = new AsyncLocalStorage<object>()
const callSites = new AsyncLocalStorage<CallSite>()

/** The innermost scope that the caller runs in, open or closed, of whatever Database. */
export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

/** In which transaction block the caller runs: what sessions ask to tell a block's own statements from others'. */
export const tasks: Tasks = {
  current: () => blocks.getStore(),
  run: (task, fn) => blocks.run(task, fn),
}

/** To which call of the program an operation belongs; asked by sessions while somebody records statements. */
export const calls: Calls = {
  current: () => callSites.getStore(),
  here: () => new CallSite({ wholeStack: true, otherwise: callSites.getStore() }),
  run: (call, fn) => callSites.run(call, fn),
}

/** Whose statement it is: the nearest scope of the application around the holder of the connection, else around the caller. */
export function scopeOf(
  holder: SessionContext['holder'],
  application: Application,
): Scope | undefined {
  for (const start of [holder, currentScope()])
    for (let each = start; each !== undefined; each = each.parent)
      if (each instanceof Scope && each.application === application) return each
  return undefined
}

/** Where a scope comes from. */
export interface ScopeOrigin extends ScopeBirth {
  readonly app: object | undefined
  readonly parent: Scope | undefined
}

/**
 * One request, job, command or test: it owns a session, and what was begun in it ends with it.
 *
 * `db.scope` is the one that the caller runs in. Until its session is used it takes no connection. It is settled once (committed or rolled back,
 * connections given back) and closed once (listeners told); then it refuses use with the story of its end.
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
  readonly #life: ScopeLife
  #settings: ScopeSettings | undefined
  #registry: Registry | undefined

  /** Opened by `db.run`, by an adapter, or by `db.openScope()`. */
  constructor(application: Application, origin: ScopeOrigin) {
    const { app, parent, edge, options } = origin
    this.application = application
    this.app = app
    this.parent = parent
    this.kind = edge === undefined ? (options?.kind ?? 'job') : 'request'
    this.#edge = edge
    this.#settings = options
    this.#life = new ScopeLife(this, origin, tasks)
    application.scopes.add(this)
    if (options?.timeoutMs !== undefined || options?.signal !== undefined) this.#life.watch(options)
  }

  /** What messages call it: `GET /posts/:id`. */
  get name(): string {
    return this.settings.name ?? 'db.run'
  }

  /** The scope's session, made at its first use; the same one until the end. @throws {ScopeClosedError} SCOPE_CLOSED after the end. */
  get session(): Session {
    return this.#life.use('use the session').main
  }

  /**
   * A further session of this scope, for work in parallel. It shares nothing with `session`, is closed with the scope, and only its own `commit()`
   * stores anything.
   */
  fork(): Session {
    return this.#life.use('fork the session').fork()
  }

  /**
   * The statements that were sent in this scope, in order, as far as `recordQueries` has them recorded; empty where it is off. The list is of this moment. Readable until the teardown
   * listeners have run; gone with the scope.
   */
  get queries(): readonly RecordedQuery[] {
    return this.application.recorder?.queriesOf(this) ?? []
  }

  /** Runs `fn` as a transaction block of the scope's session; `db.transaction` is this of the current scope. */
  transaction<T>(
    fn: (session: Session) => Promise<T> | T,
    options?: TransactionOptions,
  ): Promise<T> {
    return this.#life.use('begin a transaction').transaction(fn, () => this.#judge(), options)
  }

  /** Says that whatever the reply is, athanor must not commit: for an error page that is answered with status 200. */
  setRollbackOnly(reason?: string): void {
    this.#life.setRollbackOnly(reason)
  }

  /** Whether nothing of this scope may be committed by athanor any more. */
  get isRollbackOnly(): boolean {
    return this.#life.isRollbackOnly
  }

  /**
   * Runs `fn` after the commit of what the scope's session does now, before the reply leaves: for mail, or a search index. Dropped by a rollback, also by that of the savepoint it was called in. The session
   * refuses SQL in it; its failure is reported and changes nothing.
   */
  afterCommit(fn: () => unknown): void {
    this.#life.use('add a callback').main.afterCommit(fn)
  }

  /** Runs `fn` once, when the scope is closed; the last one added runs first. Its failure is reported and changes nothing. */
  onTeardown(fn: (outcome: Outcome) => unknown): void {
    this.#life.addListener(fn)
  }

  /** Aborts when the scope is ended by force or the client leaves. */
  get signal(): AbortSignal {
    return this.#life.signal
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

  // ── the end: for adapters, and for whoever opened the scope by hand ──

  /** True once it has ended. */
  get closed(): boolean {
    return this.#life.state === 'closed'
  }

  /** True once its work is committed or rolled back, so that the reply may leave. */
  get isSettled(): boolean {
    return this.#life.state !== 'open' && this.#life.state !== 'settling'
  }

  /** True while a commit is under way whose outcome the reply waits for. */
  get isSettling(): boolean {
    return this.#life.state === 'settling'
  }

  /** True when it was ended by force, or its client left before the work was done. */
  get isAborted(): boolean {
    return this.#life.isAborted
  }

  /** How often it was used after its end. */
  get lateUses(): number {
    return this.#life.lateUses
  }

  /** Notes that something was thrown which the reply may not show: the scope has failed, whatever its status is. */
  fail(error: unknown): void {
    this.#life.fail(error)
  }

  /** Forbids that athanor commits, because the client could not be told of a failure: its reply has begun. */
  noteReplyBegun(): void {
    this.#life.noteReplyBegun()
  }

  /**
   * Ends the unit of work, once and before the reply leaves: commits or rolls back as the policy says, gives the connections back, seals the session.
   * Waits for transaction blocks that nobody has awaited.
   *
   * Gives a promise only when there is something to wait for. A second call gives the first one's result.
   * @throws what the commit threw; the work is rolled back then.
   */
  settle(end: ScopeEnd = {}): MaybePromise<void> {
    return this.#life.settle(end)
  }

  /**
   * Ends the scope, once: what is not settled is rolled back, the sessions are closed, the listeners are told. Every step runs whatever the others threw;
   * what they threw is reported and never thrown.
   */
  close(reason = 'it was closed'): MaybePromise<void> {
    return this.#life.close(reason)
  }

  /** Ends the scope by force: it counts as aborted, its signal aborts, what is not settled is rolled back. */
  cancel(reason: string): MaybePromise<void> {
    return this.#life.cancel(reason)
  }

  /** The client has gone. The work may go on to its settlement for `graceMs` milliseconds; then the scope is ended by force. */
  abandon(graceMs: number): void {
    this.#life.abandon(graceMs)
  }

  /** Ends the scope: what is not settled is rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close('it was disposed of')
  }

  // ── for the sessions of the scope ──

  /** The engine that answers for a key in this scope: the one of that key, or its stand-in. Default `'default'`. @throws {ConfigurationError} UNKNOWN_ENGINE; CONFIGURATION for a stand-in of another dialect. @since 0.2 */
  engine(key = 'default'): Engine {
    return engineFor(this.application, key, this.#standIns)
  }

  /** The schema that the tables of an engine's models stand in, in this scope; undefined = the connection's own. Default `'default'`. @throws {ConfigurationError} UNKNOWN_ENGINE. @since 0.2 */
  schema(key = 'default'): string | undefined {
    const engine = this.application.engine(key)
    return this.registry.metadatas.get(engine.key)?.schema
  }

  /** The models in its schemas, which are chosen once. @throws {ConfigurationError} UNKNOWN_ENGINE, CONFIGURATION. @internal */
  get registry(): Registry {
    return (this.#registry ??= this.application.schemaRegistries.of(this.#schemas ?? {}))
  }

  /** How its unit of work runs. @internal */
  get settings(): ScopeSettings {
    return (this.#settings ??= this.#edge?.settings() ?? {})
  }

  /** For edges: more is known of the request now, such as the options of its route; the settings are read again. @internal */
  rereadSettings(): void {
    if (this.#edge !== undefined) this.#settings = undefined
  }

  /** What the query string of the request says of pages. @internal */
  get pageQuery(): PageQuery | undefined {
    return this.#edge?.pageQuery()
  }

  /** Whether the session may only read: asked for, or because the reply's body is on its way. @internal */
  get isReadOnly(): boolean {
    return this.#life.state === 'streaming' || this.settings.readOnly === true
  }

  /** Whether the commit that ends its work is under way. @internal */
  get isCommitting(): boolean {
    return this.#life.isCommitting
  }

  /** The error of a use after the end. @internal */
  closedError(operation: string): ScopeClosedError {
    return this.#life.closedError(operation)
  }

  /** Its own, or those of the scope around it: a helper that opens a scope stays with its tenant. */
  get #standIns(): StandIns | undefined {
    const { parent } = this
    const around = parent?.application === this.application ? parent.#standIns : undefined
    return this.settings.engines ?? around
  }

  /** As the stand-ins. */
  get #schemas(): Schemas | undefined {
    const { parent } = this
    const around = parent?.application === this.application ? parent.#schemas : undefined
    return this.settings.schemas ?? around
  }

  /** Judges the outermost transaction block around a handler: a reply with an error status is a failure, though nothing is thrown. */
  #judge(): Verdict {
    const edge = this.#edge
    const wasSuccess = (edge?.statusOf() ?? 200) < 400
    return (result) =>
      this.isRollbackOnly || (wasSuccess && edge !== undefined && edge.statusOf(result) >= 400)
  }
}
