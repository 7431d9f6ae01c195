import { ArgumentError } from '../errors/index.ts'
import type { SqlText } from '../schema/index.ts'
import { checkUntyped, describe } from './binder.ts'
import { RawValue } from './bound-value.ts'
import { ColumnExpression } from './column-expression.ts'
import { Expression } from './expression.ts'
import type { Expr } from './expression-types.ts'
import type { Operand, Values } from './operand.ts'
import { finishKey } from './shape-key.ts'
import { isEntity, isModel, type Source } from './source.ts'
import { SqlTemplate } from './sql-template.ts'
import type { SqlWriter } from './sql-writer.ts'
import type { Statement } from './statement.ts'
import {
  ColumnNamePart,
  JoinPart,
  ListPart,
  NamePart,
  SqlPart,
  TablePart,
} from './template-parts.ts'

/** A fragment that only stands in a template: a name, a list, several things joined. */
export interface SqlFragment {
  /** Only for the compiler. */
  readonly $fragment: true
}

/** SQL text with gaps: models and columns become quoted names, everything else is bound. */
export interface SqlTag {
  /** An expression, or with `session.sql` a statement. */
  <T = unknown>(strings: TemplateStringsArray, ...values: unknown[]): Expr<T> & SqlText
  /** A quoted name that is only known at run time: `sql.ref('t', 'title')` is `"t"."title"`. A column gives its name without its table, as SET wants it. */
  ref(...names: [Expr<unknown>] | [string, ...string[]]): SqlFragment
  /** Values, expressions or fragments with `separator` between them; by default a comma. */
  join(members: readonly unknown[], separator?: SqlText): SqlFragment
  /** Values in parentheses, for IN: `where id in ${sql.list(ids)}`. Nothing is in an empty list. */
  list(values: readonly unknown[]): SqlFragment
}

/** The template behind `sql` and `session.sql`. @throws {ArgumentError} ARGUMENT for what cannot be bound; the text says what to use. */
export function createTemplate<T>(
  strings: readonly string[],
  values: readonly unknown[],
): SqlTemplate<T> {
  return new SqlTemplate(strings, values.map(operandOf))
}

function operandOf(value: unknown): Operand {
  if (value instanceof Expression || value instanceof SqlPart) return value
  if (isModel(value)) return new TablePart(value)
  if (Array.isArray(value))
    throw new ArgumentError(
      'Cannot bind an array in an sql template: it is not one value. Write ${sql.list(values)} for IN, or ${sql.join(parts)}.',
    )
  if (isEntity(value)) {
    const name = value.constructor.name
    throw new ArgumentError(
      `Cannot bind an object of ${name} in an sql template: it is not one value. Bind its key, as in \${${name.toLowerCase()}.id}.`,
    )
  }
  return new RawValue(checkUntyped(value, 'an sql template'))
}

const comma = new SqlTemplate([', '], [])

function ref(...names: [Expr<unknown>] | [string, ...string[]]): SqlPart {
  const [first] = names
  if (first instanceof ColumnExpression) return new ColumnNamePart(first.source, first.property)
  const texts = names.filter((name) => typeof name === 'string')
  if (texts.length === names.length && texts.length > 0) return new NamePart(texts)
  throw new ArgumentError(
    `Cannot make a name of ${describe(first)}: sql.ref() takes names as text, or a column such as Post.c.title.`,
  )
}

function join(members: readonly unknown[], separator: SqlText = comma): SqlPart {
  if (members.length === 0)
    throw new ArgumentError(
      'Cannot join nothing by sql.join(): no SQL would stand there. Leave the clause out where there are no parts.',
    )
  if (separator instanceof SqlTemplate) return new JoinPart(members.map(operandOf), separator)
  throw new ArgumentError(
    'Cannot separate by this value in sql.join(): pass a template, as in sql.join(parts, sql` and `).',
  )
}

function list(values: readonly unknown[]): SqlPart {
  for (const value of values) checkUntyped(value, 'sql.list()')
  return new ListPart(values)
}

/** SQL of your own as an expression, always with bound values. @remarks Kysely has a tag of the same name; import one of them under another. */
export const sql: SqlTag = Object.assign(
  <T>(strings: TemplateStringsArray, ...values: unknown[]): SqlTemplate<T> =>
    createTemplate<T>(strings, values),
  {
    ref: ref as unknown as SqlTag['ref'],
    join: join as unknown as SqlTag['join'],
    list: list as unknown as SqlTag['list'],
  },
)

/** A template as a whole statement. Its rows are what the database gives: they are named by the driver and not decoded. */
export class RawStatement implements Statement {
  readonly key: string
  readonly locking = false
  readonly returnsRows = true
  readonly #template: SqlTemplate

  constructor(template: SqlTemplate) {
    this.#template = template
    this.key = finishKey(`raw ${template.key}`)
  }

  get sources(): readonly Source[] {
    return this.#template.sources
  }

  collect(into: Values): void {
    this.#template.collect(into)
  }

  render(writer: SqlWriter): void {
    this.#template.render(writer)
  }
}
