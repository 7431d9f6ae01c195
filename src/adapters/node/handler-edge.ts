import type { IncomingMessage, ServerResponse } from 'node:http'
import { isClientError } from '../../errors/index.ts'
import {
  dropAnswerHeaders,
  NodeEdge,
  prepareFailedCommit,
  sendFailurePage,
  type RequestBirth,
} from '../http/index.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown
type ErrorPage = (error: unknown, request: IncomingMessage, response: ServerResponse) => void

/** A request of a plain server, which has no error path but this one. */
export class HandlerEdge extends NodeEdge {
  readonly #page: ErrorPage | undefined
  #answered: unknown

  /** Opens the scope of a request. */
  constructor(
    birth: RequestBirth,
    [request, response, page]: readonly [IncomingMessage, ServerResponse, ErrorPage | undefined],
  ) {
    super(birth, request, response)
    this.#page = page
  }

  /** The handler threw: answers in its place. A reply that has begun is cut off, so that the client does not take it for whole. */
  threw(error: unknown): void {
    if (error === this.#answered) return // a pipeline hands on what the commit threw
    const { response } = this
    if (response.headersSent) {
      this.report(error)
      if (!response.writableEnded) response.destroy()
      return
    }
    dropAnswerHeaders(response)
    response.statusCode = 500
    if (response.statusMessage) response.statusMessage = ''
    this.failed(error)
  }

  protected override failed(error: unknown): void {
    this.#answered = error
    prepareFailedCommit(this.response, error)
    if (this.#page === undefined) {
      if (!isClientError(error)) this.report(error)
      sendFailurePage(this.response, error)
      return
    }
    try {
      this.#page(error, this.request, this.response)
    } catch (failure) {
      this.report(new AggregateError([failure, error], 'The error page failed.'))
      if (this.response.headersSent) this.response.destroy()
      else sendFailurePage(this.response, failure)
    }
  }
}

/** Runs the handler to its end. */
export async function runHandler(edge: HandlerEdge, handler: Handler): Promise<void> {
  try {
    await handler(edge.request, edge.response)
  } catch (error) {
    edge.scope.fail(error)
    edge.threw(error)
  }
}
