import { ArgumentError } from '../../errors/index.ts'
import { ColumnExpression, type Expr } from '../../sql/index.ts'
import type { CheckItem, IndexItem } from './expression-types.ts'

/** The run-time side of `index(…)`. @internal */
export class IndexClause {
  readonly properties: readonly string[]
  readonly isUnique: boolean
  readonly name: string | undefined

  constructor(properties: readonly string[], isUnique = false, name?: string) {
    this.properties = properties
    this.isUnique = isUnique
    this.name = name
  }

  unique(): IndexClause {
    return new IndexClause(this.properties, true, this.name)
  }
  named(name: string): IndexClause {
    return new IndexClause(this.properties, this.isUnique, name)
  }
}

/** The run-time side of `check(…)`. @internal */
export class CheckClause {
  readonly condition: unknown
  readonly name: string | undefined

  constructor(condition: unknown, name?: string) {
    this.condition = condition
    this.name = name
  }

  named(name: string): CheckClause {
    return new CheckClause(this.condition, name)
  }
}

/** An index on several columns, for a model's `indexes` option: `indexes: (c) => [index(c.tagId, c.position).unique()]`. */
export function index(...columns: Expr<unknown>[]): IndexItem {
  const properties = columns.map((column) => {
    if (column instanceof ColumnExpression) return column.property
    throw new ArgumentError(
      'Cannot index an expression that is not a column of the model. Name columns, such as index(c.tagId, c.position).',
    )
  })
  const clause: unknown = new IndexClause(properties)
  return clause as IndexItem
}

/** A condition that every row must fulfil, for a model's `checks` option: `checks: (c) => [check(c.price.gte(0)).named('not_negative')]`. */
export function check(condition: Expr<boolean>): CheckItem {
  const clause: unknown = new CheckClause(condition)
  return clause as CheckItem
}
