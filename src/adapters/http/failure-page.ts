import { STATUS_CODES, type ServerResponse } from 'node:http'
import { replyToFailedCommit } from './failed-commit.ts'

/** What an error has to say for itself when it may be shown to clients, as the 404 of `getOr404` has. */
interface ExposedError {
  readonly statusCode: number
  readonly message: string
}

/**
 * Answers an error where no error path of a framework can be reached: the status in words, as JSON, and nothing of the error itself unless it was
 * made for the client.
 */
export function sendFailurePage(response: ServerResponse, error: unknown): void {
  const { status, headers } = replyToFailedCommit(error) ?? { status: 500, headers: {} }
  const exposed = exposedError(error)
  const code = exposed?.statusCode ?? status
  const phrase = STATUS_CODES[code] ?? 'Error'
  response.statusCode = code
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(
    JSON.stringify({ statusCode: code, error: phrase, message: exposed?.message ?? phrase }),
  )
}

/** An error that says that clients may see it. */
export function exposedError(error: unknown): ExposedError | undefined {
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true) return undefined
  const { statusCode } = error as { readonly statusCode?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return { statusCode, message: error.message }
}
