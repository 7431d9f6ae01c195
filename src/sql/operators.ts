import type { ColumnType } from '../schema/index.ts'
import { BoundList } from './bound-value.ts'
import { renderInList } from './in-list.ts'
import { Precedence, type Operand } from './operand.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Turns what the driver gave into the value; null passes. */
export type Decoder = (stored: unknown) => unknown

/** How a compound expression is spelled. Its name stands in keys. */
export interface Operator {
  readonly name: string
  readonly precedence: Precedence
  render(writer: SqlWriter, operands: readonly Operand[]): void
  /** The decoder of its result where that is not the one of its type. */
  decoder?(type: ColumnType | undefined, dialect: SqlDialect): Decoder
}

/** `left symbol right`; both must hold together at least as much as the given levels. The result has the type of the column. */
function infix(
  symbol: string,
  precedence: Precedence,
  left: Precedence,
  right: Precedence,
): Operator {
  return {
    name: symbol,
    precedence,
    render(writer, [first, second]) {
      if (first !== undefined) writer.operand(first, left)
      writer.write(` ${symbol} `)
      if (second !== undefined) writer.operand(second, right)
    },
    decoder: asColumn,
  }
}

/** A comparison by value: where the stored form does not compare rightly, both sides are converted. */
function comparison(symbol: string): Operator {
  return {
    name: symbol,
    precedence: Precedence.comparison,
    render(writer, operands) {
      writer.write(comparables(writer, operands).join(` ${symbol} `))
    },
  }
}

function comparables(writer: SqlWriter, operands: readonly Operand[]): string[] {
  const type = operands.find((operand) => operand.type !== undefined)?.type
  return operands.map((operand) =>
    writer.comparable(
      writer.capture(() => writer.operand(operand, Precedence.sum)),
      type,
    ),
  )
}

function postfix(text: string): Operator {
  return {
    name: text,
    precedence: Precedence.comparison,
    render(writer, operands) {
      writer.list(operands, '', Precedence.sum)
      writer.write(` ${text}`)
    },
  }
}

function junction(word: string, precedence: Precedence): Operator {
  return {
    name: word,
    precedence,
    render(writer, operands) {
      writer.list(operands, ` ${word} `, Precedence.not)
    },
  }
}

/** `left LIKE pattern`; `!` takes the meaning from the next character where the pattern says so, or where another one would. */
function like(
  name: string,
  test: { readonly escaped?: boolean; readonly folded?: boolean },
): Operator {
  const { escaped = false, folded = false } = test
  return {
    name,
    precedence: Precedence.comparison,
    render(writer, operands) {
      const { ilike, backslashEscapes } = writer.dialect.supports
      const lower = folded && !ilike
      const texts = operands.map((operand) => textOf(writer, operand, { lower }))
      writer.write(texts.join(folded && ilike ? ' ilike ' : ' like '))
      if (escaped || backslashEscapes) writer.write(" escape '!'")
    },
  }
}

function textOf(
  writer: SqlWriter,
  operand: Operand,
  { lower }: { readonly lower: boolean },
): string {
  const least = lower ? Precedence.raw : Precedence.sum
  const text = writer.asText(
    writer.capture(() => writer.operand(operand, least)),
    operand.type,
  )
  return lower ? `lower(${text})` : text
}

/** IN of an array. `negated`: none of its members. `orNull`: NULL is a member, which IN by itself never finds. */
function membership(
  name: string,
  precedence: Precedence,
  test: { readonly negated?: boolean; readonly orNull?: boolean },
): Operator {
  const { negated = false, orNull = false } = test
  return {
    name,
    precedence,
    render(writer, [left, list]) {
      if (left === undefined || !(list instanceof BoundList)) return
      const start = writer.slot
      const text = writer.capture(() => renderInList(writer, left, list))
      writer.write(negated ? `not (${text})` : text)
      if (!orNull) return
      const end = writer.slot
      writer.slot = start // the left side is written again, with the same values
      writer.write(negated ? ' and ' : ' or ')
      writer.operand(left, Precedence.sum)
      writer.write(negated ? ' is not null' : ' is null')
      writer.slot = end
    },
  }
}

/** IN of a query for single values. */
function subquery(symbol: string): Operator {
  return {
    name: `${symbol} query`,
    precedence: Precedence.comparison,
    render(writer, [left, query]) {
      if (left !== undefined) writer.write(comparables(writer, [left]).join(''))
      writer.write(` ${symbol} (`)
      query?.render(writer)
      writer.write(')')
    },
  }
}

/** Text without operands. */
function constant(text: string): Operator {
  return { name: text, precedence: Precedence.comparison, render: (writer) => writer.write(text) }
}

/** A function of any number of operands. */
function call(name: string, decoder?: Operator['decoder']): Operator {
  return {
    name,
    precedence: Precedence.atom,
    render(writer, operands) {
      writer.write(`${name}(`)
      writer.list(operands, ', ', Precedence.raw)
      writer.write(')')
    },
    ...(decoder === undefined ? {} : { decoder }),
  }
}

