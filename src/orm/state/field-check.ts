import { hiddenMember, type Mapper } from '../mapping/index.ts'
import { hasOwnConstructor, materialize } from './root.ts'

/**
 * Refuses a field of the class body that has the name of a column or relation: in a new object it would overwrite the value with undefined (settled H15).
 *
 * Makes one object, whose columns are not set yet, and looks at what the class has put on it. A class with a constructor of its own is left out: that must not run.
 * @throws {MappingError} MAPPING naming the field.
 */
export function checkFields(mapper: Mapper): void {
  if (hasOwnConstructor(mapper.model)) return
  const { entity } = materialize(mapper.model)
  const field = Object.keys(entity).find((key) => mapper.definition.has(key))
  if (field !== undefined) throw hiddenMember(mapper.name, field, mapper.definition)
}
