import { ArgumentError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'

/** Key values in column order, of the bare value of one column or an object of several by name. @throws {ArgumentError} ARGUMENT naming the key's columns. */
export function keyOf(mapper: Mapper, key: unknown): unknown[] {
  const properties = mapper.definition.keyProperties
  if (properties.length === 1 && !isPlainObject(key)) return [defined(mapper, key)]
  if (!isPlainObject(key)) throw wrongForm(mapper, properties)
  const names = Object.keys(key)
  if (
    names.length !== properties.length ||
    properties.some((property) => !names.includes(property))
  )
    throw wrongForm(mapper, properties)
  return properties.map((property) => defined(mapper, key[property]))
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  )
}

function defined(mapper: Mapper, value: unknown): unknown {
  if (value !== undefined) return value
  throw new ArgumentError(
    `Cannot get ${mapper.name} by an undefined key: a missing value must not look like a missing row. Check it before, or pass null.`,
  )
}

function wrongForm(mapper: Mapper, properties: readonly string[]): ArgumentError {
  const form =
    properties.length === 1
      ? 'the value itself'
      : `{ ${properties.map((property) => `${property}: …`).join(', ')} }`
  return new ArgumentError(
    `Cannot get ${mapper.name}: its primary key is ${properties.join(', ')}. Pass ${form}.`,
  )
}
