import { STATUS_CODES } from 'node:http'

/** How a request is answered whose transaction may succeed when the client sends it again. */
export const TRY_AGAIN: {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
} = { status: 503, headers: { 'retry-after': '1' } }

/**
 * Makes an error say so to web frameworks, each of which asks the error for something else: 503 with `Retry-After`, and nothing of its message. No part of what logs and JSON
 * print; a program that maps the error may overwrite it.
 */
export function sayTryAgain(error: Error): void {
  const { status, headers } = TRY_AGAIN
  const message = STATUS_CODES[status]
  const getResponse = (): Response =>
    Response.json({ statusCode: status, message }, { status, headers })
  const facts = { status, statusCode: status, expose: false, headers, getResponse }
  for (const [name, value] of Object.entries(facts))
    Object.defineProperty(error, name, { configurable: true, writable: true, value })
}
