import { MultipleResultsFoundError, NoResultFoundError, NotFoundError } from '../errors/index.ts'
import {
  headOf,
  type AnyEntity,
  type ClassOf,
  type Key,
  type Registry,
  type RowQuery,
} from '../orm/index.ts'
import type { Column } from '../schema/index.ts'
import { isComparable, type SqlFeatures } from '../sql/index.ts'

/** What a router may give for a parameter: its text, several texts for a wildcard, nothing where it is optional. */
type FromUrl = string | readonly string[] | null | undefined

/** A key as it may come from a URL: text where the column has numbers, several texts, which are no key, or nothing at all. */
export type LooseKey<E> =
  | (Key<E> extends Readonly<Record<string, unknown>>
      ? { readonly [K in keyof Key<E>]: Key<E>[K] | FromUrl }
      : Key<E>)
  | FromUrl

/** What the client is told when there is no row. */
export interface NotFoundOptions {
  /** The error's message, which frameworks show to the client. */
  readonly description?: string
}

/** `oneOr404` only. */
export interface OneOr404Options extends NotFoundOptions {
  /** Several rows: a 404 as well (default), or the MultipleResultsFoundError that says there is a bug. */
  readonly onMultiple?: '404' | 'throw'
}

/** What takes the place of a missing row: an error with this status, or an error of the program's own. */
export type Otherwise = number | (() => unknown)

/** The error for a missing row. */
export function missing(otherwise: Otherwise, description: string): unknown {
  return typeof otherwise === 'number'
    ? new NotFoundError(description, { status: otherwise })
    : otherwise()
}

/**
 * The key that `loose` stands for, or undefined when no row can have it: null, a list, text that is no number for a number column, a malformed UUID,
 * a number out of range. Nothing has to be asked then.
 */
export function strictKey<E extends AnyEntity>(
  registry: Registry,
  model: ClassOf<E>,
  loose: LooseKey<E>,
): Key<E> | undefined {
  const { keyColumns, dialect } = registry.mapperOf(model)
  const read = (column: Column, value: unknown): unknown => readAs(column, value, dialect.supports)
  const given: unknown = loose
  const [only] = keyColumns
  if (only !== undefined && keyColumns.length === 1 && !isRecord(given))
    return read(only, given) as Key<E> | undefined
  if (!isRecord(given)) return undefined
  const values = keyColumns.map(
    (column) => [column.property, read(column, given[column.property])] as const,
  )
  return values.some(([, value]) => value === undefined)
    ? undefined
    : (Object.fromEntries(values) as Key<E>)
}

/** The value itself, or the number that a text stands for, whichever the column takes. */
function readAs({ type }: Column, value: unknown, supports: SqlFeatures): unknown {
  if (value === null || value === undefined) return undefined
  if (type.accepts(value)) return isComparable(type, value, supports) ? value : undefined
  if (typeof value !== 'string' || !/^(?:0|-?[1-9]\d*)$/.test(value)) return undefined
  return [Number(value), BigInt(value)].find((number) => type.accepts(number))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  )
}

/** The first row; a row whose value is NULL is a row. @throws {NotFoundError} NOT_FOUND. */
export async function firstOr404<Row>(
  query: RowQuery<Row>,
  { description = 'Not found.' }: NotFoundOptions = {},
): Promise<Row> {
  const rows = await headOf(query, 1)
  if (rows.length === 0) throw missing(404, description)
  return rows[0] as Row
}

/** The only row; a row whose value is NULL is a row. @throws {NotFoundError} NOT_FOUND. */
export async function oneOr404<Row>(
  query: RowQuery<Row>,
  { description = 'Not found.', onMultiple = '404' }: OneOr404Options = {},
): Promise<Row> {
  try {
    return await query.one()
  } catch (error) {
    const isMissing =
      error instanceof NoResultFoundError ||
      (error instanceof MultipleResultsFoundError && onMultiple === '404')
    throw isMissing ? new NotFoundError(description, { cause: error }) : error
  }
}
