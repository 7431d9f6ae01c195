import { ArgumentError } from '../../errors/index.ts'
import type { AnyEntity, ColKeys, DefOf } from '../mapping/index.ts'
import { stateOf } from './stamp.ts'

/**
 * Copies the named columns of a request's body, or of any object, to an object of a model; columns that the body leaves out stay as they are. What is not named cannot be
 * set, whatever a client sends.
 *
 * @throws {ArgumentError} ARGUMENT for a name that is no column, and for a value that its column does not take: nothing is assigned then.
 */
export function assign<E extends AnyEntity, const K extends ColKeys<DefOf<E>> & string>(
  entity: E,
  body: object,
  columns: readonly K[],
): E {
  const { definition, name } = stateOf(entity, 'assign to')
  const values = columns.flatMap((column) => {
    const facts = definition.columns.get(column)
    if (facts === undefined)
      throw new ArgumentError(
        `Cannot assign ${name}.${column}: there is no such column. ${definition.suggestion(column)}`,
      )
    const value: unknown = Object.hasOwn(body, column) ? Reflect.get(body, column) : undefined
    if (value === undefined) return []
    if (value === null ? !facts.nullable : !facts.type.accepts(value)) {
      throw new ArgumentError(
        `Cannot assign ${name}.${column}: it takes ${facts.type.expects}. Check the value, and convert it before it is assigned.`,
        { info: { model: name, property: column } },
      )
    }
    return [[column, value] as const]
  })
  for (const [column, value] of values) Reflect.set(entity, column, value)
  return entity
}
