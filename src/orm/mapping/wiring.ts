import { MappingError } from '../../errors/index.ts'
import { constraintName, Table, type Column, type ForeignKeyOptions } from '../../schema/index.ts'
import { snakeCase } from '../../util/index.ts'
import type { Mapper } from './mapper.ts'
import type { RelationDescriptor } from './relation-descriptor.ts'
import { Relationship, type Association, type RelationshipRules } from './relationship.ts'
import { addForeignKey } from './table-builder.ts'

/** What wiring asks of the registry. */
export interface WiringContext {
  mapperOf(model: object, asked: string): Mapper
  /** The association table of that name: `made`, or what an earlier relation has made of the same two models. @throws {MappingError} MAPPING when something else has the name. */
  associationTable(made: Table, label: string): Table
}

/** Wires the relation `name` of `owner`: finds columns, declares constraints. @throws {MappingError} MAPPING naming the relation and what is missing. */
export function wire(
  owner: Mapper,
  descriptor: RelationDescriptor,
  context: WiringContext,
): Relationship {
  const target = context.mapperOf(descriptor.targetModel, `${owner.name}.${descriptor.name}`)
  const base = {
    name: descriptor.name,
    index: descriptor.index,
    descriptor,
    owner,
    target,
    rules: rulesOf(owner, descriptor, target),
    through: undefined,
  }
  if (descriptor.holdsForeignKey) return wireBelongsTo(base)
  return descriptor.usesAssociation ? wireManyToMany(base, context) : wireInverse(base)
}

type Base = Pick<Relationship, 'name' | 'index' | 'descriptor' | 'owner' | 'target' | 'rules'> & {
  readonly through: undefined
}

function wireBelongsTo(base: Base): Relationship {
  const { owner, target, descriptor } = base
  const localColumns = descriptor.foreignKey.map((property) => {
    const column = owner.column(property)
    if (column !== undefined) return column
    throw new MappingError(
      `Cannot map ${owner.name}.${base.name}: there is no column "${property}". Add ${property}: int(), or name the foreign key with belongsTo(${target.name}, { via: '…' }).`,
    )
  })
  checkKeyWidth(base, localColumns)
  checkSameEngine(base)
  const [{ table: holder } = owner] = localColumns
  addForeignKey(
    holder,
    localColumns,
    target.table.primaryKey,
    actionsOf(descriptor.builder.options),
  )
  return new Relationship({
    ...base,
    toMany: false,
    holdsForeignKey: true,
    localColumns,
    remoteColumns: target.keyColumns,
  })
}

function checkKeyWidth({ owner, target, name }: Base, localColumns: readonly Column[]): void {
  const keys = target.keyColumns
  if (keys.length !== localColumns.length) {
    throw new MappingError(
      `Cannot map ${owner.name}.${name}: the primary key of ${target.name} has ${keys.length} columns (${keys.map((key) => key.property).join(', ')}), and the foreign key has ${localColumns.length}. List them all: { via: ['…', '…'] }.`,
    )
  }
  for (const [i, column] of localColumns.entries()) {
    const key = keys[i]
    if (key !== undefined && !comparable(column, key)) {
      throw new MappingError(
        `Cannot map ${owner.name}.${name}: ${column.property} is ${column.type.kind}, and the primary key ${target.name}.${key.property} is ${key.type.kind}. Give both the same type.`,
      )
    }
  }
}

const TEXTUAL = new Set(['text', 'varchar', 'oneOf'])

function comparable(a: Column, b: Column): boolean {
  return a.type.kind === b.type.kind || (TEXTUAL.has(a.type.kind) && TEXTUAL.has(b.type.kind))
}

function checkSameEngine({ owner, target, name }: Base): void {
  if (owner.engineKey !== target.engineKey) {
    throw new MappingError(
      `Cannot map ${owner.name}.${name}: ${owner.name} lives on engine "${owner.engineKey}" and ${target.name} on "${target.engineKey}". A relation needs both on one engine.`,
    )
  }
}

/** hasMany and hasOne: the other side of a belongsTo. */
function wireInverse(base: Base): Relationship {
  const { owner, target, name, descriptor } = base
  const inverse = descriptor.inverseName()
  const back = target.definition.relationNames.includes(inverse)
    ? target.definition.relation(inverse)
    : undefined
  if (back?.holdsForeignKey !== true) {
    throw new MappingError(
      `Cannot map ${owner.name}.${name}: ${target.name} has no belongsTo called "${inverse}". ${target.definition.suggestion(inverse)}`,
    )
  }
  if (descriptor.isWriteOnly && !base.rules.passiveDeletes) {
    throw new MappingError(
      `Cannot map ${owner.name}.${name}: it is write-only, so that nobody loads its members when the object is deleted, and the database does nothing about them. Say what it shall do: ${inverse}: () => belongsTo(${owner.name}, { onDelete: 'cascade' }), or 'set null'.`,
    )
  }
  const remoteColumns = back.foreignKey.flatMap((property) => target.column(property) ?? [])
  return new Relationship({
    ...base,
    toMany: descriptor.toMany,
    holdsForeignKey: false,
    localColumns: owner.keyColumns,
    remoteColumns,
  })
}

function wireManyToMany(base: Base, context: WiringContext): Relationship {
  checkSameEngine(base)
  const { owner, target, descriptor } = base
  const { inverse } = descriptor.builder.options
  const through =
    inverse === undefined
      ? association(owner, descriptor, target, context)
      : turned(associationOfOwner(base, inverse, context))
  return new Relationship({
    ...base,
    through,
    toMany: true,
    holdsForeignKey: false,
    localColumns: owner.keyColumns,
    remoteColumns: [],
  })
}

