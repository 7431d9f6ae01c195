/**
 * What happens to a session, and who may listen. Listeners before a commit and around a flush may change objects, and stop the operation by throwing; errors of those that
 * hear of what is done are reported.
 */
export type SessionEvent =
  | 'beforeFlush'
  | 'afterFlush'
  | 'beforeCommit'
  | 'afterCommit'
  | 'afterRollback'

/** Of these nothing can be taken back any more. */
const DONE: ReadonlySet<SessionEvent> = new Set<SessionEvent>(['afterCommit', 'afterRollback'])

/** Called in the order of registration; awaited. */
export type SessionListener = () => unknown

/** Listeners of one session. */
export class SessionHooks {
  readonly #listeners = new Map<SessionEvent, Set<SessionListener>>()

  /** Registers a listener; disposing of the result removes it. */
  on(event: SessionEvent, listener: SessionListener): Disposable {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  has(event: SessionEvent): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0
  }

  /** Runs the listeners of an event one after the other. */
  run(event: SessionEvent): Promise<void> {
    return DONE.has(event) ? this.#runAll(event) : this.#runStrictly(event)
  }

  /** The first that throws stops the operation. */
  async #runStrictly(event: SessionEvent): Promise<void> {
    for (const listener of this.#listeners.get(event) ?? []) await listener()
  }

  /** What they throw is reported as a warning, since what they hear of has happened. */
  async #runAll(event: SessionEvent): Promise<void> {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        await listener()
      } catch (error) {
        process.emitWarning(
          `A listener of "${event}" threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          { type: 'AthanorWarning', code: 'ATHANOR_LISTENER' },
        )
      }
    }
  }
}
