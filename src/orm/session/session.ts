import {
  ArgumentError,
  InvalidRequestError,
  NoResultFoundError,
  StaleDataError,
} from '../../errors/index.ts'
import {
  type AnyEntity,
  type ClassOf,
  type ColKeys,
  type DefOf,
  type Delete,
  type Insert,
  type InsertRow,
  type KeyedRow,
  type Key,
  type Loaded,
  type Paths,
  type RowOf,
  type RowQuery,
  type SelectEntity,
  type SelectRows,
  type Selection,
  type SetRow,
  type Update,
} from '../mapping/index.ts'
import type { Expr, Kysely } from '../../sql/index.ts'
import { andThen, promiseOf } from '../../util/index.ts'
import { findState, reveal, stateOf, unload, type InstanceState } from '../state/index.ts'
import { deleteQuery, updateQuery } from './criteria-query.ts'
import { insertOrGet } from './insert-or-get.ts'
import { InsertQuery } from './insert-query.ts'
import { keyOf } from './keys.ts'
import { kyselyOf } from './kysely-session.ts'
import { notInSession, undeletable } from './membership-errors.ts'
import { Merger } from './merge.ts'
import { pendingChanges, type PendingChanges } from './pending-changes.ts'
import { RelatedQueries, selectOf } from './queries.ts'
import { RawQuery, type RawOptions } from './raw-query.ts'
import { refreshNow } from './refresh.ts'
import { SessionCore } from './session-core.ts'
import { setValues } from './set-values.ts'
import { isRowEvent, type RowEvent, type RowListener } from './row-listeners.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionEvent, SessionListener } from './session-hooks.ts'
import { Transactions, type TransactionOptions } from './transactions.ts'
import { updateMany } from './update-many.ts'

/** Rows of SQL of your own; `as(Model)` makes objects of them. */
export interface RawRows<Row> extends RowQuery<Row>, PromiseLike<number> {
  /** The rows as objects of a model, by the names of its columns in the database. */
  as<E extends AnyEntity>(model: ClassOf<E>): RowQuery<E>
}

/**
 * A unit of work: objects of one request or job, each row once, and the transaction that writes their changes.
 *
 * Nothing is sent before a query, a flush or a commit; nothing is stored before a commit. Operations may be started in parallel: they run in the order of their calls.
 *
 * ```ts
 * const post = await db.session.getOne(Post, 1)
 * post.title = 'Better'
 * await db.session.commit() // UPDATE of one column, COMMIT
 * ```
 * @remarks Semantics: SQLAlchemy 2.0 `Session`; differences in docs: no I/O on property access, values stay readable after a commit.
 * @since 0.1
 */
export class Session implements AsyncDisposable {
  readonly #core: SessionCore
  readonly #transactions: Transactions
  #kysely: Kysely<Record<string, Record<string, unknown>>> | undefined

  /** Made by a scope, or by `db.createSession()`. */
  constructor(context: SessionContext) {
    this.#core = new SessionCore(context, this)
    this.#core.related = new RelatedQueries(this.#core)
    this.#transactions = new Transactions(this.#core)
  }

  /** The inside of a session, for queries that find their session late. @internal */
  static coreOf(session: Session): SessionCore {
    return session.#core
  }

  /** Whether a commit of it has succeeded. @internal */
  get hasCommitted(): boolean {
    return this.#core.boundaries.hasCommitted
  }

  // ── objects ──

  /** Puts a new object, and everything new that its relations lead to, under the session's care; gives the object. Nothing is sent. @throws {InvalidRequestError} INVALID_REQUEST when another open session has it. */
  add<E extends AnyEntity>(entity: E): E {
    const state = stateOf(entity, 'add')
    this.#core.checkMayBegin('add')
    this.#core.objects.add(state)
    return entity
  }

  /** Adds each of them. */
  addAll(entities: Iterable<AnyEntity>): void {
    for (const entity of entities) this.add(entity)
  }

