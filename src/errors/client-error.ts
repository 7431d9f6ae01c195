/**
 * An error that was made for a client: its message may be shown, and its status says how it is answered. Those of athanor are NotFoundError and InvalidInputError; an error of
 * the program's own, or of another library, is one when it looks the same.
 * @since 0.2
 */
export interface ClientError extends Error {
  /** The status of the answer, 400 to 499. */
  readonly statusCode: number
  /** The message may be shown to the client. */
  readonly expose: true
}

/**
 * Whether an error was made for a client: for error pages, which show what such an error says and nothing of all others.
 *
 * ```ts
 * import { isClientError } from 'athanor'
 *
 * export function answerTo(error: unknown) {
 *   if (!isClientError(error)) return { status: 500, message: 'Something went wrong.' }
 *   return { status: error.statusCode, message: error.message }
 * }
 * ```
 * @since 0.2
 */
export function isClientError(error: unknown): error is ClientError {
  if (!(error instanceof Error)) return false
  const { expose, statusCode } = error as Partial<ClientError>
  return expose === true && typeof statusCode === 'number' && statusCode >= 400 && statusCode <= 499
}
