import type { InstanceState } from '../state/index.ts'
import type { SessionCore } from './session-core.ts'

/** What a session's end would discard. */
export interface PendingChanges {
  /** Objects that are new, changed, or deleted or marked to be. */
  readonly count: number
  /** Their names, as messages show them. */
  readonly names: readonly string[]
}

/** What was flushed and not committed, then what waits for the next flush. */
export function pendingChanges(core: SessionCore): PendingChanges {
  const { pending, deleted, changed } = core.work.work
  const flushed = core.transaction.losable.filter((state) => !isStored(core, state))
  const states = new Set([...flushed, ...pending, ...deleted, ...changed])
  return { count: states.size, names: [...states].map((state) => state.label) }
}

/** Where no transaction is open, a flush has stored what it wrote for good. */
function isStored(core: SessionCore, state: InstanceState): boolean {
  const engine = core.context.engine(core.mapperOfState(state).engineKey)
  return core.connections.isolationOn(engine) === 'autocommit'
}
