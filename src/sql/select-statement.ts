import { ArgumentError } from '../errors/index.ts'
import { asExpression } from './conditions.ts'
import type { Expr, Order } from './expression-types.ts'
import type { Operand, Values } from './operand.ts'
import { OrderTerm } from './order-term.ts'
import {
  NO_CLAUSES,
  checkRowCount,
  collectClauses,
  hasKeyOrder,
  rootOf,
  shapeOf,
  sourcesOf,
  type SelectClauses,
} from './select-clauses.ts'
import { CountStatement, ExistsStatement } from './select-questions.ts'
import { renderSelect } from './select-renderer.ts'
import type { SelectItem } from './selection.ts'
import { finishKey } from './shape-key.ts'
import { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'
import type { Statement } from './statement.ts'
import { Subselect } from './subselect.ts'

/** What happens with rows that are locked already; by default it waits for them. */
export interface LockOptions {
  /** They are left out. */
  readonly skipLocked?: boolean
  /** The statement fails at once, with a LockTimeoutError. */
  readonly noWait?: boolean
}

/** A relation that can be joined: `Post.c.tags`. */
export interface JoinableRelation {
  readonly source: Source
  readonly relation: string
  readonly target: object
}

/**
 * A SELECT. Immutable: every step gives a new one, so that a statement can be kept, shared and continued in two ways.
 *
 * Hot: where(), orderBy() and limit(), the key, its look-up and the parameters cost 1.5 µs together on Node 24.
 */
export class SelectStatement implements Statement {
  readonly returnsRows = true
  readonly #clauses: SelectClauses
  #key: string | undefined

  private constructor(clauses: SelectClauses) {
    this.#clauses = clauses
  }

  /** Selects `items`; rows come from `from`, or where the items tell. */
  static of(items: readonly SelectItem[], from?: Source): SelectStatement {
    return new SelectStatement({ ...NO_CLAUSES, items, from })
  }

  #with(changed: Partial<SelectClauses>): SelectStatement {
    return new SelectStatement({ ...this.#clauses, ...changed })
  }

  /** The first table of FROM. */
  from(source: Source): SelectStatement {
    return this.#with({ from: source })
  }

  /** Conditions, all of which must hold, those of earlier calls included. */
  where(...conditions: Expr<boolean>[]): SelectStatement {
    return this.#with({
      conditions: [
        ...this.#clauses.conditions,
        ...conditions.map((each) => asExpression(each, 'where()')),
      ],
    })
  }

  /** INNER JOIN through a relation, as `target` or as its model itself. */
  join(relation: JoinableRelation, target?: Source): SelectStatement {
    return this.#join(relation, target, { left: false })
  }

  /** LEFT JOIN through a relation. */
  leftJoin(relation: JoinableRelation, target?: Source): SelectStatement {
    return this.#join(relation, target, { left: true })
  }

  #join(
    relation: JoinableRelation,
    target: Source | undefined,
    { left }: { readonly left: boolean },
  ): SelectStatement {
    if (target !== undefined && target.model !== relation.target) {
      throw new ArgumentError(
        `Cannot join "${relation.relation}" as this alias: it is an alias of another model. Make one of the model that the relation leads to.`,
      )
    }
    const join = {
      from: relation.source,
      relation: relation.relation,
      target: target ?? Source.of(relation.target),
      left,
    }
    return this.#with({ joins: [...this.#clauses.joins, join] })
  }

  /** GROUP BY, after what earlier calls named. */
  groupBy(...groups: Expr<unknown>[]): SelectStatement {
    return this.#with({
      groups: [...this.#clauses.groups, ...groups.map((each) => asExpression(each, 'groupBy()'))],
    })
  }

  /** Conditions on groups, all of which must hold. */
  having(...conditions: Expr<boolean>[]): SelectStatement {
    return this.#with({
      groupConditions: [
        ...this.#clauses.groupConditions,
        ...conditions.map((each) => asExpression(each, 'having()')),
      ],
    })
  }

  /** ORDER BY, after what earlier calls named. */
  orderBy(...terms: (Expr<unknown> | Order)[]): SelectStatement {
    const order = terms.map((term) =>
      term instanceof OrderTerm ? term : new OrderTerm(asExpression(term, 'orderBy()'), 'asc'),
    )
    return this.#with({ order: [...this.#clauses.order, ...order] })
  }

  /** Orders the rows by the primary key of the first table unless there is an order already, or they are not rows of tables any more. */
  orderByKey(): SelectStatement {
    return this.isOrdered || !hasKeyOrder(this.#clauses) ? this : this.#with({ orderByKey: true })
  }

  /** ORDER BY these terms, and no others. */
  reorderedBy(order: readonly OrderTerm[]): SelectStatement {
    return this.#with({ order, orderByKey: false })
  }

  /** Of the rows that this statement gives, at most `count` after the first `skip`; its own bounds hold too. */
  slice(count: number, skip?: number): SelectStatement {
    const { limit, offset } = this.#clauses
    const left = limit === undefined ? count : Math.min(count, Math.max(0, limit - (skip ?? 0)))
    return this.#with({ limit: left, offset: skip === undefined ? offset : (offset ?? 0) + skip })
  }

  /** At most so many rows. @throws {ArgumentError} ARGUMENT unless it is a whole number of at least 0. */
  limit(count: number): SelectStatement {
    return this.#with({ limit: checkRowCount(count, 'limit') })
  }

  /** Without the first rows. @throws {ArgumentError} ARGUMENT unless it is a whole number of at least 0. */
  offset(count: number): SelectStatement {
    return this.#with({ offset: checkRowCount(count, 'offset') })
  }

  /** Without equal rows. */
  distinct(): SelectStatement {
    return this.#with({ distinct: true })
  }

  /** Locks the rows of the first table. Where the database has no row locks nothing is written, and `locking` says that a write transaction must begin. */
  forUpdate(options: LockOptions = {}): SelectStatement {
    if (options.skipLocked === true && options.noWait === true)
      throw new ArgumentError(
        'Cannot lock rows both with skipLocked and with noWait: the one leaves locked rows out, the other fails because of them. Choose one.',
      )
    const lock = options.skipLocked === true ? 'skip' : options.noWait === true ? 'fail' : 'wait'
    return this.#with({ lock })
  }

  get key(): string {
    this.#key ??= finishKey(shapeOf(this.#clauses))
    return this.#key
  }

  get sources(): readonly Source[] {
    return sourcesOf(this.#clauses)
  }

  /** The source that FROM begins with, as far as the clauses tell. */
  get root(): Source | undefined {
    return rootOf(this.#clauses)
  }

  get items(): readonly SelectItem[] {
    return this.#clauses.items
  }

  /** The terms of ORDER BY. */
  get order(): readonly OrderTerm[] {
    return this.#clauses.order
  }

  /** Whether the rows come in an order that was asked for. */
  get isOrdered(): boolean {
    return this.#clauses.order.length > 0
  }

  /** Whether LIMIT or OFFSET leaves rows out. */
  get isBounded(): boolean {
    return this.#clauses.limit !== undefined || this.#clauses.offset !== undefined
  }

  get isDistinct(): boolean {
    return this.#clauses.distinct
  }

  get isGrouped(): boolean {
    return this.#clauses.groups.length > 0
  }

  /** What the join through this relation of `from` brings in; undefined where there is none. */
  joinedBy(from: Source, relation: string): Source | undefined {
    return this.#clauses.joins.find((join) => join.from === from && join.relation === relation)
      ?.target
  }

  /** What the named joins bring in. */
  get joined(): readonly Source[] {
    return this.#clauses.joins.map(({ target }) => target)
  }

  get locking(): boolean {
    return this.#clauses.lock !== undefined
  }

  /** How many rows this statement gives. */
  asCount(): Statement {
    return new CountStatement(this.#clauses)
  }

  /** Whether this statement gives a row. */
  asExists(): Statement {
    return new ExistsStatement(this.#clauses)
  }

  /** Selects other items, with all other clauses as they are. */
  selecting(items: readonly SelectItem[]): SelectStatement {
    return this.#with({ items, from: this.root })
  }

  /** FROM, its joins and ORDER BY, without what tells one set of rows from another. */
  asOrder(items: readonly SelectItem[]): SelectStatement {
    const { joins, order } = this.#clauses
    return new SelectStatement({ ...NO_CLAUSES, items, joins, order, from: this.root })
  }

  /** This statement inside another one. @throws {ArgumentError} ARGUMENT unless it selects one value. */
  toSubquery(): Operand {
    return new Subselect(this.#clauses)
  }

  collect(into: Values): void {
    collectClauses(this.#clauses, into)
  }

  render(writer: SqlWriter): void {
    writer.layout.push(...renderSelect(writer, this.#clauses))
  }
}
