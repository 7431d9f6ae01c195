/* oxlint-disable typescript/no-explicit-any -- `any` keeps the checker from evaluating relation arrows (rules R1 to R4 of ARCHITECTURE.md, "Types") */
import type { Expr } from '../../sql/index.ts'
import type { Column } from './column-builder.ts'
import type { BelongsTo, HasMany, HasOne } from './relation-builder.ts'
import type { Delete, Returning, SelectEntity, UpdateWhere } from './query-types.ts'

/** Carries a model's definition through the types; never a real property. */
export declare const DEF: unique symbol

/** An object of any model. */
export interface AnyEntity {
  /** Only for the compiler. */
  readonly [DEF]: any
}

/** `n` makes the definition invariant, so that a User is not taken for a Tag because it happens to have the same columns and more. */
export interface Brand<D> {
  /** Only for the compiler. */
  readonly d: D
  /** Only for the compiler. */
  readonly n: (d: D) => void
}

/** What every object of a model has. */
export interface Entity<D> {
  /** Only for the compiler. */
  readonly [DEF]: Brand<D>
  /** Makes sure that the row is in memory and not stale. At most one statement, for all siblings. */
  load(): Promise<this>
  /** Makes sure that the named relations are in memory; one statement a relation and level, for all siblings. */
  load<E, const P extends readonly string[]>(
    this: E,
    ...paths: Paths<E, P>
  ): Promise<Loaded<E, P[number]>>
  /** The loaded columns and relations, without those that are `hidden()`; a circle ends in a key. Never touches the database. */
  toJSON(): Record<string, unknown>
  /** `<Post 7>`, or `<Post (transient 3)>` before there is a row. */
  toString(): string
}

/** The definition of an object's model. Looked up, not inferred: an inference compares definitions, and a base that refers to what inherits from it would be a circle. */
export type DefOf<E> = E extends AnyEntity ? E[typeof DEF]['d'] : never

/** `Function` and not `() => any`: a contextual signature would make the checker look into the arrows while it resolves the base class (R2). */
export type Def = { readonly [k: string]: Column<any, any> | Function }

/** Names of a definition's columns. */
export type ColKeys<D> = { [K in keyof D]: D[K] extends () => any ? never : K }[keyof D] & string
/** Names of a definition's relations. */
export type RelKeysOf<D> = { [K in keyof D]: D[K] extends () => any ? K : never }[keyof D] & string
/** Names of a model's relations. */
export type RelKeys<E> = RelKeysOf<DefOf<E>>
/** Names of the columns that are not in memory unless they are asked for. */
export type DeferredKeys<D> = {
  [K in keyof D]: D[K] extends () => any
    ? never
    : Has<FlagsOf<D[K]>, 'deferred'> extends true
      ? K
      : never
}[keyof D] &
  string
/** The value type of a column. */
export type ValueOf<C> = C extends { readonly $t: infer T } ? T : never
/** The flags of a column. */
export type FlagsOf<C> = C extends { readonly $f: infer F } ? F : never
/** What a relation's arrow returns. */
export type Rel<D, K> = K extends keyof D ? (D[K] extends () => infer R ? R : never) : never
/** The foreign key column of a to-one relation. */
export type FkName<R, K> =
  R extends BelongsTo<any, infer Fk> ? (string extends Fk ? `${K & string}Id` : Fk) : never
/** null when the foreign key may be null. */
export type NullIf<D, Fk> = Fk extends keyof D
  ? null extends ValueOf<D[Fk]>
    ? null
    : never
  : never

/** A row known by its key. Every loaded User is also a Ref<User>. */
export type Ref<E> = {
  readonly [K in PkKeys<E> | (typeof DEF & keyof E) | 'load']: K extends 'load'
    ? () => Promise<E>
    : K extends keyof E
      ? E[K]
      : never
}

/**
 * A relation to one row whose foreign key is in the other table, which nobody has asked for by name: nothing is known before `load()`. Behind `with('profile')` or
 * `session.load(user, 'profile')` the property is the row itself, or null, for whoever has the object; so its type has all three. Assign an object, or null, to change it.
 */
export interface Maybe<E> {
  /** Only for the compiler. */
  readonly $maybe: E
  /** The row, or null; at most one statement, for all siblings. */
  load(): Promise<E | null>
}

