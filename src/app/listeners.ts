import { RowListeners, type Change, type Session } from '../orm/index.ts'
import type { Outcome } from './outcome.ts'
import type { Scope } from './scope.ts'

/** What listeners of a session's life are told. */
export interface SessionNotice {
  /** The session concerned. */
  readonly session: Session
}

/** What can be listened to on a Database. Listeners are awaited, one after the other, in the order of their registration. */
export interface DatabaseEvents {
  /** A scope has ended; its session is closed. Called once a scope, whatever happened; an error is reported and stops nothing. */
  teardown(outcome: Outcome, scope: Scope): unknown
  /**
   * A session of a scope was made: `scope.session` at its first use, or a fork. The place for `session.on('beforeFlush', …)` on all of them. Not awaited; an error reaches whoever used the session.
   * @since 0.2
   */
  session(session: Session, scope: Scope): unknown
  /**
   * What the commit that begins would store; needs `trackModifications`. Everything is flushed before. What the listener adds to `session` (the scope's, or a fork) is committed too, and told to
   * `afterCommit`; nobody is asked again because of it. An error stops the commit. Not called when nothing has changed.
   */
  beforeCommit(changes: readonly Change[], scope: Scope, session: Session): unknown
  /**
   * What a commit has stored; needs `trackModifications`. The session refuses SQL: `db.run` gives another. An error is reported and stops nothing. Not called when nothing has changed.
   */
  afterCommit(changes: readonly Change[], scope: Scope, session: Session): unknown
  /** A transaction was rolled back. An error is reported and stops nothing. */
  afterRollback(notice: SessionNotice, scope: Scope): unknown
}

/** A name of `DatabaseEvents`. */
export type DatabaseEvent = keyof DatabaseEvents

interface Registration<E extends DatabaseEvent> {
  readonly event: E
  readonly listener: DatabaseEvents[E]
}

/** The listeners of one Database. */
export class Listeners {
  /** Those that hear of single rows. */
  readonly rows: RowListeners = new RowListeners()
  #registered: readonly Registration<DatabaseEvent>[] = []

  /** Adds a listener; disposing of the result removes it. Added twice, it is called twice. */
  on<E extends DatabaseEvent>(event: E, listener: DatabaseEvents[E]): Disposable {
    const added: Registration<DatabaseEvent> = { event, listener }
    this.#registered = [...this.#registered, added]
    return {
      [Symbol.dispose]: () => {
        this.#registered = this.#registered.filter((each) => each !== added)
      },
    }
  }

  /** Whether anybody listens to the event. */
  has(event: DatabaseEvent): boolean {
    return this.#registered.some((each) => each.event === event)
  }

  /** The listeners of an event, in the order of their registration. */
  of<E extends DatabaseEvent>(event: E): readonly DatabaseEvents[E][] {
    return this.#registered.flatMap((each) =>
      each.event === event ? [each.listener as DatabaseEvents[E]] : [],
    )
  }
}