function associationOfOwner(base: Base, inverse: string, context: WiringContext): Association {
  const { owner, target, name } = base
  const back = target.definition.relationNames.includes(inverse)
    ? target.definition.relation(inverse)
    : undefined
  if (back?.usesAssociation !== true || back.builder.options.through === undefined) {
    throw new MappingError(
      `Cannot map ${owner.name}.${name}: ${target.name} has no manyToMany called "${inverse}" with { through }. ${target.definition.suggestion(inverse)}`,
    )
  }
  return association(target.declaring(back.owner), back, owner, context)
}

function turned(link: Association): Association {
  return { ...link, ownerColumns: link.targetColumns, targetColumns: link.ownerColumns }
}

function association(
  owner: Mapper,
  descriptor: RelationDescriptor,
  target: Mapper,
  context: WiringContext,
): Association {
  const { through } = descriptor.builder.options
  const label = `${owner.name}.${descriptor.name}`
  if (typeof through === 'function')
    return mappedAssociation(label, [owner, target], context.mapperOf(through(), label))
  if (through === undefined || through === '') {
    throw new MappingError(
      `Cannot map ${label}: manyToMany needs { through: 'table' } or { through: () => Model } on one side and { inverse: '…' } on the other.`,
    )
  }
  const table = context.associationTable(linkTable(through, owner, target), label)
  const half = owner.keyColumns.length
  return {
    table,
    mapper: undefined,
    ownerColumns: table.columns.slice(0, half),
    targetColumns: table.columns.slice(half),
  }
}

/** A table of nothing but the two keys: `post_id`, `tag_id`. */
function linkTable(name: string, owner: Mapper, target: Mapper): Table {
  const table = new Table(name, owner.engineKey)
  const side = (mapper: Mapper, prefix: string): Column[] =>
    mapper.keyColumns.map((key) =>
      table.addColumn({
        name: `${prefix}_${key.name}`,
        property: `${prefix}_${key.name}`,
        type: key.type,
        nullable: false,
        primaryKey: true,
        autoIncrement: false,
        serverDefault: undefined,
        computed: undefined,
      }),
    )
  const ownerPrefix = snakeCase(owner.name)
  const targetPrefix = owner === target ? `other_${ownerPrefix}` : snakeCase(target.name)
  addForeignKey(table, side(owner, ownerPrefix), owner.table.primaryKey, { onDelete: 'cascade' })
  const targetColumns = side(target, targetPrefix)
  addForeignKey(table, targetColumns, target.table.primaryKey, { onDelete: 'cascade' })
  table.indexes.push({
    name: constraintName.index(
      name,
      targetColumns.map((column) => column.name),
    ),
    columns: targetColumns,
    unique: false,
  })
  return table
}

function mappedAssociation(
  label: string,
  [owner, target]: readonly [Mapper, Mapper],
  link: Mapper,
): Association {
  const { base, family, definition } = link
  if (
    base !== undefined ||
    (family !== undefined && definition.options.discriminator === undefined)
  )
    throw new MappingError(
      `Cannot map ${label}: ${link.name} shares its table with models whose rows would be ties too, or has no rows of its own. Give the association a model with a table of its own, or the base of all with a discriminator.`,
    )
  const columnsTo = (side: Mapper, place: number): readonly Column[] => {
    const found = link.definition.relations.filter(
      (relation) => relation.holdsForeignKey && side.definition.lineage.includes(relation.target),
    )
    const chosen = owner === target ? found[place] : found.length === 1 ? found[0] : undefined
    if (chosen !== undefined)
      return chosen.foreignKey.flatMap((property) => link.column(property) ?? [])
    throw new MappingError(
      `Cannot map ${label}: ${link.name} must have one belongsTo that leads to ${side.name}, and has ${found.length}.`,
    )
  }
  return {
    table: link.table,
    mapper: link,
    ownerColumns: columnsTo(owner, 0),
    targetColumns: columnsTo(target, 1),
  }
}

function actionsOf({ onDelete, onUpdate }: ForeignKeyOptions): ForeignKeyOptions {
  return {
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
  }
}

function rulesOf(owner: Mapper, descriptor: RelationDescriptor, target: Mapper): RelationshipRules {
  const {
    cascade = 'save',
    orderBy,
    passiveDeletes,
    postUpdate = false,
  } = descriptor.builder.options
  return {
    cascadeDelete: cascade !== 'save',
    deleteOrphan: descriptor.deletesOrphans,
    passiveDeletes: passiveDeletes ?? databaseDeletes(descriptor),
    postUpdate,
    orderBy: orderBy === undefined ? undefined : orderOf(owner, descriptor.name, orderBy, target),
  }
}

/** Whether ON DELETE CASCADE or SET NULL of the foreign key on the other side does what deleting the owner asks for. */
function databaseDeletes(descriptor: RelationDescriptor): boolean {
  if (descriptor.holdsForeignKey || descriptor.usesAssociation) return false
  const action = descriptor.inverse?.builder.options.onDelete
  return action === 'cascade' || action === 'set null'
}

function orderOf(
  owner: Mapper,
  name: string,
  orderBy: string,
  target: Mapper,
): RelationshipRules['orderBy'] {
  const descending = orderBy.startsWith('-')
  const column = target.column(descending ? orderBy.slice(1) : orderBy)
  if (column !== undefined) return { column, descending }
  throw new MappingError(
    `Cannot map ${owner.name}.${name}: it is ordered by "${orderBy}", and ${target.name} has no such column. ${target.definition.suggestion(orderBy)}`,
  )
}
