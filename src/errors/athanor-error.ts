import type { ErrorCode } from './codes.ts'

/** What every error carries beside its text. */
export interface ErrorOptions {
  /** Stable code; by default the class's own. */
  readonly code?: ErrorCode
  /** Facts that a program may want: names, counts, keys. Never a password, never a bound value. */
  readonly info?: Readonly<Record<string, unknown>>
  /** What the driver or the user's code threw, untouched. */
  readonly cause?: unknown
}

/**
 * The root of all errors that athanor throws.
 *
 * Branch on the class or on `code`, both stable; the text may change in a patch. A text says what failed, where, and what to do.
 * @since 0.1
 */
export abstract class AthanorError extends Error {
  /** Upper snake case, stable for ever, listed in docs/errors.md. */
  readonly code: ErrorCode
  /** Facts for programs: names, counts, keys. */
  readonly info: Readonly<Record<string, unknown>>

  constructor(message: string, defaultCode: ErrorCode, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = options.code ?? defaultCode
    this.info = options.info ?? {}
  }
}

/** Makes the first stack frame of `error` the line that called `publicFunction`. */
export function fromCaller<E extends Error>(error: E, publicFunction: Function): E {
  Error.captureStackTrace(error, publicFunction)
  return error
}

const FRAMES_TO_THE_PROGRAM = 50

/** Runs `make`, whose errors have stacks that reach through libraries to the line of the program: Node's ten frames end before it. */
export function withWholeStack<T>(make: () => T): T {
  const usual = Error.stackTraceLimit
  Error.stackTraceLimit = Math.max(usual, FRAMES_TO_THE_PROGRAM)
  try {
    return make()
  } finally {
    Error.stackTraceLimit = usual
  }
}
