import type { IdentityKey } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'

/** Stored objects of one mapper by their identity. */
export function byIdentity(
  states: Iterable<InstanceState>,
): ReadonlyMap<IdentityKey, InstanceState> {
  const found = new Map<IdentityKey, InstanceState>()
  for (const state of states) if (state.identity !== null) found.set(state.identity, state)
  return found
}
