import { startTimer } from '../util/index.ts'
import type { ScopeOptions } from './scope-options.ts'

/** What can end a scope by force: its time, a signal from outside, a client that has gone. Made only for scopes that need it. */
export class ScopeAlarm {
  readonly #cancel: (reason: string) => void
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #stopListening: (() => void) | undefined

  constructor(cancel: (reason: string) => void) {
    this.#cancel = cancel
  }

  /** What the work in the scope listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Lets the scope's own signal abort. */
  ring(): void {
    this.#controller.abort()
  }

  /** Cancels the scope when its time is up or the given signal aborts. */
  watch({ timeoutMs, signal }: ScopeOptions): void {
    if (timeoutMs !== undefined) this.cancelAfter(timeoutMs, `its time of ${timeoutMs} ms was up`)
    if (signal === undefined) return
    const cancel = (): void => this.#cancel('its signal was aborted')
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel, { once: true })
    this.#stopListening = () => signal.removeEventListener('abort', cancel)
  }

  /** Cancels the scope after a time; keeps no process alive. */
  cancelAfter(ms: number, reason: string): void {
    clearTimeout(this.#timer)
    this.#timer = startTimer(() => this.#cancel(reason), ms)?.unref()
  }

  /** The scope ends by itself. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#stopListening?.()
  }
}
