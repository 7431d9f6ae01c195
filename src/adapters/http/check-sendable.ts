import type { ServerResponse } from 'node:http'

/**
 * Throws where Node would refuse to send a status or a part of a body. A call that waits for the commit could be refused only later, when whoever made it is not there any more.
 *
 * @throws {TypeError} ERR_INVALID_ARG_TYPE, {RangeError} ERR_HTTP_INVALID_STATUS_CODE, as Node itself.
 */
export function checkSendable(response: ServerResponse, args: readonly unknown[]): void {
  const { statusCode } = response
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 999)
    throw refused(new RangeError(`Invalid status code: ${statusCode}`), 'HTTP_INVALID_STATUS_CODE')
  const [chunk] = args
  if (chunk === undefined || chunk === null || typeof chunk === 'function') return // end() may have none
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  const text = `Cannot send a value of type ${typeof chunk} as it is: a body consists of text, a Buffer or a Uint8Array. Make text of it: JSON.stringify(value).`
  throw refused(new TypeError(text), 'INVALID_ARG_TYPE')
}

function refused(error: Error, code: string): Error {
  return Object.assign(error, { code: `ERR_${code}` })
}
