import type { CallSite } from '../errors/index.ts'
import type { Holder, PoolEvents } from '../pool/index.ts'
import type { DriverConnection } from './driver.ts'

/** What a statement does, by its first word. */
export type StatementKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'rollback to'
  | 'other'

/** One statement as it went to the database. */
export interface StatementEvent {
  /** Which engine sent it. */
  readonly engineKey: string
  /** Its text, with placeholders. */
  readonly sql: string
  /** What the driver was given: stored forms. */
  readonly parameters: readonly unknown[]
  /** What it does, by its first word. */
  readonly kind: StatementKind
  /** When it was sent, by `performance.now()`. */
  readonly startTime: number
  /** Milliseconds from sending to the answer; statements of one flight have those of the flight. */
  readonly durationMs: number
  /** Rows it gave or touched. */
  readonly rows: number
  /** athanor's error when it failed. */
  readonly error?: unknown
  /** Whether its text was compiled for an earlier statement. False for SQL that athanor did not write. */
  readonly cached: boolean
  /** Tells the transactions of an engine apart; null outside of one, and in one that had begun before anybody listened. */
  readonly transactionId: number | null
  /** The place in the program that asked for it, where that is another than the one that waits for it. @internal */
  readonly call?: CallSite | undefined
  /** Who had the connection. */
  readonly holder: Holder
}

/** What an engine tells its listeners. */
export interface EngineEvents extends PoolEvents<DriverConnection> {
  /** Every statement, BEGIN, COMMIT and SAVEPOINT included, after its end. */
  readonly statement: StatementEvent
  /** The answer of a COMMIT was lost, and its token has told whether it happened. */
  readonly commitResolved: {
    readonly engineKey: string
    readonly committed: boolean
    readonly holder: Holder
  }
  /** A write transaction was held for a second or longer while it keeps others from writing. */
  readonly longHold: {
    readonly engineKey: string
    readonly holder: Holder
    readonly heldMs: number
  }
}

const KINDS: ReadonlySet<string> = new Set<StatementKind>([
  'select',
  'insert',
  'update',
  'delete',
  'begin',
  'commit',
  'rollback',
  'savepoint',
  'release',
])

/** The kind of a statement. A `with` counts as what follows it. */
export function kindOf(sql: string): StatementKind {
  const text = sql.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
  const word = (/^(?:start\s+transaction|[a-z]+)/i.exec(text)?.[0] ?? '').toLowerCase()
  if (word === 'rollback' && /^rollback\s+(?:(?:transaction|work)\s+)?to\b/i.test(text))
    return 'rollback to'
  if (word === 'with')
    return kindOf(
      /\)\s*((?:select|insert|update|delete|replace)\b[\s\S]*)$/i.exec(text)?.[1] ?? 'select',
    )
  if (word === 'replace') return 'insert'
  if (/^start\s/.test(word)) return 'begin'
  return KINDS.has(word) ? (word as StatementKind) : 'other'
}
