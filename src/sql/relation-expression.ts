import { ArgumentError } from '../errors/index.ts'
import { columnTypes } from '../schema/index.ts'
import { describe } from './binder.ts'
import { filterConditions } from './conditions.ts'
import { Expression } from './expression.ts'
import { className, type NameOf } from './operand.ts'
import { RelationQuery, type RelationTest } from './relation-query.ts'
import { RelationTarget } from './relation-target.ts'
import { escapeKey } from './shape-key.ts'
import { Source } from './source.ts'

/** How a relation's target is found once it is needed: arrows of models run late, so that import circles do no harm. */
export interface RelationTargets {
  target(): object
  /** The expressions of a model's columns and relations, as rows of `source`. */
  columnsOf(model: object, source: Source): object
}

/** A relation as an expression, whatever its kind. */
abstract class RelationExpression {
  readonly source: Source
  readonly relation: string
  readonly key: string
  protected readonly targets: RelationTargets

  constructor(source: Source, relation: string, targets: RelationTargets) {
    this.source = source
    this.relation = relation
    this.targets = targets
    this.key = `${source.key}>${escapeKey(relation)}`
  }

  /** The target's model. */
  get target(): object {
    return this.targets.target()
  }

  /** `Post.tags`, for messages. */
  label(nameOf: NameOf = className): string {
    return `${nameOf(this.source.model)}.${this.relation}`
  }

  protected query(test: RelationTest, conditions: readonly object[] = []): Expression<boolean> {
    return new RelationQuery(this, test, this.#conditions(conditions), columnTypes.boolean)
  }

  /** Only objects of the target's model, in memory, can stand for one of its rows. */
  protected requireEntity(value: unknown, method: string): object {
    const { target } = this
    if (
      typeof value === 'object' &&
      value !== null &&
      (typeof target !== 'function' || value instanceof target)
    )
      return value
    const name = className(target)
    throw new ArgumentError(
      `Cannot compare ${this.label()} with ${describe(value)} by ${method}(): it leads to ${name}. Pass an object of ${name}.`,
    )
  }

  #conditions(conditions: readonly object[]): Expression[] {
    return conditions.flatMap((condition) => {
      if (condition instanceof Expression) return [condition]
      const { target } = this
      return filterConditions(
        condition,
        this.targets.columnsOf(target, Source.of(target)),
        className(target),
      )
    })
  }
}

/** A relation to one row: what `Post.c.author` is. */
export class ToOneExpression extends RelationExpression {
  /** The target's columns and relations, through a join that is made once however often the path is named. */
  get c(): object {
    const { target } = this
    return this.targets.columnsOf(target, this.source.related(this.relation, target))
  }

  /** Whether the relation leads to this object, or to none. */
  is(target: object | null): Expression<boolean> {
    if (target === null) return this.query('missing')
    return new RelationTarget(this, this.requireEntity(target, 'is'))
  }

  /** Whether there is a target for which all conditions hold. */
  has(...conditions: object[]): Expression<boolean> {
    return this.query('some', conditions)
  }
}

/** A relation to any number of rows: what `Post.c.tags` is. */
export class ToManyExpression extends RelationExpression {
  /** Whether there is a member for which all conditions hold. */
  any(...conditions: object[]): Expression<boolean> {
    return this.query('some', conditions)
  }

  /** Whether there is no member for which all conditions hold. */
  none(...conditions: object[]): Expression<boolean> {
    return this.query('none', conditions)
  }

  /** Whether this object is a member. */
  contains(member: object): Expression<boolean> {
    return new RelationTarget(this, this.requireEntity(member, 'contains'))
  }

  /** How many members there are. */
  count(): Expression<number> {
    return new RelationQuery<number>(this, 'count', [], columnTypes.int)
  }
}