/** What a collection can do whether it is loaded or not. Nothing is sent before a flush. */
export interface CollectionOf<E> {
  /** The loaded list; at most one statement, for all siblings. */
  load(): Promise<List<E>>
  /** Adds objects; one that is there already, as far as memory knows, changes nothing. On a many-to-many that is not loaded a pair that exists fails with UNIQUE_VIOLATION. */
  add(...items: E[]): void
  /** Takes objects out; one that is not there, as far as memory knows, changes nothing. On a many-to-many that is not loaded a pair that does not exist fails with STALE_DATA. */
  remove(...items: E[]): void
  /** Replaces all members. Works on an unloaded collection: the flush reads the old links once and writes the difference. */
  set(items: readonly E[]): void
  /** A query for the members. */
  select(): SelectEntity<E, E>
}

/** The members of a relation that is never loaded: `{ lazy: 'writeOnly' }`. What is added or taken out is written by the next flush; statements are sent when they are awaited. */
export interface WriteOnly<E> {
  /** Adds objects. */
  add(...items: E[]): void
  /** Adds each of them. */
  addAll(items: Iterable<E>): void
  /** Takes objects out. */
  remove(...items: E[]): void
  /** A query for the members. */
  select(): SelectEntity<E, E>
  /** How many members there are. One statement. */
  count(): Promise<number>
  /** A bulk INSERT of members, past the unit of work: the foreign key is this object's. */
  insert(rows: MemberRow<DefOf<E>> | readonly MemberRow<DefOf<E>>[]): Returning<E>
  /** A criteria UPDATE of the members, of all unless `where()` says of which. */
  update(): UpdateWhere<E>
  /** A criteria DELETE of the members, of all unless `where()` says of which. */
  deleteFrom(): Delete<E> & Returning<E>
}
/** A row of a bulk insert whose foreign keys may come from elsewhere. */
type MemberRow<D> = Flat<
  { [K in Exclude<Writable<D>, InsOpt<D> | FkNames<D>>]: ValueOf<D[K]> } & {
    [K in Extract<Writable<D>, InsOpt<D> | FkNames<D>>]?: ValueOf<D[K]>
  }
>

/** A collection that is not loaded: it can be changed and queried, but not iterated. */
export interface Many<E> extends CollectionOf<E> {}
/** A loaded collection. */
export interface List<E> extends ReadonlyArray<E>, CollectionOf<E> {}

type RelValue<D, K, R> =
  R extends BelongsTo<infer E, any>
    ? Ref<E> | NullIf<D, FkName<R, K>>
    : R extends HasMany<infer E>
      ? R extends { readonly $writeOnly: true }
        ? WriteOnly<E>
        : Many<E>
      : R extends HasOne<infer E>
        ? Maybe<E> | E | null
        : never
/** Columns and relations as properties of an object. */
export type Fields<D> = {
  [K in keyof D]: D[K] extends () => infer R ? RelValue<D, K, R> : ValueOf<D[K]>
}

type Flat<T> = { [K in keyof T]: T[K] }
type Has<F, X> = [Extract<F, X>] extends [never] ? false : true
type FkNames<D> = { [K in RelKeysOf<D>]: FkName<Rel<D, K>, K> }[RelKeysOf<D>]
type OptKeys<D> =
  | {
      [K in ColKeys<D>]: null extends ValueOf<D[K]>
        ? K
        : Has<FlagsOf<D[K]>, 'default'> extends true
          ? K
          : never
    }[ColKeys<D>]
  | FkNames<D>
/** Columns that may be written. */
export type Writable<D> = {
  [K in ColKeys<D>]: Has<FlagsOf<D[K]>, 'computed' | 'discriminator'> extends true ? never : K
}[ColKeys<D>]
type RelInit<D, K, R> =
  R extends BelongsTo<infer E, any>
    ? Ref<E> | NullIf<D, FkName<R, K>>
    : R extends HasMany<infer E>
      ? readonly E[]
      : R extends HasOne<infer E>
        ? E | null
        : never
/** What the constructor takes. A foreign key is optional here because a relation or a parent's collection can set it. */
export type Init<D> = Flat<
  { [K in Exclude<Writable<D>, OptKeys<D>>]: ValueOf<D[K]> } & {
    [K in Extract<Writable<D>, OptKeys<D>>]?: ValueOf<D[K]>
  } & {
    [K in RelKeysOf<D>]?: RelInit<D, K, Rel<D, K>>
  }
