import type { ColumnType } from '../schema/index.ts'
import { Expression } from './expression.ts'
import { Precedence, type NameOf } from './operand.ts'
import { escapeKey } from './shape-key.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** A column of a source: what `Post.c.title` is. */
export class ColumnExpression<T = unknown> extends Expression<T> {
  readonly key: string
  readonly precedence: Precedence = Precedence.atom
  readonly source: Source
  /** The column's name in the program. */
  readonly property: string
  readonly type: ColumnType

  constructor(source: Source, property: string, type: ColumnType) {
    super()
    this.key = `${source.key}.${escapeKey(property)}`
    this.source = source
    this.property = property
    this.type = type
  }

  override label(nameOf: NameOf): string {
    return `${nameOf(this.source.model)}.${this.property}`
  }

  collect(): void {}

  render(writer: SqlWriter): void {
    writer.write(writer.column(this.source, this.property))
  }
}
