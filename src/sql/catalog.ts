import type { Column, Table } from '../schema/index.ts'
import type { RowFilter } from './row-filter.ts'

/** How rows of a relation's target are found from a row of its owner. */
export interface JoinPath {
  /** The target's model. */
  readonly target: object
  readonly toMany: boolean
  /** True when a row may have no target, so that a join must keep it: LEFT JOIN. */
  readonly optional: boolean
  /** Owner column = target column; or, with `through`, empty. */
  readonly pairs: readonly (readonly [owner: Column, target: Column])[]
  readonly through?: {
    readonly table: Table
    readonly ownerPairs: readonly (readonly [owner: Column, link: Column])[]
    readonly targetPairs: readonly (readonly [link: Column, target: Column])[]
  }
}

/** What a statement must know about the models it mentions, when it is compiled for one database. */
export interface Catalog {
  /** @throws {ArgumentError} when this database does not know the model: the text names it and says to add it to `models`. */
  tableOf(model: object): Table
  /** Which rows of the table are the model's; undefined = all. */
  filterOf(model: object): RowFilter | undefined
  relation(model: object, name: string): JoinPath
  /** `Post`, for messages. */
  nameOf(model: object): string
}
