import { isModified, type InstanceState } from '../state/index.ts'
import { reachable } from './cascades.ts'
import type { SessionCore } from './session-core.ts'

/** The objects that one chunk of a stream has brought into the session. They leave it again, so that a stream of any length needs the memory of a chunk (spec/session.md 4.39). */
export class StreamedChunk {
  readonly #core: SessionCore
  readonly #before: ReadonlySet<InstanceState>
  #states: readonly InstanceState[] = []

  /** Begins before the rows become objects. */
  constructor(core: SessionCore) {
    this.#core = core
    this.#before = new Set(core.identityMap)
  }

  /** The rows have become objects. */
  loaded(): void {
    this.#states = this.#core.identityMap.filter((state) => !this.#before.has(state))
  }

  /** Lets the objects go, and what was loaded along their relations meanwhile. What has changes stays, and so does what a change refers to. */
  release(): void {
    const needed = this.#needed()
    const found = new Set(this.#states) // grows while it is walked
    for (const state of found)
      for (const target of reachable(state)) if (!this.#before.has(target)) found.add(target)
    for (const state of found)
      if (state.session === this.#core && !needed.has(state)) this.#core.objects.forget(state)
  }

  #needed(): ReadonlySet<InstanceState> {
    const changed = [...this.#core.work.pending, ...this.#core.identityMap.filter(isModified)]
    return new Set([...changed, ...changed.flatMap((state) => [...reachable(state)])])
  }
}
