import { ArgumentError } from '../../errors/index.ts'
import { Expression } from '../../sql/index.ts'
import type { InstanceState } from '../state/index.ts'

/**
 * Sets columns of an object to values, or to what the database shall compute: the expression stands in the property until a flush has written it.
 *
 * @throws {ArgumentError} ARGUMENT for a name that is no column, for undefined, and for an expression where there is no row to compute from.
 */
export function setValues(state: InstanceState, values: Readonly<Record<string, unknown>>): void {
  for (const [property, value] of Object.entries(values)) check(state, property, value)
  Object.assign(state.entity, values)
}

function check(state: InstanceState, property: string, value: unknown): void {
  const what = `${state.name}.${property} of ${state.label}`
  if (!state.definition.columns.has(property))
    throw new ArgumentError(
      `Cannot set ${what}: there is no such column. ${state.definition.suggestion(property)}`,
    )
  if (value === undefined)
    throw new ArgumentError(
      `Cannot set ${what} to undefined. Leave it out to keep what is there, or pass null to store no value.`,
    )
  if (value instanceof Expression && state.row === null)
    throw new ArgumentError(
      `Cannot set ${what} to an expression: it is new, and has no row to compute from. Give a value, or declare the column with serverDefault(); behind the flush an expression can be set.`,
    )
}
