import { inspect } from 'node:util'
import { InvalidRequestError } from '../../errors/index.ts'
import { ENTITY } from '../../sql/index.ts'
import { markGenerated, writtenClasses } from '../mapping/index.ts'
import { initialize } from './initialize.ts'
import type { InstanceState } from './instance-state.ts'
import { isIncomplete } from './missing-columns.ts'
import { reveal } from './reveal.ts'
import { describe, toJSON } from './serialize.ts'
import { Stamp, stateOf } from './stamp.ts'

/** Passed to a constructor instead of initial values: the object is made from a row. Unknown outside, so that nobody else can say it. */
const FROM_ROW = Symbol('athanor.fromRow')

/** The root of all models: what every object can do. */
export class Root extends Stamp {
  constructor(init: unknown) {
    super()
    if (init !== FROM_ROW) initialize(stateOf(this, 'make'), init)
  }

  /** Makes sure that the row, or the named relations, are in memory. */
  async load(...paths: string[]): Promise<this> {
    const state = stateOf(this, 'load')
    const session = state.openSession
    if (session !== undefined) await session.load([state], paths)
    else if (isUnread(state) || paths.length > 0) throw unloadable(state, paths)
    reveal([state], paths)
    return this
  }

  toJSON(): Record<string, unknown> {
    return toJSON(stateOf(this, 'print'))
  }

  override toString(): string {
    return describe(stateOf(this, 'print'))
  }
}
Object.defineProperty(Root.prototype, ENTITY, { value: true })
markGenerated(Root)
markGenerated(Stamp)
Object.defineProperty(Root.prototype, inspect.custom, { value: describeThis })

function describeThis(this: Root): string {
  return this.toString()
}

function isUnread(state: InstanceState): boolean {
  return state.mapper === null ? state.isHollow : isIncomplete(state, state.mapper)
}

function unloadable(state: InstanceState, paths: readonly string[]): Error {
  const what = paths.length === 0 ? state.label : `${paths.join(', ')} of ${state.label}`
  return (
    state.session?.closedError(`load ${what}`) ??
    new InvalidRequestError(
      `Cannot load ${what}: the object is ${state.status}, so that there is no row to read. Add it to a session and flush it first.`,
    )
  )
}

const makers = new WeakMap<Function, (model: Function) => object>()

/**
 * Makes an object for a row, without initial values. The class's own field initialisers run, so that its fields and #private members exist; a constructor
 * of its own does not run, and then its fields are missing (settled H15; SQLAlchemy skips `__init__` likewise).
 */
export function materialize(model: Function): InstanceState {
  let make = makers.get(model)
  if (make === undefined) {
    make = hasOwnConstructor(model) ? constructPastIt : constructFromRow
    makers.set(model, make)
  }
  return stateOf(make(model), 'make')
}

const FROM_ROW_ONLY = [FROM_ROW]
const constructFromRow = (model: Function): object =>
  Reflect.construct(model, FROM_ROW_ONLY) as object
const constructPastIt = (model: Function): object =>
  Reflect.construct(Root, FROM_ROW_ONLY, model) as object

/** Reads the source of the written classes, since the language does not tell: a derived default constructor is not in it. */
export function hasOwnConstructor(model: Function): boolean {
  return [...writtenClasses(model)].some((written) =>
    /(?:^|[\s;{}])["']?constructor["']?\s*\(/.test(Function.prototype.toString.call(written)),
  )
}
