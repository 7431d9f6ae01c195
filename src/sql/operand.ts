import type { ColumnType } from '../schema/index.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** How strongly an operator holds its operands; a weaker one inside a stronger one gets parentheses. */
export const Precedence = {
  /** Text of the developer's own: unknown, so the weakest. */
  raw: 0,
  or: 1,
  and: 2,
  not: 3,
  comparison: 4,
  sum: 5,
  product: 6,
  atom: 7,
} as const

/** One of the levels. */
export type Precedence = (typeof Precedence)[keyof typeof Precedence]

/** Gives a model's name for a message: a catalog's, or the class's own while there is no database yet. */
export type NameOf = (model: object) => string

/** The name of a model class. */
export const className: NameOf = (model) => (typeof model === 'function' ? model.name : 'the model')

/** The values of a statement in the order in which their placeholders are first written. A list is one value. */
export type Values = unknown[]

/** A piece of a statement: knows its shape, its values, and how it is spelled. */
export interface Operand {
  /** Its shape, without values. Equal keys mean equal SQL. */
  readonly key: string
  readonly precedence: Precedence
  /** The type of its values; undefined = as the driver gives them. */
  readonly type: ColumnType | undefined
  /** The first source that it mentions. */
  readonly source: Source | undefined
  /** Adds its values. */
  collect(into: Values): void
  /** Writes it, claiming the places of its values in the order of `collect`. */
  render(writer: SqlWriter): void
  /** What it is called in messages. */
  label(nameOf: NameOf): string
}
