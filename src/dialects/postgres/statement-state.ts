import { isServerError } from './wire.ts'

const UNKNOWN_NAME = '26000'
const TAKEN_NAME = '42P05'
const NOT_SUPPORTED = '0A000'

/** Whether the server refused a prepared statement for what has become of it: it has none of that name, has one already, or its rows would have other columns now. */
export function isStaleStatement(error: unknown): boolean {
  if (!isServerError(error)) return false
  if (error.code === NOT_SUPPORTED) return error.routine === 'RevalidateCachedQuery'
  return error.code === UNKNOWN_NAME || error.code === TAKEN_NAME
}

/** Whether the name was there, or was not, against what the connection knew: behind a pooler it speaks with several servers. */
export function isTakenName(error: unknown): boolean {
  return isServerError(error) && error.code === TAKEN_NAME
}
