import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '../../util/index.ts'
import { checkSendable } from './check-sendable.ts'
import { dropAnswerHeaders } from './header-hygiene.ts'
import { unpipeSources, watchSources } from './piped-sources.ts'
import { headersSentError, ResponseHold } from './response-hold.ts'

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
  readonly #keepers: GateKeeper[]
  readonly #original: Originals
  #state: 'waiting' | 'holding' | 'open' | 'failed' = 'waiting'
  #hold: ResponseHold | undefined
  #queue: (readonly [call: BodyCall, args: readonly unknown[]])[] = []
  #hasEnded = false

  private constructor(response: ServerResponse, keeper: GateKeeper) {
    this.#response = response
    this.#keepers = [keeper]
    const { writeHead, write, end, flushHeaders } = response as unknown as Originals
    this.#original = { writeHead, write, end, flushHeaders }
  }

  /** Puts a gate in front of `response`, whose head must not have been sent. Several keepers of one response settle one after the other. */
  static install(response: ServerResponse, keeper: GateKeeper): void {
    const present = (response as Partial<Gated>)[GATE]
    if (present !== undefined) {
      present.#keepers.push(keeper)
      return
    }
    const gate = new ResponseGate(response, keeper)
    Object.assign(response, gatedMethods, { [GATE]: gate })
    watchSources(response)
  }

  /** Before the opening the head is only noted, so that it can be taken back. */
  writeHead(args: readonly unknown[]): unknown {
    if (this.#state === 'holding') throw headersSentError('write the head')
    if (this.#state !== 'waiting') return this.#pass('writeHead', args)
    const [status, second, third] = args
    this.#response.statusCode = Number(status)
    if (typeof second === 'string') this.#response.statusMessage = second
    noteHeaders(this.#response, third ?? second)
    return this.#response
  }

  body(call: BodyCall, args: readonly unknown[]): unknown {
    if (this.#state === 'waiting' || this.#state === 'holding') checkSendable(this.#response, args)
    if (this.#state === 'waiting') this.#settle(call !== 'end')
    if (this.#state === 'open') return this.#pass(call, args)
    if (this.#state === 'failed') return this.#afterFailure(call, args)
    if (!this.#hasEnded) this.#queue.push([call, args])
    if (call === 'end') {
      this.#hasEnded = true
      this.#hold?.noteEnd()
    }
    return call === 'write' ? false : this.#response
  }

  #settle(streaming: boolean): void {
    this.#state = 'holding'
    const settlement = settleAll(this.#keepers, streaming)
    if (settlement === undefined) {
      this.#state = 'open'
      return
    }
    this.#hold = new ResponseHold(this.#response)
    void settlement.then((failure) => {
      const destroy = this.#hold?.release()
      if (failure === undefined) this.#open(destroy)
      else this.#fail(failure)
    })
  }

  #open(destroy: (() => void) | undefined): void {
    this.#state = 'open'
    const queue = this.#queue
    this.#queue = []
    try {
      for (const [call, args] of queue) this.#pass(call, args)
    } catch (error) {
      this.#unsendable(error)
    }
    destroy?.()
    if (!this.#response.writableEnded) this.#response.emit('drain')
  }

  /** Node refuses what has waited: an error page takes its place, or the connection ends, so that nobody takes half an answer for a whole one. */
  #unsendable(error: unknown): void {
    const [keeper] = this.#keepers
    if (this.#response.headersSent || keeper === undefined) this.#response.destroy()
    else this.#fail({ keeper, error })
  }

  #fail({ keeper, error }: Failure): void {
    this.#state = 'failed'
    const response = this.#response
    for (const [, args] of this.#queue.splice(0)) tellCallback(args.at(-1), error)
    unpipeSources(response)
    if (!this.#hasEnded) response.prependOnceListener('finish', () => failWriters(response, error))
    dropAnswerHeaders(response)
    response.statusCode = 500
    if (response.statusMessage) response.statusMessage = ''
    keeper.failed(error)
  }

  /**
   * Whoever wrote the lost answer may not know. What comes after the error page is an error for those who listen for one, such as a pipeline; to nobody
   * else, since it is not theirs.
   */
  #afterFailure(call: BodyCall, args: readonly unknown[]): unknown {
    const response = this.#response
    if (!response.writableEnded || response.listenerCount('error') > 0)
      return this.#pass(call, args)
    return call === 'write' ? false : response
  }

  #pass(call: keyof typeof gatedMethods, args: readonly unknown[]): unknown {
    return Reflect.apply(this.#original[call], this.#response, args)
  }
}

/** Whose settlement failed, and by what. */
interface Failure {
  readonly keeper: GateKeeper
  readonly error: unknown
}

/** Settles one after the other, up to the first that fails; gives a promise only when there is something to wait for. It never rejects. */
function settleAll(
  keepers: readonly GateKeeper[],
  streaming: boolean,
): Promise<Failure | undefined> | undefined {
  for (const [i, keeper] of keepers.entries()) {
    const settlement = keeper.settle(streaming)
    if (settlement === undefined) continue
    return settlement.then(
      () => settleAll(keepers.slice(i + 1), streaming),
      (error: unknown) => ({ keeper, error }),
    )
  }
  return undefined
}

/**
 * Who was in the middle of the lost answer, such as a pipeline, takes the end of the error page for a sign to go on, and then waits for ever. It hears of the failure first: as an
 * error of the response, which it may destroy, though the page and its connection are none of its own.
 */
function failWriters(response: ServerResponse, error: unknown): void {
  if (response.listenerCount('error') === 0) return
  const own = Object.getOwnPropertyDescriptor(response, 'destroy')
  Object.defineProperty(response, 'destroy', { configurable: true, value: () => response })
  try {
    response.emit('error', error)
  } finally {
    if (own === undefined) Reflect.deleteProperty(response, 'destroy')
    else Object.defineProperty(response, 'destroy', own)
  }
}

/** Writers that wait for their callback learn that nothing was written. */
function tellCallback(callback: unknown, error: unknown): void {
  if (typeof callback === 'function') Reflect.apply(callback, undefined, [error])
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
