import { AthanorError, type ErrorOptions } from './athanor-error.ts'
import type { ErrorCode } from './codes.ts'

/** A wrong call, configuration or mapping. Thrown synchronously, before anything is sent. */
export class ArgumentError extends AthanorError {
  constructor(message: string, options?: ErrorOptions, defaultCode: ErrorCode = 'ARGUMENT') {
    super(message, defaultCode, options)
  }
}

/** Facts of an input that cannot be taken. */
export interface InvalidInputOptions extends ErrorOptions {
  /** The property that was refused. */
  readonly property?: string
  /** What it must be, in words: `a string of at most 80 characters`. */
  readonly expected?: string
  /** Default 400. */
  readonly status?: number
}

/**
 * A client sent what cannot be taken; web frameworks answer 400 with the message, which names nothing but what the client has sent.
 *
 * Thrown by `assign`; a program may throw its own: `new InvalidInputError('A note needs a title.', { property: 'title' })`.
 * @since 0.2
 */
export class InvalidInputError extends ArgumentError {
  /** 400 unless another status was asked for. */
  readonly status: number
  /** The same, under Fastify's name. */
  readonly statusCode: number
  /** True: the message may be shown to the client. */
  readonly expose = true
  /** The property that was refused; undefined where the input as a whole was. */
  readonly property: string | undefined
  /** What it must be, in words; undefined where nobody said. */
  readonly expected: string | undefined

  constructor(message: string, options: InvalidInputOptions = {}) {
    super(message, options, 'INVALID_INPUT')
    this.status = options.status ?? 400
    this.statusCode = this.status
    this.property = options.property
    this.expected = options.expected
  }

  /** The answer as a fetch `Response`, which Hono asks an error for. */
  getResponse(): Response {
    return new Response(this.message, { status: this.status })
  }
}

/** An option, a URL or an engine is not configured rightly. */
export class ConfigurationError extends ArgumentError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'CONFIGURATION')
  }
}

/** A model, column or relation is not defined rightly. */
export class MappingError extends ArgumentError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'MAPPING')
  }
}

/** A value or a statement cannot be brought to an engine. */
export class BindError extends ArgumentError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, 'BIND')
  }
}
