/* oxlint-disable typescript/no-explicit-any -- positions where any value type is meant and none is read */
import type { Expr, LockOptions, Order } from '../../sql/index.ts'
import type {
  AnyEntity,
  ClassOf,
  ColKeys,
  DefOf,
  InsertRow,
  Loaded,
  Only,
  Paths,
  Rel,
  RelKeys,
  SetRow,
} from './entity-types.ts'
import type { BelongsTo } from './relation-builder.ts'
import type { KeysetOptions, KeysetPage } from './keyset-types.ts'
import type { Alias, Cond } from './expression-types.ts'

/** A query whose rows can be fetched. It sends nothing before one of these methods is called, and can be run any number of times. */
export interface RowQuery<out Row> {
  /** Only for the compiler. */
  readonly $row: Row
  /** The only row; of a query with `limit(1)` its one row. @throws {NoResultFoundError} NO_RESULT_FOUND; @throws {MultipleResultsFoundError} MULTIPLE_RESULTS_FOUND. One statement, LIMIT 2. */
  one(): Promise<Row>
  /** The only row, or null. @throws {MultipleResultsFoundError} MULTIPLE_RESULTS_FOUND. One statement, LIMIT 2. */
  oneOrNull(): Promise<Row | null>
  /** The first row, or null; entities without an order come by primary key. One statement, LIMIT 1. */
  first(): Promise<Row | null>
  /** All rows. One statement, and one more for each relation and level asked for by `with`. */
  all(): Promise<Row[]>
  /** How many rows `all` would give. One statement. */
  count(): Promise<number>
  /** Whether there is a row. One statement. */
  exists(): Promise<boolean>
  /** The rows one after the other, `chunkSize` (default 500) in memory at a time. Entities leave the session after their chunk unless `track` is true or they were changed. */
  stream(options?: StreamOptions): AsyncIterable<Row>
  /** A page of rows with the total number. Two statements at most; `count` makes it one. Without an order the rows come by primary key, which development warns of. */
  paginate(options?: PaginateOptions): Promise<Page<Row>>
  /**
   * A page of rows that begins at a cursor instead of a number: stable while others insert and delete, without a count. One statement; a second one where the row of the
   * cursor has gone. Rows come in the query's order, and by primary key where that leaves it open.
   *
   * @throws {NotFoundError} BAD_CURSOR for a cursor that is none of this order; nothing is sent. @throws {ArgumentError} ARGUMENT for a grouped or bounded query.
   * @since 0.2
   */
  paginateKeyset(options?: KeysetOptions): Promise<KeysetPage<Row>>
}

/** Options of `stream`. */
export interface StreamOptions {
  /** Rows fetched at a time. Default 500. */
  readonly chunkSize?: number
  /** Keeps the streamed entities in the session. Default false. */
  readonly track?: boolean
}

/** Which page, and how to count. */
export interface PaginateOptions {
  /** From 1. Default 1. */
  readonly page?: number
  /** Rows on a page. Default 20. */
  readonly perPage?: number
  /** The most that `perPage` may be; null for no limit. Default 100. */
  readonly maxPerPage?: number | null
  /** True: a page that does not exist is a 404 (NotFoundError). Default false. */
  readonly errorOut?: boolean
  /**
   * Where the total comes from. Default true: a statement of its own, which is left out where the page shows the total. `'window'`: counted beside the rows, in their statement.
   * A number, or what a function gives, is taken as the total; the function is called once at most. False: no total.
   */
  readonly count?: boolean | number | 'window' | (() => Promise<number> | number)
}

/** Options of `iterPages`. */
export interface IterPagesOptions {
  /** Page numbers at the left end. Default 2. */
  readonly leftEdge?: number
  /** Page numbers left of the current page. Default 2. */
  readonly leftCurrent?: number
  /** Page numbers from the current page on. Default 4. */
  readonly rightCurrent?: number
  /** Page numbers at the right end. Default 2. */
  readonly rightEdge?: number
}

