import { startTimer } from '../util/index.ts'
import type { Scope } from './scope.ts'

/** The scopes of an application that have not ended, for the one who must wait for them. */
export class OpenScopes implements Iterable<Scope> {
  readonly #scopes = new Set<Scope>()
  #wake: (() => void) | undefined

  get size(): number {
    return this.#scopes.size
  }

  add(scope: Scope): void {
    this.#scopes.add(scope)
  }

  delete(scope: Scope): void {
    this.#scopes.delete(scope)
    this.#wake?.()
  }

  [Symbol.iterator](): Iterator<Scope> {
    return this.#scopes.values()
  }

  /** Waits, at most `deadlineMs`, until none is left but those of `except`. */
  async drained(deadlineMs: number, except: ReadonlySet<Scope>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if ([...this.#scopes].every((scope) => except.has(scope))) resolve()
      }
      timer = startTimer(resolve, deadlineMs)
      this.#wake = check
      check()
    })
    clearTimeout(timer)
    this.#wake = undefined
  }
}