>
/** Columns that an INSERT may leave out. */
export type InsOpt<D> = {
  [K in Writable<D>]: null extends ValueOf<D[K]>
    ? K
    : Has<FlagsOf<D[K]>, 'default'> extends true
      ? K
      : never
}[Writable<D>]
/** Bulk insert: columns only, so a non-null foreign key is required. */
export type InsertRow<D> = Flat<
  { [K in Exclude<Writable<D>, InsOpt<D>>]: ValueOf<D[K]> } & { [K in InsOpt<D>]?: ValueOf<D[K]> }
>
/** What an UPDATE may set. */
export type SetRow<E> = { readonly [K in Writable<DefOf<E>> & keyof E]?: E[K] | Expr<E[K]> }

/** Names of the primary key columns of a definition. */
export type PkOf<D> = {
  [K in ColKeys<D>]: Has<FlagsOf<D[K]>, 'pk'> extends true ? K : never
}[ColKeys<D>]
type PkKeys<E> = PkOf<DefOf<E>> & keyof E
/** A row that is told by its whole primary key, and what it gets. */
export type KeyedRow<E> = Flat<
  { readonly [K in PkKeys<E>]: E[K] } & {
    readonly [K in Exclude<Writable<DefOf<E>>, PkOf<DefOf<E>>> & keyof E]?: E[K] | undefined
  }
>
type IsUnion<T, U = T> = T extends unknown ? ([U] extends [T] ? false : true) : never
/** A primary key: the bare value of one column, an object of several by name. */
export type Key<E, P extends keyof DefOf<E> = PkOf<DefOf<E>> & keyof DefOf<E>> =
  true extends IsUnion<P> ? { [K in P]: ValueOf<DefOf<E>[K]> } : ValueOf<DefOf<E>[P]>

/** A class is recognised by its `prototype`, not by its constructor: the constructor's parameter depends on every relation and must stay unevaluated (R3). */
export interface ClassOf<out E> {
  /** The class's own prototype. */
  readonly prototype: E
  /** The table's name if the model gives one. */
  readonly $name: string
  /** What the model adds in a second table; undefined for a model whose table has whole rows. */
  readonly $part: unknown
}

type Head<P> = P extends `${infer H}.${string}` ? H : P
type Tail<P, K extends string> = P extends `${K}.${infer R}` ? R : never
/** The model that a relation leads to. */
export type Target<E, K> =
  Rel<DefOf<E>, K> extends infer R
    ? R extends BelongsTo<infer T, any>
      ? T
      : R extends HasMany<infer T>
        ? T
        : R extends HasOne<infer T>
          ? T
          : never
    : never
/** 'author' | 'comments.author' …; checks one path at a time, so the depth is not limited and completion works. */
export type Paths<E, P extends readonly string[]> = {
  [I in keyof P]: P[I] extends Path<E, P[I]> ? P[I] : Path<E, P[I]>
}
/** One path of relations, which may end in a deferred column. */
export type Path<E, P> = P extends `${infer H}.${infer R}`
  ? H extends RelKeys<E>
    ? `${H}.${Path<Target<E, H>, R>}`
    : { [I in RelKeys<E>]: I }[RelKeys<E>]
  : { [I in Loadable<E>]: I }[Loadable<E>]
type Loadable<E> = RelKeys<E> | DeferredKeys<DefOf<E>>
type LoadedValue<V, R, P> =
  R extends HasMany<infer T>
    ? List<Load<T, P>>
    : R extends BelongsTo<infer T, any>
      ? Load<T, P> | Extract<V, null>
      : R extends HasOne<infer T>
        ? Load<T, P> | null
        : never
/** E with the named relations in memory. */
export type Loaded<E, P> = E & {
  readonly [K in Head<P> & keyof E & RelKeys<E>]: LoadedValue<E[K], Rel<DefOf<E>, K>, Tail<P, K>>
}
/** E with some of its columns, and its key, in memory. It is no E, since reading another column is an error; `load()` makes it one. */
export type Only<E, K> = Omit<E, Exclude<ColKeys<DefOf<E>>, K | PkOf<DefOf<E>>>>
type Load<E, P> = [P] extends [never] ? E : Loaded<E, P>