/** A page of rows. @remarks Semantics: Flask-SQLAlchemy 3.1 `Pagination`; differences in spec/web.md 67–80. */
export interface Page<out T> extends Iterable<T> {
  /** The rows. */
  readonly items: readonly T[]
  /** Its number, from 1. */
  readonly page: number
  /** Rows on a full page. */
  readonly perPage: number
  /** The limit that `perPage` was held to. */
  readonly maxPerPage: number | null
  /** All rows; null when they were not counted. */
  readonly total: number | null
  /** Number of pages; 0 when the rows were not counted. */
  readonly pages: number
  /** Number of the first row on this page, from 1; 0 on an empty page. */
  readonly first: number
  /** Number of the last row on this page; 0 on an empty page. */
  readonly last: number
  /** Whether there is a page before. */
  readonly hasPrev: boolean
  /** Its number, or null. */
  readonly prevNum: number | null
  /** Whether there is a page after. */
  readonly hasNext: boolean
  /** Its number, or null. */
  readonly nextNum: number | null
  /** The page after, with the same sizes and without a second count; an empty page past the end. */
  next(options?: { readonly errorOut?: boolean }): Promise<Page<T>>
  /** The page before; page 1 before page 1. */
  prev(options?: { readonly errorOut?: boolean }): Promise<Page<T>>
  /** Page numbers for links, null for a gap. */
  iterPages(options?: IterPagesOptions): Generator<number | null>
  /** A plain object: items and numbers. */
  toJSON(): Record<string, unknown>
}

interface Clauses {
  /** INNER JOIN through a relation, under an alias if one is given. */
  join(relation: { readonly $rel: any }, as?: Alias<any, never>): this
  /** Adds to the order. */
  orderBy(...order: (Expr<any> | Order)[]): this
  /** At most n rows. */
  limit(n: number): this
  /** Without the first n rows. */
  offset(n: number): this
  /** Without equal rows. */
  distinct(): this
}

/** A query for objects. Immutable: every step gives a new query. */
export interface SelectEntity<E, Row> extends RowQuery<Row>, Clauses {
  /** Conditions, all of which must hold: expressions, or objects of column values. `undefined` as a value is an error. */
  where(...conditions: Cond<E>[]): this
  /** Brings relations along: to-one by JOIN, to-many by one more statement each. A path may end in a deferred column, or be one. */
  with<const P extends readonly string[]>(
    ...paths: Paths<E, P>
  ): SelectEntity<E, Loaded<Row, P[number]>>
  /**
   * Makes the rows that `join` brought in, and `where` has filtered, the members of these relations: no further statement. A collection then has those members only: it can be
   * added to and taken from, and `set()` on it is INVALID_REQUEST until `load()` has read all. A collection that is in memory and not stale stays as it is, unless the query says
   * `populateExisting()`. Over a relation to many it cannot be bounded, paginated or streamed, because several rows make one object (ARGUMENT).
   * @remarks SQLAlchemy: `contains_eager()`.
   * @since 0.2
   */
  containsEager<const P extends readonly string[]>(
    ...paths: Paths<E, P>
  ): SelectEntity<E, Loaded<Row, P[number]>>
  /**
   * Refuses later loads of these relations of the objects that the query gives; `'*'`: of all that it does not bring along. `load()` is LOAD_REFUSED where it would send a
   * statement; flushes still load what they need.
   * @remarks SQLAlchemy: `raiseload(sql_only=True)`.
   * @since 0.2
   */
  raiseLoad(...relations: (RelKeys<E> | '*')[]): this
  /**
   * Selects only these columns, and what objects cannot be used without: key, version, discriminator, the foreign keys of relations in `with`. Another one is read by
   * `object.load()`. Objects in memory keep what they have, unless they are stale.
   * @remarks SQLAlchemy: `load_only()`.
   * @since 0.2
   */
  only<const K extends ColKeys<DefOf<E>>>(...columns: K[]): SelectEntity<E, Only<Row, K>>
  /** Locks the rows until the transaction ends, and refreshes objects in memory that have no changes. Begins a transaction. */
  forUpdate(options?: LockOptions): this
  /** Overwrites what is in memory, unflushed changes included, by what the rows say. */
  populateExisting(): this
}

