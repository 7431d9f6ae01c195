import type { IdentityKey, Mapper } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'

/**
 * One object for each row of a session. Strong references: a weak map costs 1.8 µs an object against 0.04 to 0.3, and objects would vanish between two
 * questions (spec/session.md 0.13, 4.11); the session's end frees them all.
 */
export class IdentityMap {
  readonly #byMapper: (Map<IdentityKey, InstanceState> | undefined)[] = []

  /** The objects of one mapper, and of all that share its table. */
  of(mapper: Mapper): Map<IdentityKey, InstanceState> {
    return (this.#byMapper[mapper.root.index] ??= new Map())
  }

  get(mapper: Mapper, identity: IdentityKey): InstanceState | undefined {
    return this.#byMapper[mapper.root.index]?.get(identity)
  }

  /** Enters a state under its identity. */
  add(mapper: Mapper, identity: IdentityKey, state: InstanceState): void {
    this.of(mapper).set(identity, state)
  }

  /** Removes a state, unless another object has taken its identity. */
  remove(state: InstanceState): void {
    if (state.mapper === null || state.identity === null) return
    const states = this.#byMapper[state.mapper.root.index]
    if (states?.get(state.identity) === state) states.delete(state.identity)
  }

  *[Symbol.iterator](): Generator<InstanceState> {
    for (const states of this.#byMapper) if (states !== undefined) yield* states.values()
  }

  /** The objects for which `test` holds. Hot: each flush asks it of all objects. */
  filter(test: (state: InstanceState) => boolean): InstanceState[] {
    const found: InstanceState[] = []
    for (const states of this.#byMapper)
      if (states !== undefined)
        for (const state of states.values()) if (test(state)) found.push(state)
    return found
  }

  /** Whether `test` holds for any object. Hot: each autoflush asks it of all objects. */
  some(test: (state: InstanceState) => boolean): boolean {
    for (const states of this.#byMapper) {
      if (states !== undefined) for (const state of states.values()) if (test(state)) return true
    }
    return false
  }

  get size(): number {
    return this.#byMapper.reduce((sum, states) => sum + (states?.size ?? 0), 0)
  }

  clear(): void {
    this.#byMapper.length = 0
  }
}
