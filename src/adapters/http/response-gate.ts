import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../../util/index.ts'
import { dropAnswerHeaders } from './header-hygiene.ts'

/** What a gate asks of its adapter. */
export interface GateKeeper {
  /** Ends the unit of work before the first byte. `streaming` is true when more of the body will follow. */
  settle(streaming: boolean): MaybePromise<void>
  /** Answers in place of the lost reply: nothing was sent, the status is 500 and the headers of the lost answer are gone. */
  failed(error: unknown): void
}

type BodyCall = 'write' | 'end' | 'flushHeaders'
type Method = (...args: unknown[]) => unknown

const GATE = Symbol('athanor.gate')
const HEADER_WRITERS = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const

interface Gated extends ServerResponse {
  [GATE]: ResponseGate
}

type Originals = Readonly<Record<keyof typeof gatedMethods, Method>>

/** Shared by all gated responses: a closure for each would cost every request. */
const gatedMethods = {
  writeHead(this: Gated, ...args: unknown[]): unknown {
    return this[GATE].writeHead(args)
  },
  write(this: Gated, ...args: unknown[]): unknown {
    return this[GATE].body('write', args)
  },
  end(this: Gated, ...args: unknown[]): unknown {
    return this[GATE].body('end', args)
  },
  flushHeaders(this: Gated): void {
    this[GATE].body('flushHeaders', [])
  },
}

/**
 * Holds a response back until the outcome of its commit is known.
 *
 * For replies that no hook of the framework sees: they are written on Node's response itself. The first `write`, `end` or `flushHeaders` starts the
 * settlement; until it is done calls are queued, `write` answers false, and the head counts as sent. Then the queue goes out and `drain` is
 * emitted, or, when the commit failed, it is dropped with the headers that described the lost answer.
 */
export class ResponseGate {
  readonly #response: ServerResponse
  readonly #keeper: GateKeeper
  readonly #original: Originals
  #state: 'waiting' | 'holding' | 'open' = 'waiting'
  #hasMessage = false
  #queue: (readonly [call: BodyCall, args: readonly unknown[]])[] = []

  private constructor(response: ServerResponse, keeper: GateKeeper) {
    this.#response = response
    this.#keeper = keeper
    const { writeHead, write, end, flushHeaders } = response as unknown as Originals
    this.#original = { writeHead, write, end, flushHeaders }
  }

  /** Puts a gate in front of `response`, whose head must not have been sent. */
  static install(response: ServerResponse, keeper: GateKeeper): void {
    Object.assign(response, gatedMethods, { [GATE]: new ResponseGate(response, keeper) })
  }

  /** Before the opening the head is only noted, so that it can be taken back. */
  writeHead(args: readonly unknown[]): unknown {
    if (this.#state === 'open') return this.#pass('writeHead', args)
    if (this.#state === 'holding') throw headersSentError('write the head')
    const [status, second, third] = args
    this.#response.statusCode = Number(status)
    if (typeof second === 'string') this.#setMessage(second)
    noteHeaders(this.#response, third ?? second)
    return this.#response
  }

  body(call: BodyCall, args: readonly unknown[]): unknown {
    if (this.#state === 'waiting') this.#settle(call !== 'end')
    if (this.#state === 'open') return this.#pass(call, args)
    this.#queue.push([call, args])
    return call === 'write' ? false : this.#response
  }

  #settle(streaming: boolean): void {
    this.#state = 'holding'
    const settlement = this.#keeper.settle(streaming)
    if (settlement === undefined) {
      this.#state = 'open'
      return
    }
    const letGo = countAsSent(this.#response)
    void settlement.then(
      () => this.#open(letGo),
      (error: unknown) => this.#fail(letGo, error),
    )
  }

  #open(letGo: () => void): void {
    letGo()
    this.#state = 'open'
    const queue = this.#queue
    this.#queue = []
    for (const [call, args] of queue) this.#pass(call, args)
    if (!this.#response.writableEnded) this.#response.emit('drain')
  }

  #fail(letGo: () => void, error: unknown): void {
    letGo()
    this.#state = 'open'
    this.#queue = []
    dropAnswerHeaders(this.#response)
    this.#response.statusCode = 500
    if (this.#hasMessage) this.#setMessage('')
    this.#keeper.failed(error)
  }

  #setMessage(text: string): void {
    this.#hasMessage = true
    this.#response.statusMessage = text
  }

  #pass(call: keyof typeof gatedMethods, args: readonly unknown[]): unknown {
    return Reflect.apply(this.#original[call], this.#response, args)
  }
}

/** Sets headers given in any form that `writeHead` takes: an object, an array of pairs, a flat array; a name may stand in an array twice. */
function noteHeaders(response: ServerResponse, headers: unknown): void {
  const seen = new Set<string>()
  for (const [name, value] of headerPairs(headers)) {
    if (seen.has(name.toLowerCase())) response.appendHeader(name, value)
    else response.setHeader(name, value)
    seen.add(name.toLowerCase())
  }
}

type HeaderPair = readonly [name: string, value: string | string[]]

function headerPairs(headers: unknown): readonly HeaderPair[] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers as Record<string, string | string[]>)
  if (Array.isArray(headers[0])) return headers as HeaderPair[]
  return headers.flatMap((name: unknown, i): HeaderPair[] =>
    i % 2 === 0 ? [[String(name), headers[i + 1] as string]] : [],
  )
}

/** Lets the head count as sent, so that a second reply is noticed as usual; returns what undoes it. */
function countAsSent(response: ServerResponse): () => void {
  const names = ['headersSent', ...HEADER_WRITERS]
  const before = names.map((name) => Object.getOwnPropertyDescriptor(response, name))
  Object.defineProperty(response, 'headersSent', { configurable: true, value: true })
  for (const name of HEADER_WRITERS) {
    const value = (): never => {
      throw headersSentError('change headers')
    }
    Object.defineProperty(response, name, { configurable: true, writable: true, value })
  }
  return () => {
    for (const [i, name] of names.entries()) {
      const own = before[i]
      if (own === undefined) Reflect.deleteProperty(response, name)
      else Object.defineProperty(response, name, own)
    }
  }
}

/** As Node's own: frameworks look for the code. */
function headersSentError(operation: string): Error {
  const text = `Cannot ${operation}: the reply was handed over and waits for its commit. Answer once.`
  return Object.assign(new Error(text), { code: 'ERR_HTTP_HEADERS_SENT' })
}
