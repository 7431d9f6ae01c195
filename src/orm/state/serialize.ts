import { Expression } from '../../sql/index.ts'
import { ownValue, type InstanceState } from './instance-state.ts'
import { peekRelation } from './relation-access.ts'
import { findState } from './stamp.ts'

/**
 * Loaded columns and relations as plain values: hidden columns are left out, a bigint becomes text, an object that is being printed already or has nothing
 * but its key is printed as its key. Sends nothing.
 */
export function toJSON(
  state: InstanceState,
  printing: ReadonlySet<InstanceState> = new Set(),
): Record<string, unknown> {
  if (state.isHollow) return keyOf(state)
  const inside = new Set([...printing, state])
  const json: Record<string, unknown> = {}
  for (const [property, facts] of state.definition.columns) {
    if (facts.hidden || !Object.hasOwn(state.entity, property)) continue
    const value = ownValue(state.entity, property)
    if (!(value instanceof Expression)) json[property] = plain(value) // what the database is to compute nobody knows yet
  }
  for (const relation of state.relations === null ? [] : state.definition.relations) {
    const known = peekRelation(state, relation)
    if (known !== undefined && !isBareReference(known))
      json[relation.name] = relatedJSON(known, inside)
  }
  return json
}

/** A reference whose row is not in memory tells no more than the foreign key, which is printed anyway. */
function isBareReference(known: object | null | readonly object[]): boolean {
  return known !== null && !Array.isArray(known) && findState(known)?.isHollow === true
}

function relatedJSON(
  known: object | null | readonly object[],
  printing: ReadonlySet<InstanceState>,
): unknown {
  if (known === null) return null
  if (Array.isArray(known)) return known.map((member: object) => relatedJSON(member, printing))
  const state = findState(known)
  if (state === undefined) return known
  return printing.has(state) ? keyOf(state) : toJSON(state, printing)
}

function keyOf(state: InstanceState): Record<string, unknown> {
  return Object.fromEntries(
    state.definition.keyProperties.map((property) => [
      property,
      plain(ownValue(state.entity, property)),
    ]),
  )
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** `<User 1>`, `<User 1, 2>`, `<User (transient 3)>`. Works on detached objects and sends nothing. */
export function describe(state: InstanceState): string {
  if (state.identity === null) return `<${state.name} (${state.status} ${state.number})>`
  return `<${state.name} ${state.keyValues.map(String).join(', ')}>`
}
