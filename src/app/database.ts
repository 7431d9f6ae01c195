import { inspect } from 'node:util'
import { CallSite } from '../errors/index.ts'
import type { Dialect, Engine } from '../engine/index.ts'
import { isRowEvent, registerQueryScope, selectLater, Session } from '../orm/index.ts'
import type {
  AnyEntity,
  ClassOf,
  KeysetOptions,
  KeysetPage,
  KyselyDB,
  Loaded,
  Models,
  Page,
  PaginateOptions,
  Paths,
  QueryScope,
  RowEvent,
  RowListener,
  RowQuery,
  SessionOptions,
  TransactionOptions,
} from '../orm/index.ts'
import { MetaData } from '../schema/index.ts'
import type { Kysely } from '../sql/index.ts'
import type { Application } from './application.ts'
import { Applications } from './applications.ts'
import type { DatabaseConfig, DatabaseOptions, SessionClass } from './database-options.ts'
import { Listeners, type DatabaseEvent, type DatabaseEvents } from './listeners.ts'
import { firstOr404, missing, oneOr404, strictKey } from './not-found.ts'
import type { LooseKey, NotFoundOptions, OneOr404Options, Otherwise } from './not-found.ts'
import { noScopeError } from './scope-errors.ts'
import type { ScopeEdge, ScopeOptions } from './scope-options.ts'
import { currentScope, tasks, type Scope } from './scope.ts'
import { createAll, dropAll, reflect, type EngineKeys } from './schema-operations.ts'
import { ApplicationSessionContext } from './session-context.ts'
import { checkFunction, checkQuery } from './argument-checks.ts'
import { checkScopeOptions, checkShared } from './configuration.ts'

const DISPOSE_DEADLINE_MS = 10_000

/** How a Database is disposed of. */
export interface DisposeOptions {
  /** Milliseconds that open scopes have to end by themselves. Default 10_000. */
  readonly deadlineMs?: number
}

/** How an application leaves its Database. */
export interface DetachOptions extends DisposeOptions {
  /** Whether the engines are closed. Default: when no other application uses them. */
  readonly dispose?: boolean | undefined
}

/** A Database of any dialects; `src/database.ts` gives it those that come with the library, and says what it is. */
export class Database<
  // oxlint-disable-next-line typescript/no-explicit-any -- `db: Database` is a Database of whatever models: Kysely's types compare no others
  const M extends Models = any,
  S extends Session = Session,
