import { ArgumentError } from '../../errors/index.ts'
import { definitionOf } from '../mapping/index.ts'
import { InstanceState } from './instance-state.ts'

/**
 * Puts the state on a new object as a private field: invisible to spread, JSON, deepEqual and keys, and as fast to reach as a symbol property
 * (spec/perf.md 2: 0.3 µs a hundred objects; a WeakMap 21).
 */
export class Stamp {
  readonly #state: InstanceState

  constructor() {
    this.#state = new InstanceState(this, definitionOf(new.target))
  }

  static stateOf(value: object): InstanceState | undefined {
    return #state in value ? value.#state : undefined
  }
}

/** The state of `value` if it is an object of a model. */
export function findState(value: unknown): InstanceState | undefined {
  return typeof value === 'object' && value !== null ? Stamp.stateOf(value) : undefined
}

/** The state of an object of any model. @throws {ArgumentError} ARGUMENT naming what was given instead. */
export function stateOf(value: unknown, operation: string): InstanceState {
  const state = findState(value)
  if (state !== undefined) return state
  throw new ArgumentError(
    `Cannot ${operation} ${describeForeign(value)}: it is no object of a model. Pass an object made by new …() of a class that extends Model().`,
  )
}

/** `an object of class Invoice`, `a string`: what a message says of a value that is not a mapped object; never the value itself. */
export function describeForeign(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') return `an object of class ${value.constructor?.name ?? 'null'}`
  return `a ${typeof value}`
}
