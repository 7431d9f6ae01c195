/* oxlint-disable typescript/no-explicit-any -- positions where any value type is meant and none is read */
import type { KyselyColumn } from '../../sql/index.ts'
import type {
  AnyEntity,
  ClassOf,
  ColKeys,
  DefOf,
  FkName,
  FlagsOf,
  InsOpt,
  Key,
  PkOf,
  Rel,
  RelKeysOf,
  ValueOf,
} from './entity-types.ts'
import type { BelongsTo } from './relation-builder.ts'

type Upper =
  | 'A'
  | 'B'
  | 'C'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'N'
  | 'O'
  | 'P'
  | 'Q'
  | 'R'
  | 'S'
  | 'T'
  | 'U'
  | 'V'
  | 'W'
  | 'X'
  | 'Y'
  | 'Z'
type Lower = Lowercase<Upper>
type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type StartsLower<R> = R extends `${Lower}${string}` ? true : false
/** `P` is the letter before; '' at the start. A letter A–Z gets `_` after a–z or 0–9, or (not first) before a–z; the same as util/snake-case.ts. */
type Words<S, P extends string = '', A extends string = ''> = S extends `${infer C}${infer R}`
  ? Words<
      R,
      C,
      C extends Upper
        ? P extends ''
          ? `${A}${Lowercase<C>}`
          : P extends Lower | Digit
            ? `${A}_${Lowercase<C>}`
            : StartsLower<R> extends true
              ? `${A}_${Lowercase<C>}`
              : `${A}${Lowercase<C>}`
        : `${A}${Lowercase<C>}`
    >
  : A
type Trimmed<S> = S extends `_${infer R}` ? Trimmed<R> : S
/** snake_case of a name, at the level of types. */
export type Snake<S> = Trimmed<Words<S>>

type Has<F, X> = [Extract<F, X>] extends [never] ? false : true
type DbName<C, K> =
  FlagsOf<C> extends infer F
    ? [Extract<F, `name:${string}`>] extends [never]
      ? Snake<K>
      : F extends `name:${infer N}`
        ? N
        : never
    : never
type DbTable<D> = {
  [K in ColKeys<D> as DbName<D[K], K>]: Has<FlagsOf<D[K]>, 'computed'> extends true
    ? KyselyColumn<ValueOf<D[K]>, never, never>
    : K extends InsOpt<D>
      ? KyselyColumn<ValueOf<D[K]>, ValueOf<D[K]> | undefined, ValueOf<D[K]>>
      : ValueOf<D[K]>
}
/** Models by name. */
export type ModelMap = { readonly [name: string]: ClassOf<AnyEntity> }
/** The models of a Database: by name, or several such packages. */
export type Models = ModelMap | readonly ModelMap[]
/** Several packages as one. */
type Together<M> = M extends readonly [infer First, ...infer Rest]
  ? First & Together<Rest>
  : unknown
/** Kysely's `DB`, in database names; of models that are not known any. */
export type KyselyDB<M extends Models> = 0 extends M & 1
  ? any
  : M extends ModelMap
    ? Tables<M>
    : Together<M> extends infer All extends ModelMap
      ? Tables<All>
      : Tables<ModelMap>
/** Models that have no table of their own: their `$name` is never. */
type Sharing<M extends ModelMap> = {
  [K in keyof M]: [M[K]['$name']] extends [never] ? K : never
}[keyof M]
/** Columns that a model adds to the table of its base, where rows of others have no value in them. */
type AddedColumns<D, Base> = {
  [K in Exclude<ColKeys<D>, keyof Base> as DbName<D[K], K>]: Has<
    FlagsOf<D[K]>,
    'computed'
  > extends true
    ? KyselyColumn<ValueOf<D[K]> | null, never, never>
    : KyselyColumn<ValueOf<D[K]> | null, ValueOf<D[K]> | null | undefined, ValueOf<D[K]> | null>
}
type Both<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void
  ? I
  : never
/** The columns that all of the models `S` add to the table of the base `E`. */
type Added<M extends ModelMap, S extends keyof M, E> = Both<
  {
    [K in S]: M[K]['prototype'] extends E ? AddedColumns<DefOf<M[K]['prototype']>, DefOf<E>> : never
  }[S]
>
/** Models that inherit from `E` by way of one with a second table: what they share is that one. */
type Apart<M extends ModelMap, E> = {
  [K in keyof M]: M[K]['$part'] extends undefined
    ? never
    : [E] extends [M[K]['prototype']]
      ? never
      : SharingWith<M, M[K]['prototype']>
}[keyof M]
type SharingWith<M extends ModelMap, E> = {
  [K in Sharing<M>]: M[K]['prototype'] extends E ? K : never
}[Sharing<M>]
/** The columns of a model's own table: with whole rows, or with the key and what the model adds. */
type OwnTable<C extends ClassOf<AnyEntity>> = C['$part'] extends undefined
  ? DbTable<DefOf<C['prototype']>>
  : DbTable<C['$part']> & PartKey<DefOf<C['prototype']>>
type PartKey<D> = { [K in PkOf<D> as DbName<D[K], K>]: ValueOf<D[K]> }
type TableOf<M extends ModelMap, C extends ClassOf<AnyEntity>, S extends keyof M> = [S] extends [
  never,
]
  ? OwnTable<C>
  : OwnTable<C> & Added<M, S, C['prototype']>
type Tables<M extends ModelMap> = {
  [K in keyof M as string extends M[K]['$name'] ? Snake<K> : M[K]['$name']]: TableOf<
    M,
    M[K],
    Exclude<Sharing<M>, Apart<M, M[K]['prototype']>>
  >
}

type RelError<D, K, R> =
  R extends BelongsTo<infer E, any>
    ? FkName<R, K> extends infer Fk extends string
      ? [Fk] extends [keyof D]
        ? IsOne<Fk> extends true
          ? NonNullable<ValueOf<D[Fk]>> extends Key<E>
            ? never
            : `${K & string}: ${Fk} has not the type of the target's primary key`
          : never
        : `${K & string}: there is no column ${Exclude<Fk, keyof D>}`
      : never
    : never
type IsOne<T, U = T> = T extends unknown ? ([U] extends [T] ? true : false) : never
type ModelError<D> = { [K in RelKeysOf<D>]: RelError<D, K, Rel<D, K>> }[RelKeysOf<D>]
/** Wiring that cannot be checked inside a class's own base expression is checked here, when all classes exist. Of packages each is checked by itself. */
export type CheckModels<M> = {
  [N in keyof M]: M[N] extends ClassOf<infer E>
    ? [ModelError<DefOf<E>>] extends [never]
      ? M[N]
      : { readonly error: ModelError<DefOf<E>> }
    : M[N] extends ModelMap
      ? CheckModels<M[N]>
      : never
}
