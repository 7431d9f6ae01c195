import { and, or } from './conditions.ts'
import { isComparable } from './comparable.ts'
import type { Expression } from './expression.ts'
import type { OrderTerm } from './order-term.ts'
import type { SelectItem } from './selection.ts'
import type { SqlFeatures } from './sql-dialect.ts'

/** A term of an order, and whether rows may have NULL there. */
export interface KeysetTerm {
  readonly term: OrderTerm
  readonly nullable: boolean
}

/** Which rows are meant, as seen from a place in the order. */
export interface KeysetSide {
  readonly direction: 'after' | 'before'
  /** The rows at the place itself too. */
  readonly inclusive: boolean
}

/** What it depends on in a database. */
type KeysetFeatures = Pick<SqlFeatures, 'nullsAreLargest' | 'checksComparands'>

/** What one term says of a row: it may be on the wanted side of a value, and it certainly is. undefined = of every row, and of none. */
interface Sides {
  readonly possible: Expression<boolean> | undefined
  readonly certain: Expression<boolean> | undefined
}

/**
 * An order in which every row has a place of its own, and the conditions for the rows behind a place or in front of it.
 *
 * A place is the values of all terms. NULL is compared as the database sorts it.
 */
export class Keyset {
  readonly #terms: readonly KeysetTerm[]
  readonly #supports: KeysetFeatures

  constructor(terms: readonly KeysetTerm[], supports: KeysetFeatures) {
    this.#terms = terms
    this.#supports = supports
  }

  /** The values of a row's place, to be selected beside it. */
  get items(): readonly SelectItem[] {
    return this.#terms.map(({ term }) => ({ kind: 'value', expression: term.expression }))
  }

  /** The order; `before`: the opposite one, which finds the rows next to a place first. */
  order(direction: KeysetSide['direction'] = 'after'): readonly OrderTerm[] {
    return this.#terms.map(({ term }) => (direction === 'after' ? term : term.reversed()))
  }

  /** Whether these values can be a place of this order. */
  accepts(place: readonly unknown[]): boolean {
    return (
      place.length === this.#terms.length &&
      this.#terms.every(({ term, nullable }, i) => {
        const value = place[i]
        if (value === null) return nullable
        return isComparable(term.expression.type, value, this.#supports)
      })
    )
  }

  /** The condition for the rows on one side of a place: `a >= x and (a > x or b > y)`, whose first part an index of the first term can serve. */
  beside(place: readonly unknown[], { direction, inclusive }: KeysetSide): Expression<boolean> {
    let rows: Expression<boolean> = inclusive ? and() : or()
    for (const [i, keyTerm] of [...this.#terms.entries()].toReversed()) {
      const { possible, certain } = this.#sides(keyTerm, place[i], direction)
      const isLast = i === this.#terms.length - 1
      if (isLast) rows = (inclusive ? possible : certain) ?? rows
      else {
        const further = certain === undefined ? rows : or(certain, rows)
        rows = possible === undefined ? further : and(possible, further)
      }
    }
    return rows
  }

  #sides(
    { term, nullable }: KeysetTerm,
    value: unknown,
    direction: KeysetSide['direction'],
  ): Sides {
    const { expression, $order } = direction === 'after' ? term : term.reversed()
    const nullsComeLast = term.nullsComeLast(this.#supports) === (direction === 'after')
    if (value === null) {
      return nullsComeLast
        ? { possible: expression.isNull(), certain: undefined }
        : { possible: undefined, certain: expression.isNotNull() }
    }
    const orNull = (condition: Expression<boolean>): Expression<boolean> =>
      nullable && nullsComeLast ? or(condition, expression.isNull()) : condition
    return $order === 'asc'
      ? { possible: orNull(expression.gte(value)), certain: orNull(expression.gt(value)) }
      : { possible: orNull(expression.lte(value)), certain: orNull(expression.lt(value)) }
  }
}
