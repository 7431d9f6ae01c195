import { AthanorError, type ErrorOptions } from './athanor-error.ts'
import type { ErrorCode } from './codes.ts'

/** The pending changes cannot be written. */
export class FlushError extends AthanorError {
  /** The objects concerned, as far as they are known. */
  readonly objects: readonly object[]

  constructor(
    message: string,
    options: ErrorOptions & { readonly objects?: readonly object[] } = {},
    defaultCode: ErrorCode = 'FLUSH',
  ) {
    super(message, defaultCode, options)
    this.objects = options.objects ?? []
  }
}

/** A row was changed or deleted by somebody else meanwhile. */
export class StaleDataError extends FlushError {
  constructor(message: string, options?: ErrorOptions & { readonly objects?: readonly object[] }) {
    super(message, options, 'STALE_DATA')
  }
}

/** Rows depend on each other in a circle. */
export class CircularDependencyError extends FlushError {
  constructor(message: string, options?: ErrorOptions & { readonly objects?: readonly object[] }) {
    super(message, options, 'CIRCULAR_DEPENDENCY')
  }
}
