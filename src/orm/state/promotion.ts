import { markGenerated, type Mapper } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'
import { hasOwnConstructor } from './root.ts'

/** Passed to a constructor in the place of initial values: the fields of a class are to be put on an object of its base. */
class Promotion {
  readonly entity: object
  readonly from: Function

  constructor(entity: object, from: Function) {
    this.entity = entity
    this.from = from
  }
}

/** `parent`, as a class that its subclasses can put their fields on an object through which `parent` has made already. */
export function promotable(parent: Function): Function {
  const Parent = parent as new (init: unknown) => object
  const between = class extends Parent {
    constructor(init: unknown) {
      // oxlint-disable-next-line no-constructor-return -- fields of the subclass are defined on what a constructor gives back
      if (init instanceof Promotion && init.from === parent) return init.entity
      super(init)
    }
  }
  markGenerated(between)
  return between
}

/**
 * Makes an object of a base one of a model that inherits from it: so far there was nothing but its key, or its row has become one of the other model. It stays the same object.
 * False, and nothing is done, where the model does not inherit from the object's.
 */
export function promote(state: InstanceState, mapper: Mapper): boolean {
  const from = state.mapper
  if (from === null || !mapper.isA(from)) return false
  Object.setPrototypeOf(state.entity, mapper.model.prototype as object)
  if (!hasOwnConstructor(mapper.model))
    Reflect.construct(mapper.model, [new Promotion(state.entity, from.model)])
  state.mapper = mapper
  state.definition = mapper.definition
  state.isHollow = true // the columns of the other model are not in memory
  return true
}
