import type { Def, ModelClass, ModelOptions } from '../mapping/index.ts'
import { createModel } from '../state/index.ts'
import { EntityQuery } from './entity-query.ts'
import { sessionFor } from './query-scopes.ts'
import { coreOf } from './session.ts'

/**
 * The base class of a model.
 *
 * ```ts
 * class Post extends Model({ id: id(), title: varchar(200), authorId: int(), author: () => belongsTo(User) }) {
 *   excerpt() { return this.title.slice(0, 20) }
 * }
 * ```
 * Columns are values, relations are arrows, so that models may refer to each other in any order of import.
 * @throws {MappingError} MAPPING for a value that is neither, or a reserved name.
 * @since 0.1
 */
export function Model<D extends Def, const N extends string = string>(
  definition: D,
  options: ModelOptions<D, N> = {},
): ModelClass<D, N> {
  const base: unknown = createModel(definition, options, queryOf)
  return base as ModelClass<D, N>
}

/** `Post.query()`: finds its session when it is executed. */
function queryOf(model: Function): EntityQuery {
  return new EntityQuery(() => coreOf(sessionFor(model)), model)
}
