/** What header hygiene needs of a response: Node's `ServerResponse`, Fastify's `Reply` and their like. */
export interface HeaderBag {
  getHeaderNames(): readonly string[]
  removeHeader(name: string): unknown
}

const DESCRIBES_THE_ANSWER = new Set([
  'accept-ranges',
  'cache-control',
  'etag',
  'expires',
  'last-modified',
  'location',
  'set-cookie',
])

/**
 * Removes the headers that describe an answer which will not be sent, and keeps the rest.
 *
 * A redirect whose commit failed must not leave its `Location` and cookies on the 500; but without the CORS headers a browser would hide the 500
 * from the page, and security headers and request ids belong to every answer.
 */
export function dropAnswerHeaders(headers: HeaderBag): void {
  for (const name of headers.getHeaderNames()) {
    if (describesTheAnswer(name.toLowerCase())) headers.removeHeader(name)
  }
}

function describesTheAnswer(name: string): boolean {
  if (DESCRIBES_THE_ANSWER.has(name)) return true
  return name.startsWith('content-') && !name.startsWith('content-security-policy')
}
