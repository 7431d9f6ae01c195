import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const HEADER_WRITERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const
const SHADOWED = ['headersSent', 'writableEnded', ...HEADER_WRITERS]

/** A response that counts as sent while its bytes wait: a second reply is noticed as usual, and cannot tear down the first one. */
export class ResponseHold {
  readonly #response: ServerResponse
  readonly #own: readonly (PropertyDescriptor | undefined)[]
  readonly #request: IncomingMessage | undefined
  readonly #socket: Socket | undefined
  readonly #statusCode: number
  readonly #statusMessage: string
  #isDoomed = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#statusCode = response.statusCode
    this.#statusMessage = response.statusMessage
    this.#own = SHADOWED.map((name) => Object.getOwnPropertyDescriptor(response, name))
    shadow(response, 'headersSent', true)
    for (const name of HEADER_WRITERS) shadow(response, name, refuseHeaders)
    const request = response.req as IncomingMessage | undefined
    if (request !== undefined && Object.hasOwn(request, 'socket')) this.#request = request // HTTP/2 has none of its own
    this.#socket = this.#request?.socket
    this.#guardSocket()
  }

  /** The program has ended the reply. */
  noteEnd(): void {
    shadow(this.#response, 'writableEnded', true)
  }

  /** The response is what it was before, its status included, which a second reply may have set. Gives what destroys the connection once the reply is out, where that was asked for meanwhile. */
  release(): (() => void) | undefined {
    for (const [i, name] of SHADOWED.entries()) {
      const own = this.#own[i]
      if (own === undefined) Reflect.deleteProperty(this.#response, name)
      else Object.defineProperty(this.#response, name, own)
    }
    this.#response.statusCode = this.#statusCode
    if (this.#statusMessage !== this.#response.statusMessage)
      this.#response.statusMessage = this.#statusMessage
    const socket = this.#socket
    if (this.#request === undefined || socket === undefined) return undefined
    this.#request.socket = socket
    return this.#isDoomed ? () => socket.destroySoon() : undefined
  }

  /**
   * An error path that finds the head sent may destroy `request.socket`, as Express's does. The reply is not on its way yet: destroying waits for it.
   * Only the request's own property is exchanged, so that Node's view of the connection stays.
   */
  #guardSocket(): void {
    const socket = this.#socket
    if (this.#request === undefined || socket === undefined) return
    const destroy = (): Socket => {
      this.#isDoomed = true
      return socket
    }
    this.#request.socket = Object.create(socket, { destroy: { value: destroy } }) as Socket
  }
}

/** As Node's own: frameworks look for the code. */
export function headersSentError(operation: string): Error {
  const text = `Cannot ${operation}: the reply was handed over and waits for its commit. Answer once.`
  return Object.assign(new Error(text), { code: 'ERR_HTTP_HEADERS_SENT' })
}

function refuseHeaders(): never {
  throw headersSentError('change headers')
}

function shadow(response: ServerResponse, name: string, value: unknown): void {
  Object.defineProperty(response, name, { configurable: true, writable: true, value })
}
