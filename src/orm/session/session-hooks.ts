import type { SessionContext } from './session-context.ts'

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
  #listeners: Map<SessionEvent, Set<SessionListener>> | undefined
  readonly #context: Pick<SessionContext, 'listenerFailed'>

  constructor(context: Pick<SessionContext, 'listenerFailed'>) {
    this.#context = context
  }

  /** Registers a listener; disposing of the result removes it. */
  on(event: SessionEvent, listener: SessionListener): Disposable {
    this.#listeners ??= new Map()
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  has(event: SessionEvent): boolean {
    return (this.#listeners?.get(event)?.size ?? 0) > 0
  }

  /** Runs the listeners of an event one after the other. */
  run(event: SessionEvent): Promise<void> {
    const listeners = this.#listeners?.get(event) ?? []
    return DONE.has(event) ? this.runAll(event, listeners) : runStrictly(listeners)
  }

  /** Runs each of them whatever the others throw; that is reported, since what they hear of has happened. */
  async runAll(event: SessionEvent, listeners: Iterable<SessionListener>): Promise<void> {
    for (const listener of listeners) {
      try {
        await listener()
      } catch (error) {
        if (this.#context.listenerFailed === undefined) warn(error, event)
        else this.#context.listenerFailed(error, event)
      }
    }
  }
}

/** The first that throws stops the operation. */
async function runStrictly(listeners: Iterable<SessionListener>): Promise<void> {
  for (const listener of listeners) await listener()
}

function warn(error: unknown, event: string): void {
  process.emitWarning(
    `A listener of "${event}" threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    { type: 'AthanorWarning', code: 'ATHANOR_LISTENER' },
  )
}
