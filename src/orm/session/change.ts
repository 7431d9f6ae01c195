import {
  definitionOf,
  type AnyEntity,
  type ClassOf,
  type ColKeys,
  type DefOf,
  type Key,
} from '../mapping/index.ts'

/**
 * One column of a changed row. undefined: there was, or is, no row; or the session never read the value.
 * @since 0.2
 */
export interface ColumnChange<T = unknown> {
  /** Its value before the transaction, as the session had read it. */
  readonly old: T | undefined
  /** Its value as it is stored. */
  readonly new: T | undefined
}

/**
 * What a transaction has made of one row, all its flushes taken together: a record of values, which stays as it is whatever becomes of the object. `session.get` with
 * `identity` gives the object.
 * @since 0.2
 */
export interface RowChange {
  /** Against the state before the transaction: a row that it both inserted and updated is an `insert`, one that it inserted and deleted is not reported. */
  readonly kind: 'insert' | 'update' | 'delete'
  /** The class of the row's objects, where several share the table that of this row; undefined for a row of an association table that no model maps. */
  readonly model: ClassOf<AnyEntity> | undefined
  /** The engine key of the table; `scope.engine(engineKey)` is what has stored it. */
  readonly engineKey: string
  /** The table's name in the database. */
  readonly table: string
  /** The primary key, as `session.get` takes it. */
  readonly identity: unknown
  /**
   * By property. An `update`: the columns whose value differs; an `insert` or `delete`: all that are known. Those of `hidden()` columns can be read and are not enumerable: no log
   * and no JSON shows them.
   */
  readonly columns: Readonly<Record<string, ColumnChange>>
}

/**
 * A change of a row of one model, with the model's types: what `isChangeOf` recognises.
 * @since 0.2
 */
export type ChangeOf<E extends AnyEntity> = RowChange & {
  /** The primary key, as `session.get` takes it. */
  readonly identity: Key<E>
  /** By property: see `RowChange`. */
  readonly columns: { readonly [C in ColKeys<DefOf<E>> & keyof E]?: ColumnChange<E[C]> }
}

/**
 * A statement past the unit of work that has touched rows: which ones is not known.
 * @since 0.2
 */
export interface BulkChange {
  /** Tells it from a row's change. */
  readonly kind: 'bulk'
  /** The engine key of the table; `scope.engine(engineKey)` is what has stored it. */
  readonly engineKey: string
  /** The table's name in the database. */
  readonly table: string
  /** What the statement does; an upsert is an `insert`. */
  readonly op: 'insert' | 'update' | 'delete'
  /** How many rows it has touched; never 0. */
  readonly rowCount: number
}

/**
 * A change that a transaction stores: of a row by the unit of work, or of a number of rows by a statement.
 * @since 0.2
 */
export type Change = RowChange | BulkChange

/**
 * Whether a change is one of a row of `model`, or of a model that inherits from it in the same table; its identity and columns have the model's types then. Bulk statements are none.
 * @since 0.2
 */
export function isChangeOf<E extends AnyEntity>(
  change: Change,
  model: ClassOf<E>,
): change is ChangeOf<E> {
  return change.kind !== 'bulk' && isRowOf(change.model, model)
}

function isRowOf(model: object | undefined, asked: object): boolean {
  return model !== undefined && (model === asked || isRowOf(definitionOf(model).base, asked))
}
