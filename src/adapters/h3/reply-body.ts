import { Readable } from 'node:stream'
import type { Scope } from '../../app/index.ts'
import { isFetchResponse } from '../http/index.ts'

/** What a reply is sent from piece by piece. */
type Stream = ReadableStream<Uint8Array> | Readable

/** The stream in a reply, and the reply with another stream in its place. */
export interface StreamedBody {
  readonly stream: Stream
  replaced(stream: Stream): unknown
}

/** The stream that a handler returned: by itself, or in a `Response` of fetch or of h3. What h3 makes text of is none. */
export function streamedBody(reply: unknown): StreamedBody | undefined {
  if (isFetchResponse(reply)) {
    const { body } = reply
    return body === null
      ? undefined
      : { stream: body, replaced: (stream) => copyOf(reply, stream as ReadableStream) }
  }
  if (isReply(reply)) {
    const { body } = reply
    return isStream(body)
      ? { stream: body, replaced: (stream) => Object.assign(reply, { body: stream }) }
      : undefined
  }
  return isStream(reply) ? { stream: reply, replaced: (stream) => stream } : undefined
}

/** By its class and not by its methods: an object of a model may have a column "pipe", and one that is not in memory cannot be read. */
function isStream(value: unknown): value is Stream {
  return value instanceof Readable || value instanceof ReadableStream
}

/** With what others have put on it, such as the hooks of a web socket. */
function copyOf(reply: Response, body: ReadableStream): Response {
  return Object.assign(new Response(body, reply), Object.fromEntries(Object.entries(reply)))
}

/** h3's `HTTPResponse`, as h3 itself recognises it. */
export function isReply(value: unknown): value is {
  readonly status?: number | undefined
  readonly headers: Headers
  body: unknown
} {
  return typeof value === 'object' && value !== null && Reflect.get(value, REPLY) === true
}

const REPLY = Symbol.for('h3.HTTPResponse')

/** h3 makes JSON of a reply behind all middleware, and so behind the commit: what cannot be said in JSON is to fail before it. */
export function checkPrintable(reply: unknown): void {
  const isSentAsItIs =
    typeof reply !== 'object' ||
    reply instanceof Uint8Array ||
    reply instanceof Blob ||
    isFetchResponse(reply) ||
    isReply(reply) ||
    isStream(reply)
  if (!isSentAsItIs) JSON.stringify(reply)
}

/** Gives a stream up that nobody will read. */
export function giveUp(stream: Stream): void {
  if (stream instanceof Readable) stream.destroy()
  else void stream.cancel().catch(() => {}) // whatever it says: it is not read
}

/** A stream of Node that is read in the scope, whoever pulls it. Its errors and its end stay its own, so that the server answers them as ever. */
export function pulledInScope(stream: Readable, scope: Scope): Readable {
  const chunks = scope.run(() => stream[Symbol.asyncIterator]())
  return Readable.from(
    {
      [Symbol.asyncIterator]: () => ({
        next: () => scope.run(() => chunks.next()),
        return: () => scope.run(() => chunks.return?.() ?? Promise.resolve(DONE)),
      }),
    },
    { highWaterMark: 1 },
  )
}

const DONE = { done: true, value: undefined } as const
