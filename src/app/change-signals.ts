import type { Change, ChangeEvent, ChangeSignals, Session } from '../orm/index.ts'
import type { Scope } from './scope.ts'
import { runSteps } from './steps.ts'

/** Tells the Database's listeners what one session of a scope changes. Who they are is asked at each commit. */
export class ScopeChangeSignals implements ChangeSignals {
  readonly #scope: Scope
  readonly #session: () => Session

  constructor(scope: Scope, session: () => Session) {
    this.#scope = scope
    this.#session = session
  }

  has(event: ChangeEvent): boolean {
    return this.#scope.application.listeners.has(event)
  }

  async tell(event: ChangeEvent, changes: readonly Change[]): Promise<void> {
    const scope = this.#scope
    const { application } = scope
    const session = this.#session()
    const steps = application.listeners
      .of(event)
      .map((listener) => () => scope.run(() => listener(changes, scope, session)))
    if (event === 'beforeCommit') for (const step of steps) await step()
    else
      for (const error of await runSteps(steps))
        application.listenerFailed(error, event, scope.name)
  }
}
