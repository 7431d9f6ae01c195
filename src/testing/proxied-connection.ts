import { connect, type Socket } from 'node:net'
import { DelayLine } from './delay-line.ts'
import type { FaultAction } from './fault-rules.ts'

/** What a connection must know of its proxy. */
export interface ProxyPort {
  readonly target: { readonly host: string; readonly port: number }
  latencyMs(): number
  /** The client sent a chunk; `isFlight` when it had received something since its last. Says what happens to it. */
  sent(chunk: Buffer, isFlight: boolean): FaultAction | undefined
  /** The server sent a chunk. */
  received(chunk: Buffer): void
  /** Both sides are closed. */
  closed(connection: ProxiedConnection): void
}

/** After the last byte of an answer that is kept back, its connection is reset. */
const QUIET_MS = 25
/** Where no answer comes at all, it is reset all the same. */
const NO_ANSWER_MS = 1_000

/** A client's connection, and the one to the server that carries it on. */
export class ProxiedConnection {
  readonly #port: ProxyPort
  readonly #client: Socket
  readonly #server: Socket
  readonly #up: DelayLine
  readonly #down: DelayLine
  /** Whether what the client sends next begins a flight. */
  #mayBegin = true
  /** Set while answers are kept back; then the connection is reset. */
  #reset: NodeJS.Timeout | undefined

  constructor(client: Socket, port: ProxyPort) {
    this.#port = port
    this.#client = client
    this.#server = connect({ ...port.target, allowHalfOpen: true, noDelay: true })
    this.#up = new DelayLine(() => port.latencyMs())
    this.#down = new DelayLine(() => port.latencyMs())
    client.setNoDelay(true)
    this.#listen()
  }

  /** Bytes and ends arrive no more, in either direction, until `release`. */
  hold(): void {
    this.#up.hold()
    this.#down.hold()
  }

  release(): void {
    this.#up.release()
    this.#down.release()
  }

  /** Ends both sides: the client finds a reset, or the end of what the server has to say. */
  cut(how: 'reset' | 'end'): void {
    clearTimeout(this.#reset)
    this.#up.clear()
    this.#down.clear()
    if (how === 'reset') this.#client.resetAndDestroy()
    else this.#client.destroy()
    this.#server.destroy()
  }

  /** The client hears no more, and is told so; what it sends still arrives. */
  halfClose(): void {
    this.#down.clear()
    this.#client.end()
  }

  #listen(): void {
    const [client, server] = [this.#client, this.#server]
    client.on('error', () => {}) // close follows
    server.on('error', () => {})
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk))
    server.on('data', (chunk: Buffer) => this.#fromServer(chunk))
    client.on('end', () => this.#up.send(() => server.end()))
    server.on('end', () => this.#down.send(() => client.end()))
    client.on('close', () => this.#up.send(() => server.destroy()))
    server.on('close', (hadError) =>
      this.#down.send(() => {
        if (hadError) client.resetAndDestroy()
        else client.end()
      }),
    )
    client.on('close', () => server.destroyed && this.#port.closed(this))
    server.on('close', () => client.destroyed && this.#port.closed(this))
  }

  #fromClient(chunk: Buffer): void {
    const action = this.#port.sent(chunk, this.#mayBegin)
    this.#mayBegin = false
    if (action === 'dropBefore') this.cut('reset')
    if (action === 'dropBefore' || action === 'swallow') return
    if (action === 'dropAfter') this.#resetIn(NO_ANSWER_MS)
    this.#up.send(() => pass(chunk, this.#client, this.#server))
  }

  #fromServer(chunk: Buffer): void {
    this.#port.received(chunk)
    if (this.#reset !== undefined) this.#resetIn(QUIET_MS)
    else
      this.#down.send(() => {
        this.#mayBegin = true
        pass(chunk, this.#server, this.#client)
      })
  }

  /** Keeps answers back, and resets the connection when none has come for so long. */
  #resetIn(ms: number): void {
    clearTimeout(this.#reset)
    this.#reset = setTimeout(() => this.cut('reset'), ms)
  }
}

/** Hands a chunk on, and lets its sender wait where the other side takes no more. */
function pass(chunk: Buffer, from: Socket, to: Socket): void {
  if (!to.writable || to.write(chunk) || from.isPaused()) return
  from.pause()
  to.once('drain', () => from.resume())
}
