import { BindError } from '../../errors/index.ts'
import type { DriverResult } from '../../engine/index.ts'
import type { SqliteHandle, SqliteStatement } from './library.ts'
import { changesConnection, checkText, countParameters, firstWord } from './statement-text.ts'

const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'replace', 'with'])
/** Statements that can be run a second time without an effect. A `with` may write. */
const READS: ReadonlySet<string> = new Set(['select', 'values', 'explain'])
const NO_ROWS: readonly unknown[][] = Object.freeze([])
const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

/** A statement of one connection: counts and checks its values, and reads integers exactly. */
export class PreparedStatement {
  readonly #handle: SqliteHandle
  readonly #statement: SqliteStatement
  readonly #sql: string
  readonly #parameterCount: number
  readonly #isChange: boolean
  readonly #changesConnection: boolean
  /** Once an integer was too large for a number, all are read as bigint first: 5 % slower (100 rows of 7 columns: 82 µs and 88 µs). */
  #isExact: boolean

  /** @throws what the library throws for a text that SQLite does not understand; @throws {BindError} BIND. */
  constructor(handle: SqliteHandle, sql: string) {
    checkText(sql)
    this.#parameterCount = countParameters(sql)
    this.#handle = handle
    this.#sql = sql
    this.#statement = handle.prepare(sql)
    const word = firstWord(sql)
    this.#isChange = CHANGES.has(word)
    this.#changesConnection = changesConnection(word, sql)
    this.#isExact = !READS.has(word)
  }

  /** Hot: once a statement. */
  execute(parameters: readonly unknown[]): DriverResult {
    this.#check(parameters)
    if (!this.#statement.givesRows) return this.#run(parameters)
    const rows = this.#read(parameters)
    return { rows, affectedRows: this.#isChange ? rows.length : 0 }
  }

  /** Whether it changes the connection and not the database, so that a connection which only reads would carry it to its next holder. */
  get changesConnection(): boolean {
    return this.#changesConnection
  }

  columnNames(): readonly string[] {
    return this.#statement.columnNames()
  }

  /** Rows in chunks; the cursor is closed when the loop is left. */
  *chunks(parameters: readonly unknown[], chunkSize: number): Generator<unknown[][]> {
    this.#check(parameters)
    let chunk: unknown[][] = []
    for (const row of this.#statement.iterateExactly(parameters)) {
      narrowRow(row)
      if (chunk.push(row) < chunkSize) continue
      yield chunk
      chunk = []
    }
    if (chunk.length > 0) yield chunk
  }

  #run(parameters: readonly unknown[]): DriverResult {
    const { changes, lastInsertRowid } = this.#statement.run(parameters)
    if (!this.#isChange) return { rows: NO_ROWS, affectedRows: 0 }
    return {
      rows: NO_ROWS,
      affectedRows: changes,
      lastInsertId: Number.isSafeInteger(lastInsertRowid) ? lastInsertRowid : this.#exactRowId(),
    }
  }

  /** Both libraries round a large rowid without a word. */
  #exactRowId(): bigint {
    const [row] = this.#handle.prepare('select last_insert_rowid()').allExactly([])
    return row?.[0] as bigint
  }

  #read(parameters: readonly unknown[]): unknown[][] {
    const rows = this.#isExact ? undefined : this.#statement.all(parameters)
    if (rows !== undefined) return rows
    this.#isExact = true
    const exact = this.#statement.allExactly(parameters)
    for (const row of exact) narrowRow(row)
    return exact
  }

  #check(parameters: readonly unknown[]): void {
    if (parameters.length !== this.#parameterCount) {
      throw new BindError(
        `Cannot send a statement with ${this.#parameterCount} placeholders and ${parameters.length} values: the missing ones would be NULL. Bind one value for each "?".`,
        {
          info: { sql: this.#sql, placeholders: this.#parameterCount, values: parameters.length },
        },
      )
    }
    for (let i = 0; i < parameters.length; i += 1)
      if (!isStorable(parameters[i])) throw notStorable(i, parameters[i], this.#sql)
  }
}

/** Makes numbers of the bigints that a number can say. */
function narrowRow(row: unknown[]): void {
  for (let i = 0; i < row.length; i += 1) {
    const value = row[i]
    if (
      typeof value === 'bigint' &&
      value <= Number.MAX_SAFE_INTEGER &&
      value >= Number.MIN_SAFE_INTEGER
    )
      row[i] = Number(value)
  }
}

/** What SQLite gives back as it was given, through either library. */
function isStorable(value: unknown): boolean {
  const kind = typeof value
  if (kind === 'string') return true
  if (kind === 'number') return !Number.isNaN(value)
  if (kind === 'bigint') return (value as bigint) <= MAX_INTEGER && (value as bigint) >= MIN_INTEGER
  return value === null || value instanceof Uint8Array
}

function notStorable(index: number, value: unknown, sql: string): BindError {
  return new BindError(
    `Cannot bind value ${index + 1} of a statement: it is ${describe(value)}, and SQLite stores text, numbers, bigint, bytes and NULL. Convert it, or let a column's type do so.`,
    {
      info: { sql, position: index + 1 },
    },
  )
}

/** What a value is, never the value itself. */
function describe(value: unknown): string {
  if (typeof value === 'number') return 'NaN'
  if (typeof value === 'bigint') return 'a bigint beyond 64 bits'
  if (typeof value !== 'object' || value === null) return typeof value
  return `an object of class ${(value as { readonly constructor?: { readonly name?: string } }).constructor?.name ?? 'null'}`
}
