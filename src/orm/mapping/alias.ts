import { createAlias, type Source } from '../../sql/index.ts'
import { columnsOf } from './columns.ts'
import type { AnyEntity, ClassOf } from './entity-types.ts'
import type { Alias } from './expression-types.ts'

/** The run-time side of `alias()` and `outer()`. @internal */
export class ModelAlias {
  readonly source: Source
  readonly c: object

  constructor(model: object, nullable: boolean) {
    this.source = createAlias(model, nullable)
    this.c = columnsOf(model, this.source)
  }
}

/** A second copy of a model's table in one query: `const parent = alias(Comment)`. */
export function alias<E extends AnyEntity>(model: ClassOf<E>): Alias<E, never> {
  const made: unknown = new ModelAlias(model, false)
  return made as Alias<E, never>
}

/** As `alias`, for a LEFT JOIN: its columns, and the object itself, may be null in the rows. */
export function outer<E extends AnyEntity>(model: ClassOf<E>): Alias<E, null> {
  const made: unknown = new ModelAlias(model, true)
  return made as Alias<E, null>
}
