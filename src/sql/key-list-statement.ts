import type { Column, Table } from '../schema/index.ts'
import type { SqlCommand } from './compiled-statement.ts'
import { bindsLists, placesFor } from './in-list.ts'
import type { ModelRows } from './catalog.ts'
import { qualifiedName } from './qualified-name.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { columnSql, rowsSql } from './table-statements.ts'

/**
 * A statement about the rows whose columns hold one of a list of keys. Where the database takes a list as one value it has one text; elsewhere one for
 * each power of two, and the last key fills the places left over.
 */
export class KeyListStatement {
  readonly #dialect: SqlDialect
  readonly #columns: readonly string[]
  /** How a bound part of the key must stand, by its place. */
  readonly #exact: readonly (((placeholder: string) => string) | undefined)[]
  readonly #isOneValue: boolean
  readonly #around: (condition: string) => string
  readonly #texts = new Map<number, string>()

  /** `columns` are qualified and quoted; `around` writes the statement around the condition. */
  constructor(
    dialect: SqlDialect,
    key: readonly { readonly column: Column; readonly name: string }[],
    around: (condition: string) => string,
  ) {
    const [first] = key
    this.#dialect = dialect
    this.#columns = key.map(({ name }) => name)
    this.#exact = key.map(({ column }) => dialect.codec(column.type).exact)
    this.#isOneValue =
      key.length === 1 && first !== undefined && bindsLists(dialect, first.column.type)
    this.#around = around
  }

  /** What is sent for these keys, which are at least one; their parts are encoded already, in the order of the key's columns. */
  command(keys: readonly (readonly unknown[])[]): SqlCommand {
    const before = this.#texts.size
    const sql = this.sql(keys.length)
    return { sql, parameters: this.bind(keys), cached: this.#texts.size === before }
  }

  /** The text for so many keys. */
  sql(count: number): string {
    const places = this.#isOneValue ? 1 : placesFor(count)
    let text = this.#texts.get(places)
    if (text === undefined) {
      text = this.#around(this.#condition(places))
      this.#texts.set(places, text)
    }
    return text
  }

  /** The parameters for keys. */
  bind(keys: readonly (readonly unknown[])[]): unknown[] {
    if (this.#isOneValue) return [this.#dialect.encodeList?.(keys.map(([part]) => part))]
    const last = keys.at(-1) ?? []
    const rest = Array.from({ length: placesFor(keys.length) - keys.length }, () => last)
    return [...keys, ...rest].flat()
  }

  #condition(places: number): string {
    const [column = ''] = this.#columns
    const { inList } = this.#dialect
    if (this.#isOneValue && inList !== undefined)
      return inList(column, this.#dialect.placeholder(1))
    const place = (key: number, part: number): string => {
      const placeholder = this.#dialect.placeholder(key * this.#columns.length + part + 1)
      return this.#exact[part]?.(placeholder) ?? placeholder
    }
    if (this.#columns.length === 1)
      return `${column} in (${Array.from({ length: places }, (_, n) => place(n, 0)).join(', ')})`
    const tuples = Array.from(
      { length: places },
      (_, n) =>
        `(${this.#columns.map((name, part) => `${name} = ${place(n, part)}`).join(' and ')})`,
    )
    return tuples.length > 1 ? `(${tuples.join(' or ')})` : tuples.join('')
  }
}

/** An association table between the rows that are selected and the keys that are given. */
export interface LinkTable {
  readonly table: Table
  /** Columns that tie it to the selected rows. */
  readonly pairs: readonly (readonly [link: Column, target: Column])[]
}

/** Which rows to select by a list of keys. */
export interface KeyListSelect {
  readonly rows: ModelRows
  /** What comes back of a row; default: its usual columns. */
  readonly columns?: readonly Column[]
  /** Columns that hold the keys: of the rows, or of the association table, and then they come back behind the row, since they say whose it is. */
  readonly keyColumns: readonly Column[]
  readonly through?: LinkTable | undefined
  readonly orderBy?:
    | readonly { readonly column: Column; readonly descending: boolean }[]
    | undefined
}

/** SELECT of rows of a model by a list of keys. */
export function selectInSql(dialect: SqlDialect, select: KeyListSelect): KeyListStatement {
  const name = (column: Column): string => columnSql(dialect, column)
  const { rows, columns, keyColumns, through, orderBy = [] } = select
  const own = rowsSql(dialect, rows, columns)
  const held = through === undefined ? [] : keyColumns.map(name)
  const on = through?.pairs.map(([link, target]) => `${name(link)} = ${name(target)}`).join(' and ')
  const join =
    through === undefined ? '' : ` inner join ${qualifiedName(dialect, through.table)} on ${on}`
  const order = orderBy
    .map(({ column, descending }) => (descending ? `${name(column)} desc` : name(column)))
    .join(', ')
  const tail = `${own.only}${order === '' ? '' : ` order by ${order}`}`
  const key = keyColumns.map((column) => ({ column, name: name(column) }))
  return new KeyListStatement(
    dialect,
    key,
    (condition) =>
      `select ${[own.selected, ...held].join(', ')} from ${own.from}${join} where ${condition}${tail}`,
  )
}

/** DELETE of the rows of a table by a list of keys. */
export function deleteInSql(
  dialect: SqlDialect,
  table: Table,
  keyColumns: readonly Column[],
): KeyListStatement {
  const key = keyColumns.map((column) => ({ column, name: dialect.quote(column.name) }))
  return new KeyListStatement(
    dialect,
    key,
    (condition) => `delete from ${qualifiedName(dialect, table)} where ${condition}`,
  )
}