  /** Marks a stored object: its row is deleted by the next flush. @throws {InvalidRequestError} INVALID_REQUEST when it has no row here. */
  delete(entity: AnyEntity): void {
    const state = stateOf(entity, 'delete')
    this.#core.checkMayBegin('delete')
    if (state.phase === 'persistent' && state.session === this.#core) {
      this.#core.transaction.autobegin('delete')
      this.#core.work.deleted.add(state)
    } else throw undeletable(state)
  }

  /**
   * Copies an object of elsewhere, with what its relations lead to, onto the session's own objects of the same rows, and gives the session's own: of another session, of a
   * cache, or new with a key. What was never set on it stays as it is; null overwrites. The object itself does not enter the session.
   *
   * One statement for each object that is not in memory; all pending changes are flushed before. Where there is no row a new object is added.
   * @throws {StaleDataError} STALE_DATA when the row has another version than the copy.
   */
  merge<E extends AnyEntity>(entity: E): Promise<E> {
    const state = stateOf(entity, 'merge')
    return this.#core.run('merge', async () => {
      await this.#core.autoflush('merge')
      return (await new Merger(this.#core).merge(state)).entity as E
    })
  }

  /** Whether the object is new or stored in this session. Sends nothing. @remarks SQLAlchemy: `obj in session`. */
  has(entity: AnyEntity): boolean {
    const state = findState(entity)
    return (
      state !== undefined &&
      state.session === this.#core &&
      !this.isClosed &&
      (state.phase === 'pending' || state.phase === 'persistent')
    )
  }

  /** Takes an object out of the session, with the members of relations that say `cascade: 'all'`; values and unflushed changes stay on it. @throws {InvalidRequestError} INVALID_REQUEST when it is not in this session. */
  expunge(entity: AnyEntity): void {
    const state = stateOf(entity, 'expunge')
    if (!this.has(entity)) throw notInSession(state)
    this.#core.checkNoRowListener('expunge')
    this.#core.objects.expunge(state)
  }

  /** Takes all objects out, without SQL and without ending the transaction. */
  expungeAll(): void {
    this.#core.checkNoRowListener('expunge all objects')
    this.#core.objects.forgetAll()
  }

  /**
   * Discards unflushed changes of the object, or of `only` some columns, and marks it: the next load reads its row again, and until then its values stay. `hard` takes all
   * values but the key from memory. Sends nothing.
   */
  expire<E extends AnyEntity, const K extends ColKeys<DefOf<E>> & string>(
    entity: E,
    options: { readonly only?: readonly K[] } | { readonly hard: true } = {},
  ): void {
    const state = this.#own(entity, 'expire')
    this.#core.objects.expire(state, 'only' in options ? options.only : undefined)
    if ('hard' in options) unload(state, false)
  }

