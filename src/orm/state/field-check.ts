import { ArgumentError } from '../../errors/index.ts'
import { hiddenMember, type Mapper } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'
import { hasOwnConstructor, materialize } from './root.ts'

/** Fields of the class bodies, by mapper; undefined for a class whose constructor of its own makes them. */
const fields = new WeakMap<Mapper, ReadonlySet<string> | undefined>()

/**
 * Refuses a field of the class body that has the name of a column or relation: in a new object it would overwrite the value with undefined (settled H15).
 *
 * Makes one object, whose columns are not set yet, and looks at what the class has put on it. A class with a constructor of its own is left out: that must not run.
 * @throws {MappingError} MAPPING naming the field.
 */
export function checkFields(mapper: Mapper): void {
  const own = fieldsOf(mapper)
  const field = own === undefined ? undefined : [...own].find((key) => mapper.definition.has(key))
  if (field !== undefined) throw hiddenMember(mapper.name, field, mapper.definition)
}

function fieldsOf(mapper: Mapper): ReadonlySet<string> | undefined {
  if (!fields.has(mapper))
    fields.set(
      mapper,
      hasOwnConstructor(mapper.model)
        ? undefined
        : new Set(Object.keys(materialize(mapper.model).entity)),
    )
  return fields.get(mapper)
}

/** Refuses properties that nobody declared: `Object.assign(post, request.body)` puts them there. @throws {ArgumentError} ARGUMENT naming the property. */
export function checkOwnKeys(state: InstanceState, mapper: Mapper): void {
  const own = fieldsOf(mapper)
  if (own === undefined) return
  const foreign = Object.keys(state.entity).find(
    (key) => !mapper.definition.columns.has(key) && !own.has(key),
  )
  if (foreign === undefined) return
  throw new ArgumentError(
    `Cannot flush ${state.label}: it has a property "${foreign}", which is no column of ${mapper.name}. Copy what a client sends with assign(object, body, ['…']); declare a field of your own in the class.`,
    {
      info: { object: state.label, property: foreign },
    },
  )
}
