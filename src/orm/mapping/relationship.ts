import type { Column, Table } from '../../schema/index.ts'
import type { JoinPath } from '../../sql/index.ts'
import type { Mapper } from './mapper.ts'
import type { RelationDescriptor } from './relation-descriptor.ts'

/** The table that ties the two sides of a many-to-many relation. */
export interface Association {
  readonly table: Table
  /** The mapper of its rows when a model maps it; its client defaults apply to new links. */
  readonly mapper: Mapper | undefined
  /** Columns that hold the owner's key, in the order of that key. */
  readonly ownerColumns: readonly Column[]
  /** Columns that hold the target's key, in the order of that key. */
  readonly targetColumns: readonly Column[]
}

/** What happens along a relation beside the foreign key itself. */
export interface RelationshipRules {
  /** Deleting the owner deletes the members. */
  readonly cascadeDelete: boolean
  /** A member taken out of the relation is deleted. */
  readonly deleteOrphan: boolean
  /** The database takes care of members that are not loaded when the owner goes. */
  readonly passiveDeletes: boolean
  /** The foreign key is written by an UPDATE after both rows exist. */
  readonly postUpdate: boolean
  /** Column of the target that a collection is ordered by. */
  readonly orderBy: { readonly column: Column; readonly descending: boolean } | undefined
}

/**
 * A relation of one model in one database, wired: which columns of the two sides hold the same values.
 *
 * Code asks for what it needs to know (`toMany`, `holdsForeignKey`, `through`), never for the kind's name.
 */
export class Relationship {
  readonly name: string
  /** The relation as objects see it. */
  readonly descriptor: RelationDescriptor
  /** Its place among the owner's relations, from 0. */
  readonly index: number
  readonly owner: Mapper
  readonly target: Mapper
  readonly toMany: boolean
  /** The foreign key is in the owner's table: the relation is to one row, known by its key without a query. */
  readonly holdsForeignKey: boolean
  /** Columns of the owner: the foreign key where the owner holds it, else the owner's primary key. */
  readonly localColumns: readonly Column[]
  /** Columns of the target in the same order; empty where an association table stands between. */
  readonly remoteColumns: readonly Column[]
  readonly through: Association | undefined
  readonly rules: RelationshipRules

  constructor(facts: Omit<Relationship, 'inverse' | 'joinPath' | 'label' | 'isOptional'>) {
    this.name = facts.name
    this.descriptor = facts.descriptor
    this.index = facts.index
    this.owner = facts.owner
    this.target = facts.target
    this.toMany = facts.toMany
    this.holdsForeignKey = facts.holdsForeignKey
    this.localColumns = facts.localColumns
    this.remoteColumns = facts.remoteColumns
    this.through = facts.through
    this.rules = facts.rules
  }

  /** `Post.author`, for messages. */
  get label(): string {
    return `${this.owner.name}.${this.name}`
  }

  /** The relation back, where one is declared. */
  get inverse(): Relationship | undefined {
    const back = this.descriptor.inverse
    return back === undefined ? undefined : this.target.relationships.get(back.name)
  }

  /** Whether an owner may have no target. */
  get isOptional(): boolean {
    return !this.holdsForeignKey || this.localColumns.some((column) => column.nullable)
  }

  /** How statements join the target. */
  get joinPath(): JoinPath {
    const { through } = this
    const path = {
      target: this.target.model,
      toMany: this.toMany,
      optional: this.isOptional,
      pairs: pairs(this.localColumns, this.remoteColumns),
    }
    if (through === undefined) return path
    return {
      ...path,
      pairs: [],
      through: {
        table: through.table,
        ownerPairs: pairs(this.localColumns, through.ownerColumns),
        targetPairs: pairs(through.targetColumns, this.target.keyColumns),
      },
    }
  }
}

function pairs(left: readonly Column[], right: readonly Column[]): (readonly [Column, Column])[] {
  return left.flatMap((column, i) => {
    const other = right[i]
    return other === undefined ? [] : [[column, other] as const]
  })
}
