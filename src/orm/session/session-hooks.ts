/** What happens to a session, and who may listen: `before…` listeners may change objects and stop the operation by throwing; errors of `after…` listeners are reported. */
export type SessionEvent = 'beforeFlush' | 'afterFlush' | 'beforeCommit' | 'afterCommit' | 'afterRollback'

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
    return event.startsWith('before') || event === 'afterFlush' ? this.#runStrictly(event) : this.#runAll(event)
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
        process.emitWarning(`A listener of "${event}" threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, { type: 'AthanorWarning', code: 'ATHANOR_LISTENER' })
      }
    }
  }
}
