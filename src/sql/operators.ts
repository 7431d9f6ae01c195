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

/** `left symbol right`; both must hold together at least as much as the given levels. */
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

/** `left LIKE pattern`, and what follows the pattern. */
function like(name: string, suffix: string): Operator {
  return {
    name,
    precedence: Precedence.comparison,
    render(writer, operands) {
      writer.list(operands, ' like ', Precedence.sum)
      writer.write(suffix)
    },
  }
}

const ilike: Operator = {
  name: 'ilike',
  precedence: Precedence.comparison,
  render(writer, operands) {
    if (writer.dialect.supports.ilike) writer.list(operands, ' ilike ', Precedence.sum)
    else
      writer.write(
        operands
          .map((operand) => `lower(${writer.capture(() => operand.render(writer))})`)
          .join(' like '),
      )
  },
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

/** A sum or an extreme has the type of its column, also where the database computed it as a number of its own. */
function asColumn(type: ColumnType | undefined, dialect: SqlDialect): Decoder {
  const decode = type === undefined ? undefined : dialect.codec(type).decode
  return (stored) => {
    if (stored === null) return null
    if (
      type !== undefined &&
      typeof stored === 'number' &&
      !type.accepts(stored) &&
      type.accepts(String(stored))
    )
      return String(stored)
    return decode === undefined ? stored : decode(stored)
  }
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
  like: like('like', ''),
  likeEscaped: like('like!', " escape '!'"),
  ilike,
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
  lower: call('lower'),
  upper: call('upper'),
  coalesce: call('coalesce'),
  countRows: { ...constant('count(*)'), precedence: Precedence.atom, decoder: () => toNumber },
  count: call('count', () => toNumber),
  sum: aggregate('sum', asColumn),
  avg: aggregate('avg', () => toNumber),
  min: aggregate('min', asColumn),
  max: aggregate('max', asColumn),
}