  /**
   * Reads the row of the object again; its own unflushed changes, or those of `only` some columns, are lost, and all others are flushed first. `lock` keeps others from
   * changing the row until the transaction ends. One statement. @throws {ObjectDeletedError} OBJECT_DELETED when the row is gone.
   */
  refresh<E extends AnyEntity, const K extends ColKeys<DefOf<E>> & string>(
    entity: E,
    options: { readonly only?: readonly K[]; readonly lock?: boolean } = {},
  ): Promise<E> {
    const state = this.#own(entity, 'refresh')
    return this.#core.run('refresh', async () => {
      await refreshNow(this.#core, state, options)
      return entity
    })
  }

  /**
   * Sets columns of a stored object: to values, or to expressions that the next flush lets the database compute, `session.set(post, { views: Post.c.views.plus(1) })`. The
   * property then has what was computed; until the flush it has the expression, which is in no JSON. Nothing is sent.
   *
   * Cost: an UPDATE of its own for each object; where the database has no UPDATE … RETURNING the columns are read behind it, in the same flight.
   * @throws {ArgumentError} ARGUMENT for what is no column, for undefined, and for an expression where the object is new.
   * @remarks Semantics: SQLAlchemy's SQL expressions as attribute values; differs: a call of its own, because a property has one type for reading and setting, and not for new objects.
   * @since 0.2
   */
  set<E extends AnyEntity>(entity: E, values: SetRow<E>): E {
    const state = stateOf(entity, 'set columns of')
    this.#core.checkNoRowListener('set columns')
    setValues(state, values)
    return entity
  }

  /** Compares the version of a form with the object's, and with the row's at the next flush. @throws {StaleDataError} STALE_DATA when it differs already. */
  expectVersion(entity: AnyEntity, version: number): void {
    const state = this.#own(entity, 'expect a version of')
    const column = state.mapper?.versionColumn
    if (column === undefined)
      throw new ArgumentError(
        `Cannot expect a version of ${state.label}: ${state.name} has no version() column.`,
      )
    const stored = state.row?.[column.ordinal]
    const current = Number(stored)
    const isUnknown = stored === undefined || (state.isStale && version > current) // the flush compares it with the row
    if (!isUnknown && current !== version) {
      throw new StaleDataError(
        `Cannot change ${state.label}: the form was made from version ${version}, and the row has version ${current}. Show both, and let the user decide.`,
        { objects: [entity], info: { expected: version, current } },
      )
    }
    state.expectedVersion = version
  }

  /** The object with this key, with nothing but the key in memory. Sends nothing; useful as the target of a relation. @throws {InvalidRequestError} INVALID_REQUEST where the session has an object of another model with this key. */
  reference<E extends AnyEntity>(model: ClassOf<E>, key: Key<E>): E {
    const mapper = this.#core.mapperOf(model)
    return this.#core.objects.requireReference(mapper, keyOf(mapper, key)).entity as E
  }

  // ── reading ──

  /** The object with this key, or null. In memory and not stale: nothing is sent; otherwise one statement. @throws {ArgumentError} ARGUMENT for a key of the wrong form. */
  get<E extends AnyEntity>(model: ClassOf<E>, key: Key<E>): Promise<E | null>
  get<E extends AnyEntity, const P extends readonly string[]>(
    model: ClassOf<E>,
    key: Key<E>,
    options: { readonly with: Paths<E, P> },
  ): Promise<Loaded<E, P[number]> | null>
  get(
    model: object,
    key: unknown,
    options?: { readonly with: readonly string[] },
  ): Promise<unknown> {
    return promiseOf(() =>
      andThen(this.#core.objects.get(model, key), (found) =>
        found === null || options === undefined
          ? (found?.entity ?? null)
          : this.#loadPaths([found], options.with, true).then(() => found.entity),
      ),
    )
  }

  /** The object with this key. @throws {NoResultFoundError} NO_RESULT_FOUND. */
  async getOne<E extends AnyEntity>(model: ClassOf<E>, key: Key<E>): Promise<E> {
    const found = await this.get(model, key)
    if (found !== null) return found
    throw new NoResultFoundError(
      `Cannot get ${this.#core.mapperOf(model).name}: there is no row with the key ${describeKey(key)}. Ask get() where that may be.`,
    )
  }

  /** A query for objects of a model, for values, or for records of both. Nothing is sent before one of its methods asks for rows. */
  select<E extends AnyEntity>(model: ClassOf<E>): SelectEntity<E, E>
  select<T>(expression: Expr<T>): SelectRows<T>
  select<S extends Selection>(selection: S): SelectRows<RowOf<S>>
  select(what: unknown): unknown {
    return selectOf(() => this.#core, what)
  }

  /** A bulk INSERT, past the unit of work. */
  insert<E extends AnyEntity>(model: ClassOf<E>): Insert<E> {
    const query: unknown = new InsertQuery(this.#core, this.#core.mapperOf(model).model)
    return query as Insert<E>
  }

  /**
   * The objects of rows, in their order: those whose values in `columns`, which are unique, are not there yet are inserted, the others are left as they are.
   * Two statements; right also when somebody else inserts the same rows at the same time.
   */
  async insertOrGet<E extends AnyEntity>(
    model: ClassOf<E>,
    rows: readonly InsertRow<DefOf<E>>[],
    columns: readonly ColKeys<DefOf<E>>[],
  ): Promise<E[]> {
    const found: unknown = await insertOrGet(
      this.#core,
      this.#core.mapperOf(model).model,
      rows,
      columns,
    )
    return found as E[]
  }

  /** A criteria UPDATE. Objects in memory follow. */
  update<E extends AnyEntity>(model: ClassOf<E>): Update<E> {
    const query: unknown = updateQuery(this.#core, this.#core.mapperOf(model).model)
    return query as Update<E>
  }

  /**
   * Updates rows by their primary keys, each to values of its own, past the unit of work: no object is made, and versions are neither checked nor counted. Objects in memory
   * follow. Gives the number of rows; nothing is sent for none.
   *
   * Cost: one statement for each 64 rows that set the same columns; columns that a row leaves out, or that are undefined, stay as they are.
   *
   * @throws {StaleDataError} STALE_DATA when a row is not there. What was sent before stands in the transaction: roll it back.
   * @throws {ArgumentError} ARGUMENT for a row without its whole key, with a key that another row has, or with nothing to set.
   * @remarks SQLAlchemy: `session.execute(update(Model), rows)`, one statement a row; differs: values are not SQL expressions.
   * @since 0.2
   */
  updateMany<E extends AnyEntity>(
    model: ClassOf<E>,
    rows: readonly KeyedRow<E>[],
  ): Promise<number> {
    return updateMany(this.#core, this.#core.mapperOf(model).model, rows)
  }

  /** A criteria DELETE. Objects in memory leave the session. */
  deleteFrom<E extends AnyEntity>(model: ClassOf<E>): Delete<E> {
    const query: unknown = deleteQuery(this.#core, this.#core.mapperOf(model).model)
    return query as Delete<E>
  }

  /** SQL of your own: models and columns become names, all other values are bound. `session.sql({ engine: 'audit' })` gives the template of another engine, `session.sql({ readOnly: true })` one that only reads: it holds no connection afterwards, on servers too. */
  sql<Row = Record<string, unknown>>(
    strings: TemplateStringsArray,
    ...values: unknown[]
  ): RawRows<Row>
  sql(
    options: RawOptions,
  ): <Row = Record<string, unknown>>(
    strings: TemplateStringsArray,
    ...values: unknown[]
  ) => RawRows<Row>
  sql(first: TemplateStringsArray | RawOptions, ...values: unknown[]): unknown {
    if (isTemplate(first)) return new RawQuery(this.#core, first, values)
    const options = Object(first) as RawOptions
    if (options.engine !== undefined || options.readOnly !== undefined)
      return (strings: TemplateStringsArray, ...more: unknown[]) =>
        new RawQuery(this.#core, strings, more, options)
    throw new ArgumentError(
      'Cannot run SQL that was put together as text: session.sql is a template, so that values are bound. Write session.sql`select … where id = ${id}`, without parentheses.',
    )
  }

  /**
   * Kysely on this session: in its transaction, after its autoflush, on the engine whose tables a query mentions. `db.kysely` is the same, typed by the models.
   *
   * A table that no model describes, and that was not reflected, is one of the default engine. @throws {BindError} CROSS_ENGINE_STATEMENT for tables of two engines; nothing is sent.
   */
  get kysely(): Kysely<Record<string, Record<string, unknown>>> {
    return (this.#kysely ??= kyselyOf(this.#core))
  }

  /** Makes sure that relations are in memory, for one object or several; one statement for each relation and level. */
  load<E extends AnyEntity, const P extends readonly string[]>(
    entities: readonly E[],
    ...paths: Paths<E, P>
  ): Promise<Loaded<E, P[number]>[]>
  load<E extends AnyEntity, const P extends readonly string[]>(
    entity: E,
    ...paths: Paths<E, P>
  ): Promise<Loaded<E, P[number]>>
  async load(what: object | readonly object[], ...paths: readonly string[]): Promise<unknown> {
    const entities: readonly object[] = Array.isArray(what) ? what : [what]
    await this.#loadPaths(
      entities.map((entity) => this.#own(entity, 'load')),
      paths,
    )
    return what
  }

  async #loadPaths(
    states: readonly InstanceState[],
    paths: readonly string[],
    isQuery = false,
  ): Promise<void> {
    await this.#core.load(states, paths, isQuery)
    reveal(states, paths)
  }

  /** Runs `fn` without writing pending changes before its queries. Commit and savepoints still do. */
  async noAutoflush<T>(fn: () => Promise<T> | T): Promise<T> {
    const before = this.#core.isAutoflushOff
    this.#core.isAutoflushOff = true
    try {
      return await fn()
    } finally {
      this.#core.isAutoflushOff = before
    }
  }

  // ── transaction ──

  /** Sends pending changes inside the transaction: parents before children, updates by key, deletes last. Does nothing and takes no connection when there are none. @throws {FlushError}, {StaleDataError}, {DatabaseError}: the transaction is rolled back. */
  flush(): Promise<void> {
    return this.#core.run('flush', async () => {
      await this.#core.flushNow()
    })
  }

  /** Flushes, commits, and gives the connection back. Objects keep their values and are read again at the next load. Sends nothing when nothing was done. */
  commit(): Promise<void> {
    return this.#core.boundaries.commit()
  }

  /** Rolls back everything since the last commit; objects get the values they had then. */
  rollback(): Promise<void> {
    return this.#core.boundaries.rollback()
  }

  /**
   * Begins a transaction in the database now; its isolation is that of the session unless it is said. Disposing of the result, `await using open = await session.begin()`, rolls
   * back unless the transaction has ended before. @throws {IllegalStateError} ILLEGAL_STATE when one is open already.
   */
  async begin(
    options: Pick<TransactionOptions, 'isolation' | 'readOnly'> = {},
  ): Promise<AsyncDisposable> {
    const isOpen = await this.#core.boundaries.begin(options)
    return {
      [Symbol.asyncDispose]: async () => {
        if (isOpen()) await this.rollback()
      },
    }
  }

  /** Runs `fn` in a savepoint: released on return, rolled back on throw, and then only what changed inside is undone. Flushes first. */
  beginNested<T>(fn: (session: this) => Promise<T> | T): Promise<T> {
    return this.#transactions.nested(() => fn(this))
  }

  /** Runs `fn` as a transaction: commits on return, rolls back on throw. Inside another such block it is a savepoint. */
  transaction<T>(
    fn: (session: this) => Promise<T> | T,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#transactions.run(() => fn(this), options)
  }

  /** The innermost block, or the whole transaction, will be rolled back at its end instead of committed. */
  setRollbackOnly(reason?: string): void {
    this.#core.transaction.setRollbackOnly(reason)
  }

  /** Whether a block or the transaction was told to roll back. */
  get isRollbackOnly(): boolean {
    return this.#core.transaction.isRollbackOnly
  }

  /** Whether something was done since the last commit or rollback. */
  get inTransaction(): boolean {
    return this.#core.transaction.state !== 'idle' || this.#core.hasWork
  }

  // ── end ──

  /** Rolls back what is not committed, gives connections back, detaches all objects. Idempotent; any later use is an error. */
  close(reason?: string): Promise<void> {
    return promiseOf(() => this.#core.close(reason))
  }

  /** Rolls back and forgets all objects; the session can be used again. */
  reset(): Promise<void> {
    return this.#core.bound('reset', () => this.#core.resetNow())
  }

  /** Whether close() was called. */
  get isClosed(): boolean {
    return this.#core.isClosed
  }

  /** Whether the session holds a connection: a transaction is open in a database. */
  get isHoldingConnection(): boolean {
    return this.#core.connections.isHolding
  }

  /** What a close would discard now: objects that were flushed and not committed, then those that wait for the next flush, then the rows that bulk statements and SQL of your own have written. */
  pendingChanges(): PendingChanges {
    return pendingChanges(this.#core)
  }

  /**
   * Objects whose rows the next flush would insert, in the order in which they were added; those to which relations lead included.
   * @remarks SQLAlchemy: `Session.new`.
   * @since 0.2
   */
  get new(): readonly AnyEntity[] {
    return entitiesOf(this.#core.work.pending)
  }

  /**
   * Objects whose columns or relations differ from what was last read or written, those marked to be deleted excepted. Looks at each object of the session: about 20 ns each.
   * @remarks SQLAlchemy: `Session.dirty`; differs: what was set back to its old value is not in it.
   * @since 0.2
   */
  get dirty(): readonly AnyEntity[] {
    return entitiesOf(this.#core.work.work.changed)
  }

  /**
   * Objects marked by `delete()` whose rows the next flush would delete. What cascades from them is found by the flush.
   * @remarks SQLAlchemy: `Session.deleted`.
   * @since 0.2
   */
  get deleted(): readonly AnyEntity[] {
    return entitiesOf(this.#core.work.deleted)
  }

  /** Listens to what happens to this session; disposing of the result ends it. */
  on(event: SessionEvent, listener: SessionListener): Disposable
  /**
   * Listens to what flushes do to the rows of a model, one object at a time; disposing of the result ends it. `db.on` is the same for all sessions.
   *
   * Before-listeners hear of all rows before the first statement is sent, and may change columns of the object; after-listeners behind the last, while the transaction is open.
   * They are not async, may change nothing else and not use the session (ILLEGAL_STATE): that is for `beforeFlush`. What they throw aborts the flush. Bulk statements, raw SQL
   * and rows of association tables are told to nobody. Where somebody listens behind the statements COMMIT does not go with them: a round trip more on servers.
   * @remarks Semantics: SQLAlchemy's mapper events `before_insert` and so on; differs: all before-listeners are called before the first statement, an object of which no column
   * has changed is no update, and changes to other objects are an error.
   * @since 0.2
   */
  on<E extends AnyEntity>(event: RowEvent, model: ClassOf<E>, listener: RowListener<E>): Disposable
  on(event: SessionEvent | RowEvent, ...args: readonly unknown[]): Disposable {
    const [first, second] = args
    if (isRowEvent(event))
      return this.#core.rowHooks.own.on(event, first as ClassOf<AnyEntity>, second as RowListener)
    return this.#core.hooks.on(event, first as SessionListener)
  }

  /**
   * Runs `fn` after the commit of what is done now; dropped with it by a rollback, also by that of the savepoint it was called in. The session refuses SQL in it. Its failure is reported and changes nothing.
   * @since 0.2
   */
  afterCommit(fn: () => unknown): void {
    this.#core.checkMayListen('add a callback')
    this.#core.transaction.record.afterCommit.push(fn)
  }

  /** Closes the session. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close('disposed')
  }

  #own(entity: unknown, operation: string): InstanceState {
    const state = stateOf(entity, operation)
    this.#core.checkMayBegin(operation)
    if (state.session === this.#core && state.phase === 'persistent') return state
    throw new InvalidRequestError(
      `Cannot ${operation} ${state.label}: it is not persistent in this session. Get it by this session first.`,
    )
  }
}

/** @internal */
export function coreOf(session: Session): SessionCore {
  return Session.coreOf(session)
}

/** A query that finds its session when it is executed: the run-time side of `db.select`. @internal */
export function selectLater(session: () => Session, what: unknown): unknown {
  return selectOf(() => Session.coreOf(session()), what)
}

function entitiesOf(states: Iterable<InstanceState>): AnyEntity[] {
  return Array.from(states, ({ entity }) => entity as AnyEntity)
}

function describeKey(key: unknown): string {
  return typeof key === 'object' && key !== null ? JSON.stringify(key) : `"${String(key)}"`
}

/** Whether it comes from a template literal, and not from text put together by hand. */
function isTemplate(value: object): value is TemplateStringsArray {
  return Array.isArray(value) && Object.hasOwn(value, 'raw')
}
