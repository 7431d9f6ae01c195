import type { CallSite } from '../../errors/index.ts'
import type { StatementEvent, StatementKind } from '../../engine/index.ts'
import { calls } from '../scope.ts'

/** One list of bound values, in the order of the placeholders. */
export type BoundValues = readonly unknown[]

/**
 * A statement that was sent in a scope: `scope.queries` has them in order. JSON.stringify takes it, with values that JSON lacks as text.
 * @since 0.2
 */
export interface RecordedQuery {
  /** The key of the engine that it was sent on. */
  readonly engine: string
  /** Its text, with placeholders. */
  readonly statement: string
  /** What it does, by its first word. */
  readonly kind: StatementKind
  /** What was bound, in stored forms: one list for each time it was sent. Several where one flush or bulk call sent the same text again and again. */
  readonly parameters: readonly BoundValues[]
  /** When it was sent, in milliseconds as `performance.now()` counts them; add `performance.timeOrigin` for the time of day. */
  readonly startTime: number
  /** When its answer was there. */
  readonly endTime: number
  /** Milliseconds between them. Statements that travel together have the times of the flight. */
  readonly durationMs: number
  /** Rows that it gave or touched. */
  readonly rows: number
  /** athanor's error when it failed, else null. */
  readonly error: unknown
  /** Whether its text was compiled for an earlier statement. False for texts that athanor did not write. */
  readonly cached: boolean
  /** Tells transactions apart; null outside of one. */
  readonly transactionId: number | null
  /** Where the program asked for it: `routes/posts.ts:31:9`, in the source where the code was compiled with a source map; `<unknown>` where nothing of the program is on the stack. Found out when it is read. */
  readonly location: string
}

const BOUNDARIES: ReadonlySet<StatementKind> = new Set([
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'release',
  'rollback to',
])
const WRITES: ReadonlySet<StatementKind> = new Set(['insert', 'update', 'delete'])

/** A recorded statement that can still grow: what one flush sends again and again is one entry. */
export class QueryEntry implements RecordedQuery {
  readonly engine: string
  readonly statement: string
  readonly kind: StatementKind
  readonly parameters: BoundValues[]
  readonly startTime: number
  endTime: number
  rows: number
  error: unknown
  readonly cached: boolean
  readonly transactionId: number | null
  readonly #call: CallSite | undefined

  /** Made when the statement has ended, in the context of the one who sent it. */
  constructor(event: StatementEvent, parameters: BoundValues) {
    this.engine = event.engineKey
    this.statement = event.sql
    this.kind = event.kind
    this.parameters = [parameters]
    this.startTime = event.startTime
    this.endTime = event.startTime + event.durationMs
    this.rows = event.rows
    this.error = event.error ?? null
    this.cached = event.cached
    this.transactionId = event.transactionId
    this.#call = event.call ?? calls.current()
  }

  get durationMs(): number {
    return this.endTime - this.startTime
  }

  get location(): string {
    return this.#call?.toString() ?? '<unknown>'
  }

  /** Whether it only begins or ends a transaction or savepoint. MariaDB says in front of BEGIN what others say in it. */
  get isBoundary(): boolean {
    return BOUNDARIES.has(this.kind) || /^set transaction\b/i.test(this.statement)
  }

  /** Whether the same call of the program has sent both. */
  isOfSameCall(other: QueryEntry): boolean {
    return this.#call !== undefined && this.#call === other.#call
  }

  /** Takes a further execution in where it belongs to this entry: the same write, of the same call, in the same transaction. */
  absorb(next: QueryEntry): boolean {
    const belongs =
      WRITES.has(this.kind) &&
      this.isOfSameCall(next) &&
      this.statement === next.statement &&
      this.engine === next.engine &&
      this.transactionId === next.transactionId &&
      this.error === null
    if (!belongs) return false
    this.parameters.push(...next.parameters)
    this.endTime = next.endTime
    this.rows += next.rows
    this.error = next.error
    return true
  }

  toJSON(): object {
    const { engine, statement, kind, startTime, endTime, durationMs } = this
    const { rows, error, cached, transactionId, location } = this
    return {
      engine,
      statement,
      kind,
      parameters: this.parameters.map((set) => set.map(jsonValue)),
      startTime,
      endTime,
      durationMs,
      rows,
      error: error instanceof Error ? String(error) : null,
      cached,
      transactionId,
      location,
    }
  }
}

function jsonValue(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? `<${value.byteLength} bytes>` : value
}
