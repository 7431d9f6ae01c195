import type { Association, Mapper, Relationship } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'

/** A row of the same flush that must be written first. */
export interface Dependency {
  readonly parent: InstanceState
  readonly relationship: Relationship
}

/** A value that is known only after another row of the same flush was inserted. */
export interface LateValue extends Dependency {
  /** Place in `values`. */
  readonly ordinal: number
  /** The property of the parent whose value it is. */
  readonly property: string
}

/** One row to insert. `values` has a place for each column; undefined = left to the database, LATE = given by another row. */
export interface InsertRow {
  readonly state: InstanceState
  readonly values: unknown[]
  readonly late: readonly LateValue[]
  /** New rows that it refers to, by a key that is known already or not. */
  readonly after: readonly Dependency[]
}

/** One row to update: stored forms of the changed columns, or expressions that the database computes. */
export interface UpdateRow {
  readonly state: InstanceState
  /** The deleted object whose row a new object takes over. */
  readonly replaces?: InstanceState
  /** Changed columns, ascending. */
  readonly ordinals: readonly number[]
  readonly values: unknown[]
  readonly late: readonly LateValue[]
  /** Those of them whose property the flush has to set: given by a relation or by onUpdate, not by the property itself. */
  readonly generated: readonly number[]
  /** The version that the row must still have; undefined where the model has none. */
  readonly version: number | undefined
}

/** A pair of rows to be tied, or untied, in an association table. */
export interface LinkRow {
  readonly owner: InstanceState
  readonly target: InstanceState
  /** Whether memory knows that the row is not there yet, or still is: the members were read in this transaction, or an end is new. Otherwise a row that is as wanted already is left so. */
  readonly isKnown: boolean
}

/** The statements of one flush, in order. Made without any I/O; values that depend on generated keys are named in `late`. */
export interface FlushPlan {
  readonly steps: readonly FlushStep[]
}

/** Rows of one table that go the same way. */
export type FlushStep =
  | { readonly kind: 'insert'; readonly mapper: Mapper; readonly rows: readonly InsertRow[] }
  | { readonly kind: 'update'; readonly mapper: Mapper; readonly rows: readonly UpdateRow[] }
  | { readonly kind: 'delete'; readonly mapper: Mapper; readonly states: readonly InstanceState[] }
  | {
      readonly kind: 'link'
      readonly engineKey: string
      readonly association: Association
      readonly rows: readonly LinkRow[]
    }
  | {
      readonly kind: 'unlink'
      readonly engineKey: string
      readonly association: Association
      readonly rows: readonly LinkRow[]
    }
  | {
      readonly kind: 'unlinkAll'
      readonly relationship: Relationship
      readonly owners: readonly InstanceState[]
    }
