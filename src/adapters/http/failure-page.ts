import type { ServerResponse } from 'node:http'
import { replyToFailedCommit } from './failed-commit.ts'

/** Answers a failed commit where no error path of a framework can be reached: the status in words, as JSON, and nothing of the error itself. */
export function sendFailurePage(response: ServerResponse, error: unknown): void {
  const { status, headers } = replyToFailedCommit(error) ?? { status: 500, headers: {} }
  const message = status === 503 ? 'Service Unavailable' : 'Internal Server Error'
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.end(JSON.stringify({ statusCode: status, error: message, message }))
}
