/* oxlint-disable typescript/no-explicit-any -- positions where any value type is meant and none is read */
import type { ColExpr, Expr } from '../../sql/index.ts'
import type {
  AnyEntity,
  ClassOf,
  Def,
  DefOf,
  FkName,
  NullIf,
  Ref,
  ValueOf,
  Entity,
  Fields,
  Init,
} from './entity-types.ts'
import type { Filter, SelectEntity } from './query-types.ts'
import type { BelongsTo, HasMany, HasOne } from './relation-builder.ts'

/** To-one relation as an expression; `.c` reads columns through an automatic join. */
export interface OneExpr<E, N> {
  /** Only for the compiler. */
  readonly $rel: E
  /** Whether the relation leads to this object. */
  is(target: Ref<E> | N): Expr<boolean>
  /** Whether there is a target for which all conditions hold. */
  has(...conditions: Cond<E>[]): Expr<boolean>
  /** The target's columns and relations, through a join that is made once: LEFT when there may be no target, INNER otherwise. */
  readonly c: Cols<DefOf<E>, N>
}
/** To-many relation as an expression. */
export interface ManyExpr<E> {
  /** Only for the compiler. */
  readonly $rel: E
  /** Whether there is a member for which all conditions hold. */
  any(...conditions: Cond<E>[]): Expr<boolean>
  /** Whether there is no member for which all conditions hold. */
  none(...conditions: Cond<E>[]): Expr<boolean>
  /** Whether this object is a member. */
  contains(member: Ref<E>): Expr<boolean>
  /** How many members there are. */
  count(): Expr<number>
}
type RelExpr<D, K, R, N> =
  R extends BelongsTo<infer E, any>
    ? OneExpr<E, N | NullIf<D, FkName<R, K>>>
    : R extends HasMany<infer E>
      ? ManyExpr<E>
      : R extends HasOne<infer E>
        ? OneExpr<E, null>
        : never
/** Columns and relations of a model as expressions. */
export type Cols<D, N = never> = {
  readonly [K in keyof D]: D[K] extends () => infer R
    ? RelExpr<D, K, R, N>
    : ColExpr<ValueOf<D[K]> | N>
}
/** A condition: an expression, or an object of column values. */
export type Cond<E> = Expr<boolean> | Filter<E>

/** A second copy of a table in one query. */
export interface Alias<E, N> {
  /** Only for the compiler. */
  readonly $alias: E
  /** Only for the compiler. */
  readonly $null: N
  /** Its columns and relations. */
  readonly c: Cols<DefOf<E>, N>
}

/**
 * A model class, as `Model({ … })` makes it. `B` is what its objects have from the model that it extends, and `Own` its own definition: a property that came from both sides of
 * the intersection would be evaluated while the class is resolved, and a relation from a base to what inherits from it be a circle. `P` is the part of its definition that stands in a
 * second table.
 */
export interface ModelClass<D, N extends string, B = unknown, Own = D, P = undefined> {
  /** Makes a new object; nothing is sent before it is added to a session and flushed. */
  new (init: Init<D>): Entity<D> & Fields<Own> & B
  /** Column and relation expressions. */
  readonly c: Cols<D>
  /** The table's name if the model gives one; never for one that has no table of its own. */
  readonly $name: N
  /** Only for the compiler: what the model adds in a table of its own; undefined for a model whose table has whole rows. */
  readonly $part: P
  /** A query for objects of this model, run by the session of the open scope when it is executed. */
  query<E extends AnyEntity>(this: ClassOf<E>): SelectEntity<E, E>
  /**
   * A base for a model that has this one's columns, relations and methods. Its objects have a table of their own. With `inherit` they are objects of this model too: with 'single' they are
   * rows of its table, with 'joined' the columns that are added stand in a second table.
   */
  extend<
    C extends ClassOf<AnyEntity>,
    D2 extends Def,
    const N2 extends string = string,
    const I extends 'single' | 'joined' | undefined = undefined,
  >(
    this: C,
    def: D2,
    options?: ModelOptions<DefOf<C['prototype']> & D2, N2> & { readonly inherit?: I },
  ): ModelClass<
    DefOf<C['prototype']> & D2,
    [I] extends ['single'] ? never : N2,
    C['prototype'],
    D2,
    [I] extends ['joined'] ? D2 : undefined
  >
}

/** Options of a model. */
export interface ModelOptions<D, N extends string> {
  /** The table's name, verbatim. Default: the model's key in `models`, in snake_case. */
  readonly table?: N
  /** The engine that the table lives on. Default: the base model's, else `default`. */
  readonly bind?: string
  /** What the `discriminator()` column has in rows of just this model, where models inherit from one another. Without it there are only rows of those that inherit from it. */
  readonly discriminator?: string | number
  /** Indexes and unique constraints of several columns: `indexes: (c) => [index(c.tagId, c.position).unique()]`. */
  readonly indexes?: (c: Cols<D>) => readonly IndexItem[]
  /** Conditions that every row must fulfil: `checks: (c) => [check(c.price.gte(0))]`. */
  readonly checks?: (c: Cols<D>) => readonly CheckItem[]
}
/** An index on several columns. */
export interface IndexItem {
  /** Only for the compiler. */
  readonly $item: 'index'
  /** No two rows have the same values in these columns. */
  unique(): IndexItem
  /** Its name; otherwise made from the table's and the columns' names. */
  named(name: string): IndexItem
}
/** A condition that every row must fulfil. */
export interface CheckItem {
  /** Only for the compiler. */
  readonly $item: 'check'
  /** Its name; otherwise numbered. */
  named(name: string): CheckItem
}
