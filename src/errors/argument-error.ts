import { AthanorError, type ErrorOptions } from './athanor-error.ts'
import type { ErrorCode } from './codes.ts'

/** A wrong call, configuration or mapping. Thrown synchronously, before anything is sent. */
export class ArgumentError extends AthanorError {
  constructor(message: string, options?: ErrorOptions, defaultCode: ErrorCode = 'ARGUMENT') {
    super(message, defaultCode, options)
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
