import { MODEL } from '../../sql/index.ts'
import {
  attachDefinition,
  columnsOf,
  extendDefinition,
  markGenerated,
  ModelDefinition,
  type DefinitionOptions,
  type RelationDescriptor,
} from '../mapping/index.ts'
import { defineField } from './field-definer.ts'
import { promotable } from './promotion.ts'
import { assignRelation, readRelation } from './relation-access.ts'
import { Root } from './root.ts'
import { stateOf } from './stamp.ts'
import { unloaded } from './unloaded.ts'

/** Makes a query for the objects of a model; given by the session's folder, which knows queries. */
export type QueryFactory = (model: Function) => unknown

/** The generated base class of a model; `Model()` is its public face. */
export function createModel(
  definition: Readonly<Record<string, unknown>>,
  options: DefinitionOptions,
  query: QueryFactory,
): Function {
  return createBase(Root, new ModelDefinition(definition, options), query)
}

function createBase(parent: Function, definition: ModelDefinition, query: QueryFactory): Function {
  const Parent = parent as new (init: unknown) => object
  const base = class extends Parent {
    static get $name(): string {
      return definition.options.table ?? ''
    }
    static get c(): object {
      return columnsOf(this)
    }
    static query(): unknown {
      return query(this)
    }
    static extend(
      more: Readonly<Record<string, unknown>>,
      moreOptions: DefinitionOptions = {},
    ): Function {
      const extended = extendDefinition(this, more, moreOptions)
      return createBase(extended.base === undefined ? this : promotable(this), extended, query)
    }
  }
  attachDefinition(base, definition)
  markGenerated(base)
  Object.defineProperty(base, MODEL, { value: true })
  for (const property of definition.properties) defineColumnAccessor(base.prototype, property)
  for (const name of definition.relationNames)
    defineRelationAccessor(base.prototype, definition, name)
  return base
}

/** Reached only while the object has no own property of that name: its value is not in memory. */
function defineColumnAccessor(prototype: object, property: string): void {
  Object.defineProperty(prototype, property, {
    configurable: true,
    get(this: object) {
      const state = stateOf(this, `read ${property} of`)
      throw unloaded(state, property)
    },
    set(this: object, value: unknown) {
      defineField(this, property, value)
    },
  })
}

function defineRelationAccessor(
  prototype: object,
  definition: ModelDefinition,
  name: string,
): void {
  let relation: RelationDescriptor | undefined
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: object) {
      return readRelation(
        stateOf(this, `read ${name} of`),
        (relation ??= definition.relation(name)),
      )
    },
    set(this: object, value: unknown) {
      assignRelation(
        stateOf(this, `assign ${name} of`),
        (relation ??= definition.relation(name)),
        value,
      )
    },
  })
}
