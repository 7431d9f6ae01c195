import { InvalidRequestError } from '../../errors/index.ts'
import type { InstanceState } from '../state/index.ts'

/** The error of expunge(). */
export function notInSession(state: InstanceState): InvalidRequestError {
  const other = state.openSession
  const where = other === undefined ? '' : `; ${other.name} has it`
  return new InvalidRequestError(
    `Cannot expunge ${state.label}: it is not in this session${where}.`,
  )
}

/** The error of delete(). */
export function undeletable(state: InstanceState): InvalidRequestError {
  if (state.phase === 'pending')
    return new InvalidRequestError(
      `Cannot delete ${state.label}: it has no row, because it was never flushed. Take it out with session.expunge().`,
    )
  if (state.phase === 'transient')
    return new InvalidRequestError(
      `Cannot delete ${state.label}: it has no row, because it was never added and flushed.`,
    )
  return new InvalidRequestError(
    `Cannot delete ${state.label}: it is not in this session. Get it by this session first.`,
  )
}
