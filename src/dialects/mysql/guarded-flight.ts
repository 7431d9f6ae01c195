import type { FlightOutcome } from '../../engine/index.ts'
import { DatabaseError } from '../../errors/index.ts'
import { errnoOf, Errno } from './error-numbers.ts'
import { textRequest, type Reply, type Request } from './transport.ts'

/** A command that is ready to be sent. */
export interface ReadyCommand {
  readonly request: Request
  readonly onlyReads: boolean
  readonly expectedRows: number | undefined
}

/** One request of a flight, and what it is there for. */
interface Part {
  readonly request: Request
  readonly role: 'prelude' | 'command' | 'guard' | 'commit'
}

/** What flies in one go. */
export interface FlightPlan {
  readonly prelude: readonly string[]
  readonly commands: readonly ReadyCommand[]
  readonly commit: boolean
}

/**
 * A flight of several statements that are sent without waiting, on a MariaDB.
 *
 * MariaDB executes each statement that has arrived, whatever became of those before it. What would be wrong with that, and what stands against it:
 *
 * - *BEGIN fails, the write behind it runs in autocommit.* The session's default is READ ONLY, and only `start transaction read write` allows writing: the write is refused (1792).
 * - *A deadlock (1213) rolls the whole transaction back, the write behind it runs in autocommit and stays.* The default does not help at once: the very next statement
 *   still has the access mode of the transaction that is gone. So between a statement and a write stands a guard, which sends ROLLBACK when no transaction is open, after which
 *   the default holds and the write is refused.
 * - *A statement fails, or touches another number of rows than it must, and COMMIT commits the rest.* With COMMIT in the flight each guard looks at the statement directly
 *   before it (`@@error_count`, `row_count()`), and rolls back where it did not do what it must. COMMIT itself is such a guard too: it happens in an open transaction
 *   behind a statement that succeeded, and else the transaction is rolled back and an error tells so: the outcome never has to be guessed.
 *
 * Guards are sent as text directly behind their statement, because preparing something would clear what they look at (settled H21). One costs 16 µs, a round
 * trip in a data centre some 500; so all statements of a unit of work go in one flight. Only a KILL QUERY that hits just the guard behind a deadlock would let a write through.
 *
 * Not taken: autocommit=0 for the length of a transaction makes what is behind a deadlock part of a new transaction instead, which COMMIT would commit, so
 * the guards are needed all the same, and the mode has to be set and taken back; `batch()` waits for its first preparation, which lets later statements overtake it.
 */
export class GuardedFlight {
  readonly parts: readonly Part[]
  readonly #plan: FlightPlan

  constructor(plan: FlightPlan) {
    this.#plan = plan
    this.parts = [...preludeParts(plan), ...commandParts(plan)]
  }

  /** What the replies, one for each part, say together. */
  outcomeOf(replies: readonly Reply[]): FlightOutcome {
    const { commands, commit } = this.#plan
    const results: NonNullable<Reply['result']>[] = []
    for (const [i, { role }] of this.parts.entries()) {
      const { error, result } = replies[i] ?? {}
      if (role === 'guard') continue
      if (role === 'commit') return committed(results, error)
      if (error !== undefined) return { results, error, commitSent: commit }
      if (role === 'prelude' || result === undefined) continue
      const expected = commands[results.length]?.expectedRows
      results.push(result)
      // the guard has rolled back: nothing was committed, as whoever asked for the number sees from the results
      if (commit && expected !== undefined && expected !== result.affectedRows)
        return { results, commitSent: false }
    }
    return { results, commitSent: false }
  }
}

function committed(results: FlightOutcome['results'], error: unknown): FlightOutcome {
  if (errnoOf(error) !== Errno.signal)
    return { results, commitSent: true, ...(error === undefined ? {} : { error }) }
  return { results, error: notCommitted(error), commitSent: true }
}

/**
 * BEGIN and what belongs to it, as one request: a part that fails keeps those behind it from happening, because a transaction must not begin on another isolation level than was asked for.
 * It is a compound statement and no row of guards: statements such as SAVEPOINT and START TRANSACTION leave `@@error_count` as an earlier failure has set it.
 */
function preludeParts({ prelude }: FlightPlan): Part[] {
  const [only, ...more] = prelude
  if (only === undefined) return []
  const text = more.length === 0 ? only : `begin not atomic ${prelude.join('; ')}; end`
  return [{ request: textRequest(text), role: 'prelude' }]
}

function commandParts({ commands, commit }: FlightPlan): Part[] {
  const lastWrite = commands.findLastIndex(({ onlyReads }) => !onlyReads)
  const parts: Part[] = []
  for (const [i, { request, expectedRows }] of commands.entries()) {
    parts.push({ request, role: 'command' })
    const isLast = i === commands.length - 1
    if (commit && isLast) parts.push(commitPart(expectedRows))
    else if (commit) parts.push(guard(failureOf(expectedRows)))
    else if (i < lastWrite) parts.push(guard('@@in_transaction = 0'))
  }
  return parts
}

function guard(condition: string): Part {
  return { request: textRequest(`if ${condition} then rollback; end if`), role: 'guard' }
}

function commitPart(expectedRows: number | undefined): Part {
  const sql = `if @@in_transaction = 0 or ${failureOf(expectedRows)} then rollback; ${SIGNAL}; else commit; end if`
  return { request: textRequest(sql), role: 'commit' }
}

function failureOf(expectedRows: number | undefined): string {
  return expectedRows === undefined
    ? '@@error_count > 0'
    : `@@error_count > 0 or row_count() <> ${expectedRows}`
}

const SIGNAL = "signal sqlstate '45000' set message_text = 'athanor: not committed'"

/** Whether a statement of the prelude begins a transaction. */
export function isBegin(sql: string | undefined): boolean {
  return sql !== undefined && /^start transaction\b/i.test(sql)
}

/** Whether this is what COMMIT's guard says: the transaction is rolled back. */
export function isOwnSignal(error: unknown): boolean {
  return (
    errnoOf(error) === Errno.signal &&
    error instanceof Error &&
    error.message.includes('athanor: not committed')
  )
}

function notCommitted(cause: unknown): DatabaseError {
  return new DatabaseError(
    'COMMIT did not happen: the last statement before it reported a failure, or the transaction was gone. It is rolled back; run the work again from its start.',
    { code: 'TRANSACTION_ABORTED', cause, sqlState: '45000' },
  )
}
