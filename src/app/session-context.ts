import type { Engine, IsolationLevel } from '../engine/index.ts'
import type {
  Calls,
  ChangeSignals,
  KeysetOptions,
  KeysetPage,
  KeysetSource,
  Page,
  PageSource,
  PaginateOptions,
  Registry,
  RowListeners,
  SessionContext,
  SessionOptions,
} from '../orm/index.ts'
import type { Application } from './application.ts'
import { paginate, paginateKeyset, type PageQuery } from './pagination/index.ts'
import type { Scope } from './scope.ts'

/** Who holds a session's connections, as messages and the check for self-deadlock see it. */
export type SessionHolder = SessionContext['holder']

/** Tells sessions in which transaction block their caller runs. */
export type Tasks = NonNullable<SessionContext['tasks']>

/** What surrounds a session of an application. */
export class ApplicationSessionContext implements SessionContext {
  readonly registry: Registry
  readonly holder: SessionHolder
  readonly options: SessionOptions
  readonly tasks: Tasks
  readonly #application: Application

  constructor(
    application: Application,
    facts: {
      readonly holder: SessionHolder
      readonly options: SessionOptions
      readonly tasks: Tasks
      /** The models in the schemas of a scope. Default: in those of the connections. */
      readonly registry?: Registry
    },
  ) {
    this.#application = application
    this.registry = facts.registry ?? application.registry
    this.holder = facts.holder
    this.options = facts.options
    this.tasks = facts.tasks
  }

  get metadatas(): Registry['metadatas'] {
    return this.#application.registry.metadatas
  }

  get diagnostics(): boolean {
    return this.#application.configuration.diagnostics
  }

  get calls(): Calls | undefined {
    return this.#application.calls
  }

  get rowListeners(): RowListeners {
    return this.#application.listeners.rows
  }

  /** @throws {ArgumentError} ARGUMENT for an isolation level that the engine lacks, though no transaction may begin. */
  engine(key: string): Engine {
    const engine = this.engineFor(key)
    const { isolation } = this.options
    const { dialect } = engine
    if (isolation !== undefined && !dialect.supports.isolationLevels.includes(isolation))
      dialect.beginSql({ isolation })
    return engine
  }

  protected engineFor(key: string): Engine {
    return this.#application.engine(key)
  }

  listenerFailed(error: unknown, event: string): void {
    this.#application.listenerFailed(error, event, this.holder.name)
  }

  async paginate<T>(source: PageSource<T>, options: PaginateOptions): Promise<Page<T>> {
    if (this.diagnostics && !source.isOrdered) this.#warnOfNoOrder(source.label)
    return paginate(source, options, this.pageQuery)
  }

  paginateKeyset<T>(source: KeysetSource<T>, options: KeysetOptions): Promise<KeysetPage<T>> {
    const secret = this.#application.configuration.cursorSecret
    return paginateKeyset(source, options, { query: this.pageQuery, secret })
  }

  /** What the client asked for; nothing outside of a request. */
  protected get pageQuery(): PageQuery | undefined {
    return undefined
  }

  #warnOfNoOrder(label: string): void {
    this.#application.reporter.warn(
      'ATHANOR_UNORDERED_PAGE',
      `Pages of ${label} in "${this.holder.name}" are not ordered: objects come by primary key, and values as the database likes. Say what the first page shows, by orderBy().`,
      label,
    )
  }
}

/** What surrounds a session of a scope: it tells the scope's story after the end, and pages as the request asks. */
export class ScopeSessionContext extends ApplicationSessionContext {
  readonly changeSignals: ChangeSignals | undefined
  readonly #scope: Scope

  constructor(
    scope: Scope,
    facts: {
      readonly holder: SessionHolder
      readonly tasks: Tasks
      readonly changeSignals: ChangeSignals | undefined
    },
  ) {
    super(scope.application, {
      ...facts,
      options: new ScopeSessionOptions(scope),
      registry: scope.registry,
    })
    this.changeSignals = facts.changeSignals
    this.#scope = scope
  }

  /** The scope's own session: forks are committed by nobody. */
  get isEnding(): boolean {
    return this.holder === this.#scope && this.#scope.isCommitting
  }

  closedError(operation: string): Error {
    return this.#scope.closedError(operation)
  }

  protected override engineFor(key: string): Engine {
    return this.#scope.engine(key)
  }

  protected override get pageQuery(): PageQuery | undefined {
    return this.#scope.pageQuery
  }
}

/** The scope's own options before the Database's. A class, because an object that is spread with a getter costs 0.4 µs a scope. */
class ScopeSessionOptions implements SessionOptions {
  readonly isolation?: IsolationLevel
  readonly #scope: Scope

  constructor(scope: Scope) {
    const { isolation } = scope.settings
    if (isolation !== undefined) this.isolation = isolation
    this.#scope = scope
  }

  get autoflush(): boolean {
    return this.#scope.application.configuration.session.autoflush ?? true
  }

  get expireOnCommit(): NonNullable<SessionOptions['expireOnCommit']> {
    return this.#scope.application.configuration.session.expireOnCommit ?? 'stale'
  }

  /** Writing ends where a streamed reply begins. */
  get readOnly(): boolean {
    return this.#scope.isReadOnly
  }
}