/** A query for values and records. Immutable: every step gives a new query. */
export interface SelectRows<Row> extends RowQuery<Row>, Clauses {
  /** The model or alias that rows come from, where the selected columns do not tell. */
  from(model: ClassOf<AnyEntity> | Alias<any, any>): this
  /** LEFT JOIN through a relation; the alias comes from `outer(Model)`, so that its columns may be null. */
  leftJoin(relation: { readonly $rel: any }, as: Alias<any, null>): this
  /** Conditions, all of which must hold. */
  where(...conditions: Expr<boolean>[]): this
  /** GROUP BY. */
  groupBy(...by: Expr<any>[]): this
  /** Conditions on groups. */
  having(...conditions: Expr<boolean>[]): this
}

/** Names and what is selected under them. */
export type Selection = { readonly [k: string]: Expr<any> | ClassOf<AnyEntity> | Alias<any, any> }
type Item<S> =
  S extends Expr<infer T>
    ? T
    : S extends ClassOf<infer E>
      ? E
      : S extends Alias<infer E, infer N>
        ? E | N
        : never
/** The record that a selection gives. */
export type RowOf<S> = { [K in keyof S]: Item<S[K]> } & {}

/** A statement that tells how many rows it touched, or gives them back. */
export interface Returning<E> extends PromiseLike<number> {
  /** The touched rows as objects of the session. */
  returning(): RowQuery<E>
  /** Columns of the touched rows. */
  returning<S extends Selection>(selection: S): RowQuery<RowOf<S>>
}
/** A criteria UPDATE. Nothing is sent before its rows are named, by `where()` or `everyRow()`, and its values, by `set()`. */
export interface Update<E> {
  /** Conditions, all of which must hold. */
  where(...conditions: Cond<E>[]): UpdateWhere<E>
  /** Says that all rows are meant. */
  everyRow(): UpdateWhere<E>
  /** New values: constants or expressions. */
  set(values: SetRow<E>): UpdateSet<E>
}
/** An UPDATE whose rows are named. */
export interface UpdateWhere<E> {
  /** Conditions, all of which must hold. */
  where(...conditions: Cond<E>[]): UpdateWhere<E>
  /** New values: constants or expressions. */
  set(values: SetRow<E>): Returning<E>
}
/** An UPDATE whose values are known. */
export interface UpdateSet<E> {
  /** Conditions, all of which must hold. */
  where(...conditions: Cond<E>[]): Returning<E>
  /** Says that all rows are meant. */
  everyRow(): Returning<E>
}
/** A criteria DELETE. Nothing is sent before `where()` or `everyRow()`. */
export interface Delete<E> {
  /** Conditions, all of which must hold. */
  where(...conditions: Cond<E>[]): Delete<E> & Returning<E>
  /** Says that all rows are meant. */
  everyRow(): Delete<E> & Returning<E>
}
/** A bulk INSERT past the unit of work: no objects, no cascades; defaults apply. */
export interface Insert<E> {
  /** One row or several; rows may give different columns. */
  values(rows: InsertRow<DefOf<E>> | readonly InsertRow<DefOf<E>>[]): InsertValues<E>
}
/** An INSERT whose rows are known. */
export interface InsertValues<E> extends Returning<E> {
  /**
   * What to do when a row with the same values in these columns, which are unique, exists. A row that is the same by other unique columns is an error.
   *
   * The number that comes back counts inserted and updated rows; on MariaDB and MySQL every row that was given, because they do not tell which were left alone.
   */
  onConflict(columns: readonly ColKeys<DefOf<E>>[]): OnConflict<E>
}
/** The two ways out of a conflict. */
export interface OnConflict<E> {
  /** Leaves the existing row as it is. */
  doNothing(): Returning<E>
  /** Writes the given values, or all the new row's, into the existing row. */
  doUpdate(set?: SetRow<E>): Returning<E>
}

/** Equality on columns (an array means IN) and on to-one relations. */
export type Filter<E> = { readonly [K in ColKeys<DefOf<E>> & keyof E]?: E[K] | readonly E[K][] } & {
  readonly [K in RelKeys<E> & keyof E]?: Rel<DefOf<E>, K> extends BelongsTo<any, any> ? E[K] : never
}
