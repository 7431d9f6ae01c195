import { ArgumentError } from '../../errors/index.ts'
import type { PathTree } from '../loading/index.ts'
import { definitionOf, type Mapper } from '../mapping/index.ts'

/** @throws {ArgumentError} ARGUMENT for a name that is no column of the model. */
export function checkColumns(model: Function, names: readonly string[]): void {
  const definition = definitionOf(model)
  const unknown = names.find((name) => !definition.columns.has(name))
  if (unknown === undefined) return
  throw new ArgumentError(
    `Cannot select only "${unknown}" of ${model.name}: it has no such column. ${definition.suggestion(unknown)}`,
  )
}

/** @throws {ArgumentError} ARGUMENT for a name that is no relation of the model, and is not `*`. */
export function checkRelations(model: Function, names: readonly string[]): void {
  const definition = definitionOf(model)
  const unknown = names.find((name) => name !== '*' && !definition.relationNames.includes(name))
  if (unknown === undefined) return
  throw new ArgumentError(
    `Cannot refuse to load "${unknown}" of ${model.name}: it has no such relation. ${definition.suggestion(unknown)}`,
  )
}

/**
 * The columns of objects that shall have only some, in the order of the table: those, and what the objects cannot be used without. These are the key, the version, the
 * discriminator, and what the relations along `tree` are found by.
 */
export function onlyColumns(
  mapper: Mapper,
  names: readonly string[],
  tree: PathTree,
): readonly string[] {
  const wanted = new Set(names)
  const followed = [...mapper.relationships.values()]
    .filter(({ name }) => tree.has(name))
    .flatMap(({ localColumns }) => localColumns)
  return mapper.columns
    .filter((column) => {
      const { version, discriminator } = mapper.factsOf(column)
      return (
        column.primaryKey ||
        version ||
        discriminator ||
        followed.includes(column) ||
        wanted.has(column.property)
      )
    })
    .map(({ property }) => property)
}
