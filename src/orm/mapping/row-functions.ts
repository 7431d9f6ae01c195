import type { Column, ColumnType } from '../../schema/index.ts'
import type { PlainForm } from '../../sql/index.ts'

/** How one column's values go to the driver and come back, in one database. */
export interface ColumnConverter {
  /** Checks and encodes; null passes. @throws {ArgumentError} ARGUMENT naming model, column and what it expects. */
  readonly bind: (value: unknown) => unknown
  /** Encodes a value that was accepted before; undefined = the value itself. */
  readonly encode: ((value: unknown) => unknown) | undefined
  /** Decodes what is not null; undefined = the stored form is the value. */
  readonly decode: ((stored: unknown) => unknown) | undefined
  /** What a stored form must be that is not decoded; undefined = the database sees to that. */
  readonly plain: PlainForm | undefined
}

/** Functions compiled once a mapper, over its columns; a row has a place for each column of the table. */
export interface RowFunctions {
  /** Ordinals of the columns whose value differs from the row that was read or written last; null when none does. Hot: once an object and flush. */
  changes(entity: Readonly<Record<string, unknown>>, row: readonly unknown[]): number[] | null
  /** The same of an object of which some columns are not in memory: those are no changes. */
  partChanges(entity: Readonly<Record<string, unknown>>, row: readonly unknown[]): number[] | null
  /** Whether a value differs from a stored form of one column; a form that was never read differs from all. */
  differs(ordinal: number, value: unknown, stored: unknown): boolean
  /** The value of the stored form of one column. */
  decode(ordinal: number, stored: unknown): unknown
}

type Differs = (value: unknown, stored: unknown) => boolean

/** Compiles the functions of a mapper; where the process forbids code generation, loops do the same. */
export function compileRowFunctions(
  columns: readonly Column[],
  converters: readonly ColumnConverter[],
): RowFunctions {
  const differs: (Differs | undefined)[] = []
  for (const { type, ordinal } of columns) differs[ordinal] = differsOf(type, converters[ordinal])
  let partChanges: RowFunctions['changes'] | undefined // few models need it
  return {
    changes: compileChanges(columns, differs),
    partChanges(entity, row) {
      partChanges ??= compileChanges(columns, differs, true)
      return partChanges(entity, row)
    },
    differs(ordinal, value, stored) {
      const test = differs[ordinal]
      return test === undefined ? value !== stored : test(value, stored)
    },
    decode(ordinal, stored) {
      return readStored(converters[ordinal], stored)
    },
  }
}

/** The value of a stored form, read as `converter` says. @throws {DataError} DATA for what its column cannot hold. */
export function readStored(
  converter: Pick<ColumnConverter, 'decode' | 'plain'> | undefined,
  stored: unknown,
): unknown {
  if (stored === null || stored === undefined) return stored
  if (converter?.decode !== undefined) return converter.decode(stored)
  const plain = converter?.plain
  return plain === undefined || typeof stored === plain.type ? stored : plain.refuse(stored)
}

/**
 * undefined where identity decides. Otherwise the encoded forms are compared first, because that is cheap, and the values only when they differ: a
 * database may store one value in several spellings (settled H14).
 */
function differsOf(type: ColumnType, converter: ColumnConverter | undefined): Differs | undefined {
  const decode = converter?.decode
  const encode = converter?.encode
  if (decode === undefined && encode === undefined && !type.mutable) return undefined
  return (value, stored) => {
    if (value === null || value === undefined || stored === null || stored === undefined)
      return value !== stored
    if (!type.accepts(value)) return true
    if ((encode === undefined ? value : encode(value)) === stored) return false
    return !type.equals(decode === undefined ? stored : decode(stored), value)
  }
}

function compileChanges(
  columns: readonly Column[],
  differs: readonly (Differs | undefined)[],
  isPart = false,
): RowFunctions['changes'] {
  const tests = columns.map(({ property, ordinal: i }) => {
    const value = `e[${JSON.stringify(property)}]`
    const present = isPart ? `Object.hasOwn(e, ${JSON.stringify(property)}) && ` : ''
    return `if (${present}${differs[i] === undefined ? `${value} !== r[${i}]` : `d[${i}](${value}, r[${i}])`}) (c ??= []).push(${i})`
  })
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- text made of property names of the model's own definition, quoted as JSON; 16 ns an object against 338 for a loop (spec/session.md 0.14)
    const compile = new Function(
      'd',
      `return function changes(e, r) { let c = null; ${tests.join('; ')}; return c }`,
    ) as (d: unknown) => RowFunctions['changes']
    return compile(differs)
  } catch {
    // code generation is forbidden here (a policy of the process): compare in a loop
    return (entity, row) =>
      loopChanges(
        isPart ? columns.filter(({ property }) => Object.hasOwn(entity, property)) : columns,
        differs,
        entity,
        row,
      )
  }
}

function loopChanges(
  columns: readonly Column[],
  differs: readonly (Differs | undefined)[],
  entity: Readonly<Record<string, unknown>>,
  row: readonly unknown[],
): number[] | null {
  const changed = columns.flatMap(({ property, ordinal: i }) => {
    const value = entity[property]
    const test = differs[i]
    return (test === undefined ? value !== row[i] : test(value, row[i])) ? [i] : []
  })
  return changed.length === 0 ? null : changed
}
