/** Whether a payload is the `Response` of fetch, of whichever implementation. */
export function isFetchResponse(payload: unknown): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}

/** Whether a payload is sent piece by piece: a stream of Node or of the web, or a `Response` with a body. */
export function isStream(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false
  if (isFetchResponse(payload)) return payload.body !== null
  return 'pipe' in payload || 'getReader' in payload
}
