import type { InstanceState } from '../state/index.ts'

/** What a flush has to write, before it is put in order. */
export interface Work {
  /** New objects, in the order of add. */
  readonly pending: ReadonlySet<InstanceState>
  /** Objects whose row is to be deleted. */
  readonly deleted: ReadonlySet<InstanceState>
  /** Persistent objects with changed columns or relations. */
  readonly changed: readonly InstanceState[]
}

/** Whether there is nothing to write. */
export function isClean(work: Work): boolean {
  return work.pending.size === 0 && work.deleted.size === 0 && work.changed.length === 0
}
