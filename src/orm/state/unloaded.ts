import { DetachedInstanceError, UnloadedAttributeError } from '../../errors/index.ts'
import type { InstanceState } from './instance-state.ts'

/** The error of reading a column or relation that is not in memory: what it is depends on where the object stands. */
export function unloaded(state: InstanceState, attribute: string): Error {
  const info = { model: state.name, attribute }
  if (state.status === 'detached') return detached(state, attribute, info)
  if (state.isExpired) {
    return new UnloadedAttributeError(
      `Cannot read ${state.name}.${attribute}: a commit has taken the values of ${state.label} from memory (expireOnCommit: 'strict'). Load it again: await object.load().`,
      { code: 'STALE_ATTRIBUTE', info },
    )
  }
  if (state.isPartial) return notSelected(state, attribute, info)
  return new UnloadedAttributeError(
    `Cannot read ${state.name}.${attribute}: only the key of ${state.label} is in memory. Load it first: await object.load().`,
    { info },
  )
}

/** The error of reading a collection that is not in memory. */
export function unloadedRelation(state: InstanceState, relation: string): Error {
  const info = { model: state.name, attribute: relation }
  if (state.status === 'detached') return detached(state, relation, info)
  return new UnloadedAttributeError(
    `Cannot read ${state.name}.${relation} of ${state.label}: it is not loaded. Load it first: await object.${relation}.load(), or ask for it in the query: .with('${relation}').`,
    { info },
  )
}

function notSelected(
  state: InstanceState,
  attribute: string,
  info: Readonly<Record<string, unknown>>,
): UnloadedAttributeError {
  const isDeferred = state.definition.columns.get(attribute)?.deferred === true
  const how = isDeferred
    ? `the column is deferred, and ${state.label} has been read without it. Load it first: await session.load(object, '${attribute}'), or bring it along: .with('${attribute}')`
    : `it is not in memory, because only(…) has left it out or the database has made it. Load the row first: await object.load()`
  return new UnloadedAttributeError(`Cannot read ${state.name}.${attribute}: ${how}.`, { info })
}

function detached(
  state: InstanceState,
  attribute: string,
  info: Readonly<Record<string, unknown>>,
): DetachedInstanceError {
  const cause = state.session?.closedError(`read ${state.name}.${attribute}`)
  const why =
    cause === undefined
      ? 'the object is in no session any more. Load it before it is taken out.'
      : `the object's session is closed. ${cause.message} Load what is needed before the scope ends.`
  return new DetachedInstanceError(
    `Cannot read ${state.name}.${attribute} of ${state.label}: it was never loaded, and ${why}`,
    { cause, info },
  )
}
