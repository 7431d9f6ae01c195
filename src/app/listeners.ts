import type { Session } from '../orm/index.ts'
import type { Outcome } from './outcome.ts'
import type { Scope } from './scope.ts'

/** What listeners of a session's life are told. */
export interface SessionNotice {
  /** The session concerned; in `afterCommit` its transaction is over. */
  readonly session: Session
}

/** What can be listened to on a Database. Listeners are awaited, one after the other, in the order of their registration. */
export interface DatabaseEvents {
  /** A scope has ended; its session is closed. Called once a scope, whatever happened; an error is reported and stops nothing. */
  teardown(outcome: Outcome, scope: Scope): unknown
  /** A commit begins; what the listener adds is committed as well. An error stops the commit. */
  beforeCommit(notice: SessionNotice, scope: Scope): unknown
  /** A commit has succeeded. An error is reported and stops nothing. */
  afterCommit(notice: SessionNotice, scope: Scope): unknown
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

  /** True when nobody listens to anything. */
  get isEmpty(): boolean {
    return this.#registered.length === 0
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
