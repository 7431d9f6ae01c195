import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { ArgumentError, NotFoundError } from '../../errors/index.ts'

/** A place in an order; `inclusive`: the row at the place is meant too. */
export interface Bookmark {
  readonly place: readonly unknown[]
  readonly inclusive: boolean
}

const DIGEST_BYTES = 6
const SIGNATURE_BYTES = 16

/**
 * Cursors of one order: text that clients keep and give back. It holds the values that the row is sorted by, readable for whoever decodes it. With a secret it is signed; without
 * one a client can make up a place, whose values are only ever bound.
 */
export class CursorCodec {
  readonly #digest: string
  readonly #secret: string | undefined

  /** `order` is the text of the order: cursors of another one are none of these. */
  constructor(order: string, secret: string | undefined) {
    this.#digest = createHash('sha256')
      .update(order)
      .digest()
      .subarray(0, DIGEST_BYTES)
      .toString('base64url')
    this.#secret = secret
  }

  write({ place, inclusive }: Bookmark): string {
    const payload = Buffer.from(
      JSON.stringify([this.#digest, inclusive ? 1 : 0, ...place.map(toJson)]),
    ).toString('base64url')
    return this.#secret === undefined
      ? payload
      : `${payload}.${signature(payload, this.#secret).toString('base64url')}`
  }

  /** `accepts` says whether values can be a place in the order. @throws {NotFoundError} BAD_CURSOR. */
  read(cursor: unknown, accepts: (place: readonly unknown[]) => boolean): Bookmark {
    const payload = typeof cursor === 'string' ? this.#verified(cursor) : undefined
    const [digest, inclusive, ...values] = payload === undefined ? [] : listIn(payload)
    const place = values.map(fromJson)
    const isOurs = digest === this.#digest && (inclusive === 0 || inclusive === 1)
    if (!isOurs || !accepts(place)) throw badCursor()
    return { place, inclusive: inclusive === 1 }
  }

  /** The payload; undefined where the signature is missing or wrong. */
  #verified(cursor: string): string | undefined {
    if (this.#secret === undefined) return cursor
    const [payload = '', given = '', ...rest] = cursor.split('.')
    const expected = signature(payload, this.#secret)
    const actual = Buffer.from(given, 'base64url')
    const isRight =
      rest.length === 0 && actual.length === expected.length && timingSafeEqual(actual, expected)
    return isRight ? payload : undefined
  }
}

/** The error for what cannot be a cursor here. */
export function badCursor(): NotFoundError {
  return new NotFoundError('There is no such page.', {
    code: 'BAD_CURSOR',
    info: { parameter: 'cursor' },
  })
}

function signature(payload: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(payload).digest().subarray(0, SIGNATURE_BYTES)
}

function listIn(payload: string): readonly unknown[] {
  if (!/^[\w-]+$/.test(payload)) return []
  try {
    const list: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return Array.isArray(list) ? list : []
  } catch {
    return [] // a client's text need not be JSON
  }
}

/** Values that JSON does not have, by a letter. */
const TAGS: Readonly<Record<string, (text: string) => unknown>> = {
  d: (text) => new Date(text),
  n: (text) => (/^-?\d+$/.test(text) ? BigInt(text) : undefined),
  z: () => -0,
  b: (text) => new Uint8Array(Buffer.from(text, 'base64url')),
}

function toJson(value: unknown): unknown {
  if (value instanceof Date) return { d: value.toISOString() }
  if (Object.is(value, -0)) return { z: '' }
  if (typeof value === 'bigint') return { n: String(value) }
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64url') }
  if (value === null || typeof value !== 'object') return value
  throw new ArgumentError(
    'Cannot make a cursor of this order: it sorts by objects. Order by columns of text, numbers, times, truth values or bytes.',
  )
}

function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const [[tag, text] = [], ...rest] = Object.entries(value)
  const read = tag !== undefined && Object.hasOwn(TAGS, tag) ? TAGS[tag] : undefined
  return read === undefined || typeof text !== 'string' || rest.length > 0 ? undefined : read(text)
}
