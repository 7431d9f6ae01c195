import { STATUS_CODES, type ServerResponse } from 'node:http'
import { isClientError } from '../../errors/index.ts'
import { replyToFailedCommit } from './failed-commit.ts'

/**
 * Answers an error where no error path of a framework can be reached: the status in words, as JSON, and nothing of the error itself unless it was
 * made for the client.
 */
export function sendFailurePage(response: ServerResponse, error: unknown): void {
  const { status, headers } = replyToFailedCommit(error) ?? { status: 500, headers: {} }
  const exposed = isClientError(error) ? error : undefined
  const code = exposed?.statusCode ?? status
  const phrase = STATUS_CODES[code] ?? 'Error'
  response.statusCode = code
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(
    JSON.stringify({ statusCode: code, error: phrase, message: exposed?.message ?? phrase }),
  )
}
