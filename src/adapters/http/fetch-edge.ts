import type { ServerResponse } from 'node:http'
import { sendFailurePage } from './failure-page.ts'
import { RequestEdge, type RequestBirth } from './request-edge.ts'
import type { RequestOptions } from './options.ts'
import { responseClosed } from './response-closed.ts'
import { readInScope } from './scoped-body.ts'

/** A request of fetch, as frameworks see it that run on Node's server and elsewhere. */
export abstract class FetchEdge extends RequestEdge {
  protected readonly options: RequestOptions<never>

  /** Opens the scope of a request. */
  constructor(birth: RequestBirth) {
    super(birth)
    this.options = birth.options
  }

  abstract override get response(): ServerResponse | undefined
  /** Aborted when the client has gone. */
  protected abstract get signal(): AbortSignal

  /** Outside of Node's server nothing tells of a response's end but its body, and of a client that has gone but the request's signal. */
  override enter<T>(run: () => T): T {
    if (this.response === undefined) {
      this.signal.addEventListener('abort', () =>
        responseClosed(this.scope, { status: 499, ended: false }, this.options),
      )
    }
    return super.enter(run)
  }

  /** The body of a reply, read in the scope, which ends with it where there is no server. */
  protected inScope(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return readInScope(body, this.scope, () => this.closeWithoutServer())
  }

  /** Ends the scope where no server will tell that the reply is out. */
  protected closeWithoutServer(): void {
    if (this.response === undefined) void this.scope.close()
  }

  /** A reply that the gate holds waits for its commit: the gate answers, whatever the commit gives. */
  protected async gateAnswered(): Promise<void> {
    if (this.scope.isSettling) await Promise.resolve(this.scope.settle()).catch(() => {})
  }

  protected override failed(error: unknown): void {
    this.report(error)
    if (this.response !== undefined) sendFailurePage(this.response, error)
  }
}
