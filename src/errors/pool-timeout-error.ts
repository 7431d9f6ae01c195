import { AthanorError, type ErrorOptions } from './athanor-error.ts'

/** No connection came free in time; `info` has size, in use, waiting and the longest holders with their scopes. */
export class PoolTimeoutError extends AthanorError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, 'POOL_TIMEOUT', options)
  }
}
