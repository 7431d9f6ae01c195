import type { ColumnType } from '../schema/index.ts'
import {
  renderLinks,
  renderTargets,
  useRelation,
  type Relation,
  type RelationUse,
} from './correlation.ts'
import { Expression } from './expression.ts'
import { Precedence, type Values } from './operand.ts'
import { toNumber, type Decoder } from './operators.ts'
import type { Source } from './source.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

/** What is asked about the rows that a relation leads to: whether there are some, or none, or none at all behind the key (`is(null)`), or how many. */
export type RelationTest = 'some' | 'none' | 'missing' | 'count'

/** A question about the rows that a relation leads to, answered by a correlated subquery. */
export class RelationQuery<T = boolean> extends Expression<T> {
  readonly key: string
  readonly type: ColumnType
  readonly precedence: Precedence
  readonly source: Source
  readonly #relation: Relation
  readonly #test: RelationTest
  readonly #conditions: readonly Expression[]

  constructor(
    relation: Relation,
    test: RelationTest,
    conditions: readonly Expression[],
    type: ColumnType,
  ) {
    super()
    this.key = `${test}(${relation.key}:${conditions.map((condition) => condition.key).join(',')})`
    this.type = type
    this.precedence = test === 'some' || test === 'count' ? Precedence.atom : Precedence.not
    this.source = relation.source
    this.#relation = relation
    this.#test = test
    this.#conditions = conditions
  }

  override decoder(dialect: SqlDialect): Decoder | undefined {
    return this.#test === 'count' ? toNumber : super.decoder(dialect)
  }

  collect(into: Values): void {
    for (const condition of this.#conditions) condition.collect(into)
  }

  render(writer: SqlWriter): void {
    const use = useRelation(writer, this.#relation)
    const nullable = use.path.pairs.filter(([owner]) => owner.nullable)
    if (this.#test === 'missing' && nullable.length > 0) {
      const text = nullable.map(([owner]) => `${use.owner.column(owner)} is null`).join(' or ')
      writer.write(nullable.length > 1 ? `(${text})` : text)
      return
    }
    if (this.#test === 'count') writer.write('(')
    else writer.write(this.#test === 'some' ? 'exists (' : 'not exists (')
    this.#renderRows(writer, use)
    writer.write(')')
  }

  #renderRows(writer: SqlWriter, use: RelationUse): void {
    const selected = this.#test === 'count' ? 'count(*)' : '1'
    const { filter, tables } = writer.catalog.rowsOf(this.#relation.target)
    const isAnyTarget = filter === undefined && tables.length === 1
    if (use.path.through !== undefined && this.#conditions.length === 0 && isAnyTarget)
      renderLinks(writer, use, selected, () => [])
    else
      renderTargets(writer, this.#relation, selected, () =>
        this.#conditions.map((condition) =>
          writer.capture(() => writer.operand(condition, Precedence.not)),
        ),
      )
  }
}
