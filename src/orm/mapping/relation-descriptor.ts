import { MappingError } from '../../errors/index.ts'
import type { ModelDefinition } from './definition.ts'
import type { RelationBuilder } from './relation-builder.ts'

/**
 * A relation as objects see it, in names of properties and without any database: enough to set foreign keys and to keep both sides of a pair in step.
 * `Relationship` adds columns once a Database wires it.
 */
export class RelationDescriptor {
  readonly name: string
  /** Its place among the relations of its model, from 0. */
  readonly index: number
  readonly owner: ModelDefinition
  readonly builder: RelationBuilder
  readonly toMany: boolean
  /** The foreign key is a property of the owner. */
  readonly holdsForeignKey: boolean
  /** Properties of the owner that hold the target's key; empty unless `holdsForeignKey`. */
  readonly foreignKey: readonly string[]
  #inverse: RelationDescriptor | undefined | null = null

  readonly #definitionOf: (model: object) => ModelDefinition

  constructor(
    facts: Pick<RelationDescriptor, 'owner' | 'name' | 'index' | 'builder'>,
    lookUp: (model: object) => ModelDefinition,
  ) {
    const { kind, options } = facts.builder
    this.owner = facts.owner
    this.name = facts.name
    this.index = facts.index
    this.builder = facts.builder
    this.#definitionOf = lookUp
    this.toMany = kind === 'hasMany' || kind === 'manyToMany'
    this.holdsForeignKey = kind === 'belongsTo'
    const via = options.via ?? `${facts.name}Id`
    this.foreignKey = this.holdsForeignKey ? (typeof via === 'string' ? [via] : via) : []
  }

  /** The target's model class. */
  get targetModel(): Function {
    return this.builder.target as Function
  }

  /** The target's definition. */
  get target(): ModelDefinition {
    return this.#definitionOf(this.builder.target)
  }

  /** Whether the rows stand in an association table. */
  get usesAssociation(): boolean {
    return this.builder.kind === 'manyToMany'
  }

  /** Whether the members are never in memory. */
  get isWriteOnly(): boolean {
    return this.builder.options.lazy === 'writeOnly'
  }

  /** Whether a member that is taken out is deleted. */
  get deletesOrphans(): boolean {
    return this.builder.options.cascade === 'all, delete-orphan'
  }

  /** The same relation seen from the target, where exactly one is declared. */
  get inverse(): RelationDescriptor | undefined {
    if (this.#inverse === null) this.#inverse = this.#findInverse()
    return this.#inverse
  }

  #findInverse(): RelationDescriptor | undefined {
    const { inverse } = this.builder.options
    if (inverse !== undefined)
      return this.target.relationNames.includes(inverse) ? this.target.relation(inverse) : undefined
    const backs = relationsTo(this.target, this.owner).filter(
      (back) => back !== this && this.#pairsWith(back),
    )
    return backs.length === 1 ? backs[0] : undefined
  }

  #pairsWith(back: RelationDescriptor): boolean {
    if (this.usesAssociation || back.usesAssociation)
      return back.usesAssociation && back.builder.options.inverse === this.name
    if (this.holdsForeignKey) return !back.holdsForeignKey && back.inverseName() === this.name
    return back.holdsForeignKey
  }

  /** For hasMany and hasOne: the belongsTo on the other side, named or the only one. @throws {MappingError} MAPPING when there is none or several. */
  inverseName(): string {
    const { inverse } = this.builder.options
    if (inverse !== undefined) return inverse
    const candidates = this.owner.lineage
      .flatMap((owner) => relationsTo(this.target, owner))
      .filter((back) => back.holdsForeignKey)
    if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0].name
    const found =
      candidates.length === 0 ? 'none' : candidates.map((candidate) => candidate.name).join(', ')
    const target = this.targetModel.name
    throw new MappingError(
      `Cannot map the relation "${this.name}" to ${target}: ${target} must have exactly one belongsTo that leads back, and has ${found}. Name the one that is meant: hasMany(${target}, '…').`,
    )
  }
}

function relationsTo(from: ModelDefinition, to: ModelDefinition): RelationDescriptor[] {
  return from.relationNames
    .map((name) => from.relation(name))
    .filter((relation) => relation.target === to)
}
