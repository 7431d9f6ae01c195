import type { Reporter } from './reporter.ts'

const MOST_NAMES = 5

/** Tells the developer, once for a scope's name, that changes were lost because nobody committed them. */
export function reportDiscarded(reporter: Reporter, scope: string, names: readonly string[]): void {
  if (names.length === 0) return
  const changes = names.length === 1 ? 'change was' : 'changes were'
  const shown = names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), '…'] : names
  reporter.warn(
    'ATHANOR_DISCARDED_CHANGES',
    `${names.length} uncommitted ${changes} discarded at the end of "${scope}": ${shown.join(', ')}. Call await db.session.commit(), wrap the work in db.transaction(), or set { commit: 'onSuccess' }.`,
    scope,
  )
}
