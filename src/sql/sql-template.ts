import { ArgumentError } from '../errors/index.ts'
import type { SqlText } from '../schema/index.ts'
import { Expression } from './expression.ts'
import { Precedence, type Operand, type Values } from './operand.ts'
import { escapeKey } from './shape-key.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Keys of templates by the identity of their strings, which are the same object at each evaluation of one place in a program. */
const textKeys = new WeakMap<readonly string[], string>()

function textKey(strings: readonly string[]): string {
  let key = textKeys.get(strings)
  if (key === undefined) {
    key = strings.map(escapeKey).join('?')
    textKeys.set(strings, key)
  }
  return key
}

/** SQL that the developer wrote, with operands in its gaps: an expression, a fragment of one, or a whole statement. */
export class SqlTemplate<T = unknown> extends Expression<T> implements SqlText {
  readonly key: string
  readonly type: undefined
  readonly precedence: Precedence = Precedence.raw
  readonly source: Source | undefined
  readonly #strings: readonly string[]
  readonly #operands: readonly Operand[]

  constructor(strings: readonly string[], operands: readonly Operand[]) {
    super()
    this.key = `sql(${textKey(strings)};${operands.map((operand) => operand.key).join(',')})`
    this.source = operands.find((operand) => operand.source !== undefined)?.source
    this.#strings = strings
    this.#operands = operands
  }

  /** The text, for defaults and computed columns. @throws {ArgumentError} ARGUMENT when there are values, which cannot be bound there. */
  get sql(): string {
    if (this.#operands.length === 0) return this.#strings.join('')
    throw new ArgumentError(
      'Cannot use an sql template with values in the definition of a column: nothing can be bound there. Write the whole text without ${…}.',
    )
  }

  /** The sources that its operands mention. */
  get sources(): readonly Source[] {
    return [
      ...new Set(
        this.#operands.flatMap((operand) =>
          operand instanceof SqlTemplate ? operand.sources : (operand.source ?? []),
        ),
      ),
    ]
  }

  collect(into: Values): void {
    for (const operand of this.#operands) operand.collect(into)
  }

  render(writer: SqlWriter): void {
    for (const [place, text] of this.#strings.entries()) {
      writer.write(text)
      const operand = this.#operands[place]
      if (operand instanceof SqlTemplate) operand.render(writer)
      else if (operand !== undefined) writer.operand(operand, Precedence.atom)
    }
  }
}