> implements AsyncDisposable {
  readonly #applications: Applications
  readonly #listeners = new Listeners()
  /** Held weakly by those who look for it. */
  readonly #queryScope: QueryScope
  readonly #forgetQueries: () => void
  readonly #sessionClass: SessionClass
  readonly #scopeOfCaller: () => Scope | undefined

  /**
   * @throws {ConfigurationError} UNKNOWN_OPTION, CONFIGURATION: what is wrong with the options. @throws {MappingError} MAPPING: with a model.
   */
  constructor(options: DatabaseOptions<M, S>, dialects: ReadonlyMap<string, Dialect>) {
    const { models, sessionClass, currentScope: scopeOfCaller, ...config } = options
    checkShared({ models, sessionClass, currentScope: scopeOfCaller })
    this.#sessionClass = sessionClass ?? Session
    this.#scopeOfCaller = scopeOfCaller ?? currentScope
    this.#applications = new Applications(config, {
      owner: this,
      models,
      sessionClass: this.#sessionClass,
      dialects,
      listeners: this.#listeners,
    })
    const describe = (): string => this.toString()
    this.#queryScope = {
      knows: (model) => [...this.#applications.all].some(({ registry }) => registry.knows(model)),
      currentSession: () => this.#currentScope?.session,
      get name() {
        return describe()
      },
    }
    this.#forgetQueries = registerQueryScope(this.#queryScope)
  }

  // ── applications ──

  /**
   * Gives a framework's application engines of its own, by `config`, or this Database's. For a Database that was made without a URL, and for several
   * applications on one.
   *
   * @throws {ConfigurationError} ALREADY_INITIALIZED when the application was initialized before; ENGINE_NOT_CONFIGURED without a URL.
   */
  initApp(app: object, config?: DatabaseConfig): void {
    this.#applications.register(app, config)
  }

  /** For adapters: makes sure that the framework's application is registered. @throws {ConfigurationError} ALREADY_INITIALIZED when another Database has it. */
  attach(app: object): void {
    if (!this.#applications.has(app)) this.#applications.register(app)
  }

  /**
   * For adapters: the framework's application closes. Its engines are closed when no other application uses them, or as `dispose` says.
   */
  async detach(
    app: object,
    { dispose, deadlineMs = DISPOSE_DEADLINE_MS }: DetachOptions = {},
  ): Promise<void> {
    const application = this.#applications.of(app)
    const isUnused = this.#applications.forget(app) !== undefined
    if (dispose ?? isUnused) await application.dispose(deadlineMs, ownScopes())
  }

  // ── scopes ──

  /** Runs `fn` in a scope of its own, and ends the scope with it: rolled back what was not committed, unless `commit` says otherwise. */
  async run<T>(fn: (scope: Scope) => Promise<T> | T, options: ScopeOptions = {}): Promise<T> {
    checkFunction(fn, 'db.run(async () => { … }, options)')
    const scope = this.#open(options)
    try {
      const result = await scope.run(() => fn(scope))
      await scope.settle({ reason: 'its function has returned' })
      if (scope.isAborted) throw scope.closedError('finish the work')
      return result
    } catch (error) {
      scope.fail(error)
      throw error
    } finally {
      await scope.close('its function has failed')
    }
  }

  /** A function that runs `fn` in a scope of its own at each call: for events, queues and timers. */
  wrap<A extends unknown[], T>(
    fn: (...args: A) => Promise<T> | T,
    options: ScopeOptions = {},
  ): (...args: A) => Promise<T> {
    checkFunction(fn, 'db.wrap(async () => { … }, options)')
    checkScopeOptions(options)
    const named = { ...(fn.name === '' ? {} : { name: fn.name }), ...options }
    const run = (body: () => Promise<T> | T): Promise<T> => this.run(body, named)
    return function wrapped(this: unknown, ...args: A) {
      return run(() => fn.apply(this, args))
    }
  }

  /** Opens a scope that the caller ends: with `settle` and `close`, or by `await using`. Work in it runs by `scope.run`. Adapters pass an edge. */
  openScope(options: ScopeOptions = {}, edge?: ScopeEdge): Scope {
    return this.#open(options, edge)
  }

  /** The scope that the caller runs in. @throws {NoScopeError} NO_SCOPE. */
  get scope(): Scope {
    const scope = this.#currentScope
    if (scope === undefined) throw noScopeError('use db.scope')
    return scope
  }

  /** The session of the scope that the caller runs in. @throws {NoScopeError} NO_SCOPE; @throws {ScopeClosedError} SCOPE_CLOSED. */
  get session(): S {
    const scope = this.#currentScope
    if (scope === undefined) throw noScopeError('use db.session')
    return scope.session as S
  }

  /** A session that belongs to the caller, who closes it: `await using session = db.createSession()`. */
  createSession(options: SessionOptions & { readonly app?: object } = {}): S {
    const { app, ...own } = options
    const application = app === undefined ? this.application : this.#applications.of(app)
    const site = new CallSite()
    const holder = {
      get name() {
        return `session opened at ${site.toString()}`
      },
      parent: this.#currentScope,
    }
    return new this.#sessionClass(
      new ApplicationSessionContext(application, {
        holder,
        options: { ...application.configuration.session, ...own },
        tasks,
      }),
    ) as S
  }

  // ── units of work in the current scope ──

  /**
   * Runs `fn` as a transaction of the current scope's session: commits when it returns, rolls back when it throws. Inside another one it is a savepoint.
   * Around a request's handler a reply with status 400 or above rolls back as well.
   *
   * @throws {NoScopeError} NO_SCOPE. What `fn` throws, after the rollback.
   */
  async transaction<T>(
    fn: (session: S) => Promise<T> | T,
    options?: TransactionOptions,
  ): Promise<T> {
    checkFunction(fn, 'db.transaction(async () => { … }, options)')
    return this.scope.transaction((session) => fn(session as S), options)
  }

  /** A function that runs `fn` in `transaction()` at each call: for handlers of routes. */
  transactional<A extends unknown[], T>(
    fn: (...args: A) => Promise<T> | T,
    options?: TransactionOptions,
  ): (...args: A) => Promise<T> {
    checkFunction(fn, 'db.transactional(async () => { … }, options)')
    const transaction = (body: () => Promise<T> | T): Promise<T> => this.transaction(body, options)
    return function transactional(this: unknown, ...args: A) {
      return transaction(() => fn.apply(this, args))
    }
  }

  /** `session.select`, which finds the current scope's session when the query is executed. */
  readonly select: Session['select'] = ((what: unknown) =>
    selectLater(() => this.session, what)) as Session['select']

  /** Kysely on the current scope's session, typed by the models: in its transaction, after its autoflush. */
  get kysely(): Kysely<KyselyDB<M>> {
    return this.session.kysely as unknown as Kysely<KyselyDB<M>>
  }

  // ── helpers of web applications ──

  /**
   * The object with this key. A key from a URL may be text; what cannot be a key has no row, and nothing is asked for it. In memory already: nothing is sent.
   *
   * @throws {NotFoundError} NOT_FOUND, which web frameworks answer as 404.
   */
  getOr404<E extends AnyEntity>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    options?: NotFoundOptions,
  ): Promise<E>
  getOr404<E extends AnyEntity, const P extends readonly string[]>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    options: NotFoundOptions & { readonly with: Paths<E, P> },
  ): Promise<Loaded<E, P[number]>>
  getOr404<E extends AnyEntity>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    options: NotFoundOptions & { readonly with?: readonly string[] } = {},
  ): Promise<E> {
    return this.#getOr(model, key, 404, options)
  }

  /** As `getOr404`, with another status, or an error of your own. */
  getOr<E extends AnyEntity>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    otherwise: Otherwise,
    options?: NotFoundOptions,
  ): Promise<E>
  getOr<E extends AnyEntity, const P extends readonly string[]>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    otherwise: Otherwise,
    options: NotFoundOptions & { readonly with: Paths<E, P> },
  ): Promise<Loaded<E, P[number]>>
  getOr<E extends AnyEntity>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    otherwise: Otherwise,
    options: NotFoundOptions & { readonly with?: readonly string[] } = {},
  ): Promise<E> {
    return this.#getOr(model, key, otherwise, options)
  }

  /** The first row of a query; a row whose value is NULL is a row. @throws {NotFoundError} NOT_FOUND. */
  async firstOr404<Row>(query: RowQuery<Row>, options?: NotFoundOptions): Promise<Row> {
    checkQuery(query, 'take the first of')
    return firstOr404(query, options)
  }

  /** The only row of a query. @throws {NotFoundError} NOT_FOUND when there is none, or several. */
  async oneOr404<Row>(query: RowQuery<Row>, options?: OneOr404Options): Promise<Row> {
    checkQuery(query, 'take the one of')
    return oneOr404(query, options)
  }

  /** A page of a query. In a request the page is the one that the query string asks for. @throws {NotFoundError} NOT_FOUND for a page that does not exist, unless `errorOut` is false. */
  async paginate<Row>(query: RowQuery<Row>, options: PaginateOptions = {}): Promise<Page<Row>> {
    checkQuery(query, 'paginate')
    return query.paginate({ ...options, errorOut: options.errorOut ?? true })
  }

  /** A page of a query that begins at a cursor: see `RowQuery.paginateKeyset`. @throws {NotFoundError} BAD_CURSOR. @since 0.2 */
  async paginateKeyset<Row>(
    query: RowQuery<Row>,
    options?: KeysetOptions,
  ): Promise<KeysetPage<Row>> {
    checkQuery(query, 'paginate')
    return query.paginateKeyset(options)
  }

  // ── engines and tables ──

  /** The application that is meant: the current scope's, or the only one. @internal */
  get application(): Application {
    return this.#currentScope?.application ?? this.#applications.only
  }

  /** The default engine. @throws {ConfigurationError} UNKNOWN_ENGINE, ENGINE_NOT_CONFIGURED. */
  get engine(): Engine {
    return this.application.engine('default')
  }

  /** The engines by key. */
  get engines(): ReadonlyMap<string, Engine> {
    return this.application.engines
  }

  /** The engines of all its applications. @internal */
  get allEngines(): readonly Engine[] {
    return [...this.#applications.all].flatMap(({ engines }) => [...engines.values()])
  }

  /** The tables of the default engine. */
  get metadata(): MetaData {
    const { metadatas } = this
    return metadatas.get('default') ?? new MetaData('default')
  }

  /** The tables of each engine, by key. */
  get metadatas(): ReadonlyMap<string, MetaData> {
    return this.application.registry.metadatas
  }

  /** Creates the tables that do not exist, on all engines or on those named; existing ones stay as they are. Needs no scope. @throws {ArgumentError} ARGUMENT when there is no table. */
  async createAll(keys?: EngineKeys): Promise<void> {
    return createAll(this.application, keys, this.#currentScope)
  }

  /** Drops the models' tables. Needs no scope. */
  async dropAll(keys?: EngineKeys): Promise<void> {
    return dropAll(this.application, keys, this.#currentScope)
  }

  /** Reads the tables that no model describes into `metadatas`. Needs no scope. */
  async reflect(keys?: EngineKeys): Promise<void> {
    return reflect(this.application, keys, this.#currentScope)
  }

  /** Connects every engine: `'ok'`, or what stands in the way. */
  async ping(): Promise<Record<string, 'ok' | Error>> {
    const answers = [...this.application.engines].map(
      async ([key, engine]) =>
        [key, await engine.ping().then(() => 'ok' as const, asError)] as const,
    )
    return Object.fromEntries(await Promise.all(answers))
  }

  // ── the end ──

  /** Adds a listener for scopes and sessions; disposing of the result removes it. */
  on<E extends DatabaseEvent>(event: E, listener: DatabaseEvents[E]): Disposable
  /**
   * Adds a listener to the rows of a model, in all sessions: see `session.on`.
   * @since 0.2
   */
  on<E extends AnyEntity>(event: RowEvent, model: ClassOf<E>, listener: RowListener<E>): Disposable
  on(event: DatabaseEvent | RowEvent, ...args: readonly unknown[]): Disposable {
    const [first, second] = args
    if (isRowEvent(event))
      return this.#listeners.rows.on(event, first as ClassOf<AnyEntity>, second as RowListener)
    return this.#listeners.on(event, first as DatabaseEvents[DatabaseEvent])
  }

  /**
   * Ends the Database for good: opens no more scopes, waits for those that are open, ends the rest by force, closes all connections. A second call gives
   * the first one's result.
   */
  async dispose({ deadlineMs = DISPOSE_DEADLINE_MS }: DisposeOptions = {}): Promise<void> {
    const own = ownScopes()
    await Promise.all(
      [...this.#applications.all].map((application) => application.dispose(deadlineMs, own)),
    )
    this.#forgetQueries()
  }

  /** As `dispose()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** `<Database>`; in a scope with its URLs: the default one without its password, and how many others there are. */
  toString(): string {
    const application = this.#currentScope?.application
    if (application === undefined) return '<Database>'
    const engine = application.engines.get('default')
    const others = application.engines.size - (engine === undefined ? 0 : 1)
    return `<Database ${engine?.url.toString() ?? '(No default engine)'}${others === 0 ? '' : ` +${others} engines`}>`
  }

  /** As `toString()`. */
  toJSON(): string {
    return this.toString()
  }

  // ── private ──

  /** The innermost scope of this Database that the caller runs in. */
  get #currentScope(): Scope | undefined {
    return this.#innermost(this.#scopeOfCaller())
  }

  #innermost(scope: Scope | undefined): Scope | undefined {
    let own = scope
    while (own !== undefined && own.application.owner !== this) own = own.parent
    return own
  }

  #open(options: ScopeOptions, edge?: ScopeEdge): Scope {
    checkScopeOptions(options)
    const surrounding = currentScope()
    const application =
      options.app === undefined
        ? (this.#innermost(surrounding)?.application ?? this.#applications.only)
        : this.#applications.of(options.app)
    return application.openScope({
      app: options.app ?? this.#applications.appOf(application),
      parent: surrounding?.closed === true ? undefined : surrounding,
      options: edge === undefined ? options : undefined,
      edge,
      openedAt:
        edge === undefined && application.configuration.diagnostics ? new CallSite() : undefined,
    })
  }

  async #getOr<E extends AnyEntity>(
    model: ClassOf<E>,
    key: LooseKey<E>,
    otherwise: Otherwise,
    options: NotFoundOptions & { readonly with?: readonly string[] },
  ): Promise<E> {
    const { session } = this
    const strict = strictKey(this.application.registry, model, key)
    const paths = { with: (options.with ?? []) as Paths<E, readonly string[]> }
    const found =
      strict === undefined
        ? null
        : options.with === undefined
          ? await session.get(model, strict)
          : await session.get<E, readonly string[]>(model, strict, paths)
    if (found === null) throw missing(otherwise, options.description ?? 'Not found.')
    return found
  }
}

Object.defineProperty(Database.prototype, inspect.custom, {
  value(this: { toString(): string }) {
    return this.toString()
  },
})

/** The scopes that the caller runs in: what waits for them would wait for itself. */
function ownScopes(): ReadonlySet<Scope> {
  const own = new Set<Scope>()
  for (let scope = currentScope(); scope !== undefined; scope = scope.parent) own.add(scope)
  return own
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
