/** A query that can stand in `in(…)`: its rows are values. */
export interface Subquery<out T> {
  /** Only for the compiler. */
  readonly $row: T
}

/** A value of type T, or an expression for one. */
export type Val<T> = NoInfer<T> | Expr<T>

/** Something that the database computes: a column, a comparison, a function. Immutable; it can be used in any number of queries. */
export interface Expr<out T> {
  /** Only for the compiler. */
  readonly $e: T
  /** Equal. With null: IS NULL. */
  eq(value: Val<T>): Expr<boolean>
  /** Not equal; a row whose value is NULL does not match. With null: IS NOT NULL. */
  ne(value: Val<T>): Expr<boolean>
  /** Greater. */
  gt(value: Val<T>): Expr<boolean>
  /** Greater or equal. */
  gte(value: Val<T>): Expr<boolean>
  /** Less. */
  lt(value: Val<T>): Expr<boolean>
  /** Less or equal. */
  lte(value: Val<T>): Expr<boolean>
  /** One of the values, null among them if it is given; nothing matches an empty array. Or one of the rows of a query for single values. */
  in(values: readonly T[] | Subquery<T>): Expr<boolean>
  /** None of the values; everything matches an empty array. A row whose value is NULL does not match otherwise, as in SQL. */
  notIn(values: readonly T[] | Subquery<T>): Expr<boolean>
  /** Not less than the first and not greater than the second. */
  between(low: Val<T>, high: Val<T>): Expr<boolean>
  /** IS NULL. */
  isNull(): Expr<boolean>
  /** IS NOT NULL. */
  isNotNull(): Expr<boolean>
  /** Ascending, for `orderBy`. */
  asc(): Order
  /** Descending, for `orderBy`. */
  desc(): Order
  /** This value, or `fallback` where it is NULL. */
  coalesce<U>(fallback: U): Expr<NonNullable<T> | U>
}

/** A direction of sorting. */
export interface Order {
  /** Only for the compiler. */
  readonly $order: 'asc' | 'desc'
  /** Rows without a value come first. */
  nullsFirst(): Order
  /** Rows without a value come last. */
  nullsLast(): Order
}

/** What text can do beside comparing. */
export interface TextOps {
  /** LIKE with a pattern of yours: `%` stands for any text, `_` for one character, and everything else, a backslash too, for itself. Case counts or not as the database has it. */
  like(pattern: string): Expr<boolean>
  /** LIKE that takes upper and lower case as one. */
  ilike(pattern: string): Expr<boolean>
  /** Has `part` in it. `%` and `_` in it stand for themselves. */
  contains(part: string): Expr<boolean>
  /** Begins with `part`. `%` and `_` in it stand for themselves. */
  startsWith(part: string): Expr<boolean>
  /** Ends with `part`. `%` and `_` in it stand for themselves. */
  endsWith(part: string): Expr<boolean>
  /** In lower case. */
  lower(): Expr<string>
  /** In upper case. */
  upper(): Expr<string>
}

/** What numbers can do beside comparing. */
export interface NumOps<T> {
  /** The sum. */
  plus(value: Val<T>): ColExpr<T>
  /** The difference. */
  minus(value: Val<T>): ColExpr<T>
  /** The product. */
  times(value: Val<T>): ColExpr<T>
}

/** An expression with the operators of its type. */
export type ColExpr<T> = Expr<T> &
  ([NonNullable<T>] extends [string]
    ? TextOps
    : [NonNullable<T>] extends [number | bigint]
      ? NumOps<T>
      : unknown)
