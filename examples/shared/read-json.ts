import type { IncomingMessage } from 'node:http'

const LIMIT_BYTES = 100_000

/** A body that is no JSON object, or too long: answered as 400 or 413, with its message. */
export class BodyError extends Error {
  readonly status: number
  readonly statusCode: number
  readonly expose = true

  constructor(status: 400 | 413, message: string) {
    super(message)
    this.status = status
    this.statusCode = status
  }
}

/** The JSON object that a request brings. @throws {BodyError} */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > LIMIT_BYTES) throw new BodyError(413, 'The body is too long.')
  }
  return parse(Buffer.concat(chunks).toString())
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // answered below
  }
  throw new BodyError(400, 'Send a JSON object.')
}
