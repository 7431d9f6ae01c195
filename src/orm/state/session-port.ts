import type { SelectEntity, Mapper } from '../mapping/index.ts'
import type { AnyEntity } from '../mapping/index.ts'
import type { RelationDescriptor } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'

/** Statements about the members of a relation of one object, past the unit of work. */
export interface RelatedStatements {
  count(): Promise<number>
  insert(rows: readonly Readonly<Record<string, unknown>>[]): unknown
  update(): unknown
  deleteFrom(): unknown
}

/** What an object may ask of the session that it belongs to. Objects and loaders know no more of it. */
export interface SessionPort {
  readonly isClosed: boolean
  /** What users know as the session. */
  readonly face: object
  /** What messages call it. */
  readonly name: string
  /** Grows whenever what was read before may be out of date: a commit, a rollback. */
  readonly epoch: number
  /** The mapper of a model in this session's database. */
  mapperOf(model: object): Mapper
  /** The session's object with this key, made with nothing but its key when there is none; null where the key is that of an object of another model. Sends nothing. */
  reference(model: object, key: readonly unknown[]): object | null
  /** Puts an object, and what its relations lead to, under the session's care. Sends nothing. */
  adopt(entity: object): void
  /** Loads a row, or relations along dotted paths, for the objects and their siblings. */
  load(states: readonly InstanceState[], paths: readonly string[]): Promise<void>
  /** A query for the members of a relation. */
  selectRelated(
    state: InstanceState,
    relation: RelationDescriptor,
  ): SelectEntity<AnyEntity, AnyEntity>
  /** Statements about the members of a relation. */
  changeRelated(state: InstanceState, relation: RelationDescriptor): RelatedStatements
  /** The error for using an object whose session is closed. */
  closedError(operation: string): Error
}
