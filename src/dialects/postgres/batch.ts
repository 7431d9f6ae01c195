import type { DriverResult } from '../../engine/index.ts'
import type { PreparedStatement } from './prepared-statements.ts'
import type { Frontend, TransactionStatus, WireField, WireValue } from './wire.ts'

/** One statement of a batch. */
export interface BatchPart {
  readonly statement: PreparedStatement
  readonly values: readonly WireValue[]
}

/** What came back for a part. */
export interface PartResult {
  readonly rows: unknown[][]
  readonly fields: readonly WireField[]
  /** `UPDATE 3`, `COMMIT`; empty where the statement had nothing to say. */
  tag: string
}

/** How a batch ended. */
export interface BatchOutcome {
  /** Of the parts, in order, up to the first that failed. */
  readonly results: readonly PartResult[]
  /** What the server said against the next part. */
  readonly error?: Error
  /** Whether the connection was lost before the batch had ended. */
  readonly isLost: boolean
}

/**
 * Statements with a single Sync behind them: the server runs them one after another and, after an error, skips the rest. So nothing that depends on a statement is done when it fails, COMMIT least of all.
 *
 * It is written to a frontend, and told what the server answers.
 */
export class Batch {
  /** Settled when the server is ready for the next batch, or the connection is lost; never rejects. */
  readonly ended: Promise<BatchOutcome>
  readonly #parts: readonly BatchPart[]
  readonly #retired: readonly PreparedStatement[]
  /** Those whose ParseComplete is awaited, in order. */
  readonly #parsing = new Set<PreparedStatement>()
  readonly #describing = new Set<PreparedStatement>()
  readonly #results: PartResult[] = []
  #rows: unknown[][] = []
  #error: Error | undefined
  #settle: ((outcome: BatchOutcome) => void) | undefined

  /** The server forgets `retired` first. */
  constructor(parts: readonly BatchPart[], retired: readonly PreparedStatement[] = []) {
    this.#parts = parts
    this.#retired = retired
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  write(frontend: Frontend): void {
    for (const { name } of this.#retired) frontend.close({ type: 'S', name })
    for (const { statement, values } of this.#parts) this.#writePart(frontend, statement, values)
    frontend.sync()
  }

  #writePart(frontend: Frontend, statement: PreparedStatement, values: readonly WireValue[]): void {
    const { name, sql } = statement
    if (!statement.isParsed && !this.#parsing.has(statement)) {
      this.#parsing.add(statement)
      frontend.parse({ name, text: sql })
    }
    frontend.bind({ statement: name, values })
    if (!statement.isDescribed && !this.#describing.has(statement)) {
      this.#describing.add(statement)
      frontend.describe({ type: 'P', name: '' })
    }
    frontend.execute({})
  }

  // ── what the server answers ──

  parseComplete(): void {
    const [statement] = this.#parsing
    if (statement === undefined) return
    this.#parsing.delete(statement)
    statement.isParsed = statement.name !== ''
  }

  rowDescription(fields: readonly WireField[]): void {
    this.#current?.statement.describe(fields)
  }

  noData(): void {
    this.#current?.statement.describe([])
  }

  /** Hot: once a row. Makes the stored forms in place. */
  dataRow(row: unknown[]): void {
    const readers = this.#current?.statement.readers ?? []
    for (let i = 0; i < row.length; i += 1) {
      const read = readers[i]
      const text = row[i]
      if (read !== undefined && text !== null) row[i] = read(text as string)
    }
    this.#rows.push(row)
  }

  commandComplete(tag: string): void {
    const part = this.#current
    if (part === undefined) return
    this.#results.push({ rows: this.#rows, fields: part.statement.fields, tag })
    this.#rows = []
  }

  /** The server says no; it skips the rest and then is ready. */
  failed(error: Error): void {
    this.#error ??= error
  }

  /** The server is ready for the next batch. */
  ready(): void {
    this.#end(false)
  }

  /** Nothing more will come. */
  lost(): void {
    this.#end(true)
  }

  /** The part that the server is at; undefined once the batch has ended. */
  get #current(): BatchPart | undefined {
    return this.#settle === undefined ? undefined : this.#parts[this.#results.length]
  }

  #end(isLost: boolean): void {
    const error = this.#error
    this.#settle?.({
      results: this.#results,
      isLost,
      ...(error === undefined ? {} : { error }),
    })
    this.#settle = undefined
  }
}

/** Carries batches to a server, one at a time. */
export interface Transport {
  readonly isOpen: boolean
  readonly status: TransactionStatus
  /** Why it is not open any more. */
  readonly lostBy: Error | undefined
  send(batch: Batch): Promise<BatchOutcome>
}

/** Rows matched, from the tag of a statement that changes rows; 0 for others. */
export function affectedRows(tag: string): number {
  const [, rows] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag) ?? []
  return rows === undefined ? 0 : Number(rows)
}

/** What a part gave, as the engine knows it. */
export function driverResult({ rows, tag }: PartResult): DriverResult {
  return { rows, affectedRows: affectedRows(tag) }
}
