import type { InstanceState } from '../state/index.ts'
import type { SessionCore } from './session-core.ts'

/** What a session's end would discard. */
export interface PendingChanges {
  /** Objects that are new, changed, or deleted or marked to be, and kinds of rows that statements past the unit of work have written. */
  readonly count: number
  /** Their names, as messages show them: `Post#1`, `3 rows updated in "post"`. */
  readonly names: readonly string[]
}

/** What was flushed and not committed, then what waits for the next flush. */
export function pendingChanges(core: SessionCore): PendingChanges {
  const { pending, deleted, changed } = core.work.work
  const flushed = core.transaction.losable.filter((state) => !isStored(core, state))
  const states = new Set([...flushed, ...pending, ...deleted, ...changed])
  const names = [...Array.from(states, ({ label }) => label), ...core.transaction.bulkNames]
  return { count: names.length, names }
}

/** Where no transaction is open, a flush has stored what it wrote for good. */
function isStored(core: SessionCore, state: InstanceState): boolean {
  const engine = core.context.engine(core.mapperOfState(state).engineKey)
  return core.connections.isolationOn(engine) === 'autocommit'
}