/** A function of one text. */
function textFunction(name: string): Operator {
  return {
    name,
    precedence: Precedence.atom,
    render(writer, [operand]) {
      if (operand === undefined) return
      const text = writer.capture(() => operand.render(writer))
      writer.write(`${name}(${writer.asText(text, operand.type)})`)
    },
  }
}

/** As `call`, over values that are compared or summed. */
function aggregate(name: string, decoder: Operator['decoder']): Operator {
  return {
    ...call(name, decoder),
    render(writer, operands) {
      writer.write(`${name}(${comparables(writer, operands).join(', ')})`)
    },
  }
}

/** Counts and means, which some drivers give as text or bigint. */
export const toNumber: Decoder = (stored) =>
  stored === null || typeof stored === 'number' ? stored : Number(stored)

/** What is computed of a column has its type, also where the database gives a number of another kind: a sum of integers as decimal, one of decimals as a floating number. */
function asColumn(type: ColumnType | undefined, dialect: SqlDialect): Decoder {
  if (type === undefined) return (stored) => stored
  const { decode } = dialect.codec(type)
  return (stored) => {
    if (stored === null) return null
    const value = naturalNumber(stored, type) ?? (decode === undefined ? stored : decode(stored))
    return type.computed === undefined ? value : type.computed(value)
  }
}

/** `stored` as the kind of number that `type` takes; undefined when it is one already, or none. */
function naturalNumber(stored: unknown, type: ColumnType): unknown {
  if (typeof stored === 'number' && !type.accepts(stored))
    return type.accepts(String(stored)) ? String(stored) : undefined
  if ((typeof stored !== 'string' && typeof stored !== 'bigint') || type.accepts(stored))
    return undefined
  if (type.accepts(Number(stored))) return Number(stored)
  return type.accepts(0n) && /^-?\d+$/.test(String(stored)) ? BigInt(stored) : undefined
}

type OperatorName =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'isNull'
  | 'isNotNull'
  | 'between'
  | 'in'
  | 'inOrNull'
  | 'notIn'
  | 'notInNorNull'
  | 'inQuery'
  | 'notInQuery'
  | 'like'
  | 'likeEscaped'
  | 'ilike'
  | 'lower'
  | 'upper'
  | 'coalesce'
  | 'plus'
  | 'minus'
  | 'times'
  | 'and'
  | 'or'
  | 'not'
  | 'always'
  | 'never'
  | 'countRows'
  | 'countAllRows'
  | 'count'
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'

/** All operators, by the name of the method or function that makes them. */
export const operators: Readonly<Record<OperatorName, Operator>> = {
  eq: comparison('='),
  ne: comparison('<>'),
  gt: comparison('>'),
  gte: comparison('>='),
  lt: comparison('<'),
  lte: comparison('<='),
  isNull: postfix('is null'),
  isNotNull: postfix('is not null'),
  in: membership('in', Precedence.comparison, {}),
  inOrNull: membership('in or null', Precedence.or, { orNull: true }),
  notIn: membership('not in', Precedence.not, { negated: true }),
  notInNorNull: membership('not in nor null', Precedence.and, { negated: true, orNull: true }),
  inQuery: subquery('in'),
  notInQuery: subquery('not in'),
  between: {
    name: 'between',
    precedence: Precedence.comparison,
    render(writer, operands) {
      const [value, low, high] = comparables(writer, operands)
      writer.write(`${value} between ${low} and ${high}`)
    },
  },
  like: like('like', {}),
  likeEscaped: like('like!', { escaped: true }),
  ilike: like('ilike', { folded: true }),
  plus: infix('+', Precedence.sum, Precedence.sum, Precedence.product),
  minus: infix('-', Precedence.sum, Precedence.sum, Precedence.product),
  times: infix('*', Precedence.product, Precedence.product, Precedence.atom),
  and: junction('and', Precedence.and),
  or: junction('or', Precedence.or),
  not: {
    name: 'not',
    precedence: Precedence.not,
    render(writer, operands) {
      writer.write('not (')
      writer.list(operands, '', Precedence.raw)
      writer.write(')')
    },
  },
  always: constant('1 = 1'),
  never: constant('1 = 0'),
  lower: textFunction('lower'),
  upper: textFunction('upper'),
  coalesce: call('coalesce', asColumn),
  countRows: { ...constant('count(*)'), precedence: Precedence.atom, decoder: () => toNumber },
  countAllRows: {
    ...constant('count(*) over ()'),
    precedence: Precedence.atom,
    decoder: () => toNumber,
  },
  count: call('count', () => toNumber),
  sum: aggregate('sum', asColumn),
  avg: aggregate('avg', () => toNumber),
  min: aggregate('min', asColumn),
  max: aggregate('max', asColumn),
}
