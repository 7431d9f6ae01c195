import { ArgumentError } from '../errors/index.ts'
import type { ColumnType } from '../schema/index.ts'
import { Precedence, type Operand, type Values } from './operand.ts'
import { collectClauses, shapeOf, type SelectClauses } from './select-clauses.ts'
import { renderMembers } from './select-renderer.ts'
import type { SqlWriter } from './sql-writer.ts'

/** A SELECT of one value inside another statement. Aliases of the outer statement may stand in it. */
export class Subselect implements Operand {
  readonly key: string
  readonly precedence: Precedence = Precedence.atom
  readonly type: ColumnType | undefined
  readonly source = undefined
  readonly #clauses: SelectClauses
  readonly #value: Operand

  constructor(clauses: SelectClauses) {
    const [item] = clauses.items
    if (item?.kind !== 'value' || clauses.items.length > 1) {
      throw new ArgumentError(
        'Cannot use this query in in(…): it must select one value. Write select(User.c.id), say.',
      )
    }
    this.key = `(${shapeOf(clauses)})`
    this.type = item.expression.type
    this.#clauses = clauses
    this.#value = item.expression
  }

  label(): string {
    return 'a subquery'
  }

  collect(into: Values): void {
    collectClauses(this.#clauses, into)
  }

  render(writer: SqlWriter): void {
    renderMembers(writer, this.#clauses, () => {
      const value = writer.capture(() => this.#value.render(writer))
      writer.write(writer.comparable(value, this.type))
      return []
    })
  }
}
