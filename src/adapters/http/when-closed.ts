import type { ServerResponse } from 'node:http'

/** Calls `closed` once, when the connection of a response closes; soon where that has happened already, since Node tells it once: the client left while others looked at its request. */
export function whenClosed(response: ServerResponse, closed: () => void): void {
  if (isClosed(response)) process.nextTick(closed)
  else response.once('close', closed)
}

function isClosed(response: ServerResponse): boolean {
  const { stream } = response as { readonly stream?: { readonly destroyed?: boolean } } // of HTTP/2, whose responses do not tell it themselves
  return response.closed || stream?.destroyed === true
}
