import type { ForeignKeyOptions } from '../../schema/index.ts'
import type { AnyEntity, ClassOf, RelKeys } from './entity-types.ts'

/** What a `belongsTo` arrow returns, for the compiler. */
export interface BelongsTo<out E, out Fk extends string = string> {
  /** Only for the compiler. */
  readonly $one: E
  /** Only for the compiler. */
  readonly $fk: Fk
}
/** What a `hasOne` arrow returns, for the compiler. */
export interface HasOne<out E> {
  /** Only for the compiler. */
  readonly $inv: E
}
/** What a `hasMany` or `manyToMany` arrow returns, for the compiler. */
export interface HasMany<out E> {
  /** Only for the compiler. */
  readonly $many: E
}

/** What a `hasMany` or `manyToMany` arrow with `{ lazy: 'writeOnly' }` returns, for the compiler. */
export interface WriteOnlyMany<out E> extends HasMany<E> {
  /** Only for the compiler. */
  readonly $writeOnly: true
}

/** Which operations on an object are passed on to the objects of a relation. */
export type Cascade = 'save' | 'all' | 'all, delete-orphan'

/** Options of `belongsTo`. */
export interface BelongsToOptions<Fk extends string = string> extends ForeignKeyOptions {
  /** The foreign key column; several, in the order of the target's key, for a composite one. Default `${relation}Id`. */
  readonly via?: Fk | readonly Fk[]
  /** Writes the foreign key by an UPDATE after both rows exist: for rows that refer to each other in a circle. */
  readonly postUpdate?: boolean
  /** `'raise'`: loading it later is LOAD_REFUSED; it comes along with a query that says `with`, or not at all. */
  readonly lazy?: 'raise'
}

/** Options of `hasMany` and `hasOne`. */
export interface ManyOptions {
  /** Default `save`: adding the owner adds the members. `all` also deletes them with it; `delete-orphan` also deletes a member that is taken out. */
  readonly cascade?: Cascade
  /** The member column that a loaded collection is ordered by; a leading `-` turns the order round. */
  readonly orderBy?: string
  /** True: the database's ON DELETE takes care of members that are not loaded. Derived from the foreign key unless it is said. */
  readonly passiveDeletes?: boolean
  /** `'raise'`: loading it later is LOAD_REFUSED; it comes along with a query that says `with`, or not at all. */
  readonly lazy?: 'raise'
}

/** Options of `manyToMany`. */
export interface ManyToManyOptions {
  /** The column of the target that a loaded collection is ordered by; a leading `-` turns the order round. */
  readonly orderBy?: string
  /** `'raise'`: loading it later is LOAD_REFUSED; it comes along with a query that says `with`, or not at all. */
  readonly lazy?: 'raise'
}

/** Kinds of relations, as the mapper sees them. */
export type RelationKind = 'belongsTo' | 'hasOne' | 'hasMany' | 'manyToMany'

/** The run-time side of a relation arrow's result. @internal */
export class RelationBuilder {
  readonly kind: RelationKind
  readonly target: object
  readonly options: {
    readonly via?: string | readonly string[]
    readonly postUpdate?: boolean
    readonly inverse?: string
    readonly through?: string | (() => object)
    readonly cascade?: Cascade
    readonly orderBy?: string
    readonly passiveDeletes?: boolean
    readonly lazy?: 'raise' | 'writeOnly'
  } & ForeignKeyOptions

  constructor(kind: RelationKind, target: object, options: RelationBuilder['options']) {
    this.kind = kind
    this.target = target
    this.options = options
  }
}

/** The builder behind the public face; the one place where the two meet. */
function relation<R>(kind: RelationKind, target: object, options: RelationBuilder['options']): R {
  const builder: unknown = new RelationBuilder(kind, target, options)
  return builder as R
}

/** A row of the target that this row refers to. Declares the foreign key constraint on the column `${relation}Id`, unless `via` names another. */
export function belongsTo<E extends AnyEntity, const Fk extends string = string>(
  target: ClassOf<E>,
  options: BelongsToOptions<Fk> = {},
): BelongsTo<E, Fk> {
  return relation('belongsTo', target, options)
}

/**
 * The rows that refer to this one. `inverse` is the belongsTo on the other side; needed only when there are several.
 *
 * `{ lazy: 'writeOnly' }` is for more members than memory shall ever hold: they are added, taken out, queried and changed by statements, and never loaded. The foreign key says
 * `onDelete`, since nobody loads them when the owner goes.
 */
export function hasMany<E extends AnyEntity>(
  target: ClassOf<E>,
  inverse: { [I in RelKeys<E>]: I }[RelKeys<E>],
  options: Omit<ManyOptions, 'lazy'> & { readonly lazy: 'writeOnly' },
): WriteOnlyMany<E>
export function hasMany<E extends AnyEntity>(
  target: ClassOf<E>,
  inverse?: { [I in RelKeys<E>]: I }[RelKeys<E>],
  options?: ManyOptions,
): HasMany<E>
export function hasMany<E extends AnyEntity>(
  target: ClassOf<E>,
  inverse?: { [I in RelKeys<E>]: I }[RelKeys<E>],
  options: RelationBuilder['options'] = {},
): HasMany<E> {
  return relation('hasMany', target, inverse === undefined ? options : { inverse, ...options })
}

/** The one row that refers to this one, if there is one. `inverse` as in `hasMany`. */
export function hasOne<E extends AnyEntity>(
  target: ClassOf<E>,
  inverse?: { [I in RelKeys<E>]: I }[RelKeys<E>],
  options: ManyOptions = {},
): HasOne<E> {
  return relation('hasOne', target, inverse === undefined ? options : { inverse, ...options })
}

/** Where the association of a many-to-many relation is. */
type Association<E> =
  | { readonly through: string | (() => ClassOf<AnyEntity>) }
  | { readonly inverse: { [I in RelKeys<E>]: I }[RelKeys<E>] }

/** Rows tied to this one by an association table. The owner gives `through` (a table name, or an arrow to an association model); the other side names the owner's relation. `lazy: 'writeOnly'` as in `hasMany`. */
export function manyToMany<E extends AnyEntity>(
  target: ClassOf<E>,
  how: Association<E> & { readonly lazy: 'writeOnly' },
): WriteOnlyMany<E>
export function manyToMany<E extends AnyEntity>(
  target: ClassOf<E>,
  how: Association<E> & ManyToManyOptions,
): HasMany<E>
export function manyToMany<E extends AnyEntity>(
  target: ClassOf<E>,
  how: RelationBuilder['options'],
): HasMany<E> {
  return relation('manyToMany', target, how)
}
