import { StaleDataError } from '../../errors/index.ts'
import type { IdentityKey, Mapper, RelationDescriptor, Relationship } from '../mapping/index.ts'
import {
  assignRelation,
  Collection,
  collectionOf,
  initialize,
  materialize,
  ownValue,
  peekRelation,
  readRelation,
  stateOf,
  type InstanceState,
} from '../state/index.ts'
import type { SessionCore } from './session-core.ts'

/**
 * Copies objects of elsewhere, and what their relations lead to, onto the session's own objects of the same rows.
 *
 * What was never set on an object stays as the row has it; null overwrites. Reads what is not in memory, one statement an object, and flushes nothing.
 * @remarks Semantics: SQLAlchemy `Session.merge()` with its default cascade.
 */
export class Merger {
  readonly #core: SessionCore
  /** The session's own object for each that was met, so that a circle ends. */
  readonly #targets = new Map<InstanceState, InstanceState>()
  /** New objects by the key that they were given, so that two copies of one row stay one. */
  readonly #made = new Map<Mapper, Map<IdentityKey, InstanceState>>()

  constructor(core: SessionCore) {
    this.#core = core
  }

  /** The session's own object for `source`. @throws {StaleDataError} STALE_DATA when the row has another version than the copy. */
  async merge(source: InstanceState): Promise<InstanceState> {
    const known = this.#targets.get(source)
    if (known !== undefined) return known
    const mapper = this.#core.mapperOf(source.entity.constructor)
    const isOwn =
      source.session === this.#core && (source.phase === 'pending' || source.phase === 'persistent')
    const target = isOwn ? source : await this.#targetOf(source, mapper)
    this.#targets.set(source, target)
    if (isOwn || source.isHollow) return target
    checkVersion(source, target, mapper)
    for (const [property, value] of copied(source, mapper))
      if (!isKey(mapper, property)) target.properties[property] = value
    for (const relationship of source.relations === null ? [] : mapper.relationships.values())
      await this.#mergeRelation(source, target, relationship)
    return target
  }

  async #targetOf(source: InstanceState, mapper: Mapper): Promise<InstanceState> {
    const key = source.keyValues
    const identity = mapper.identityOf(key)
    if (identity === null) return this.#make(source, mapper)
    if (source.isHollow) return this.#core.objects.requireReference(mapper, key)
    const made = this.#made.get(mapper)?.get(identity)
    if (made !== undefined) return made
    const found = await this.#core.objects.find(mapper, key)
    if (found !== null) return found
    const target = this.#make(source, mapper)
    this.#made.set(
      mapper,
      (this.#made.get(mapper) ?? new Map<IdentityKey, InstanceState>()).set(identity, target),
    )
    return target
  }

  #make(source: InstanceState, mapper: Mapper): InstanceState {
    const target = materialize(mapper.model)
    initialize(target, Object.fromEntries(copied(source, mapper)))
    this.#core.objects.add(target)
    return target
  }

  async #mergeRelation(
    source: InstanceState,
    target: InstanceState,
    relationship: Relationship,
  ): Promise<void> {
    const { descriptor } = relationship
    const slot = source.relations?.[relationship.index]
    if (slot instanceof Collection)
      await this.#mergeMembers(slot, source, collectionOf(target, descriptor))
    else if (slot !== undefined && (source.row !== null || slot.isChanged))
      await this.#mergeTarget(slot.target, target, descriptor)
  }

  /** Members that are known to be all replace those of the target; of others, what was added and removed is. */
  async #mergeMembers(from: Collection, source: InstanceState, to: Collection): Promise<void> {
    const all =
      from.replacement ??
      (source.row !== null || source.given?.includes(from.relation.name) === true
        ? from.list
        : null)
    if (all !== null) to.operations.set(to, await this.#mergeAll(all))
    else {
      to.operations.remove(to, await this.#mergeAll(from.removed))
      to.operations.add(to, await this.#mergeAll(from.added))
    }
  }

  async #mergeAll(members: Iterable<object>): Promise<object[]> {
    const merged: object[] = []
    for (const member of members) merged.push((await this.merge(stateOf(member, 'merge'))).entity)
    return merged
  }

  async #mergeTarget(
    value: object | null | undefined,
    target: InstanceState,
    descriptor: RelationDescriptor,
  ): Promise<void> {
    if (value === undefined) return
    const merged = value === null ? null : (await this.merge(stateOf(value, 'merge'))).entity
    const present = descriptor.holdsForeignKey
      ? readRelation(target, descriptor)
      : peekRelation(target, descriptor)
    if (present !== merged) assignRelation(target, descriptor, merged)
  }
}

function isKey(mapper: Mapper, property: string): boolean {
  return mapper.definition.keyProperties.includes(property)
}

/** Columns that were set on an object, with values of their own. Versions and computed columns are the database's, discriminators are the model's. */
function copied(source: InstanceState, mapper: Mapper): [property: string, value: unknown][] {
  return mapper.columns.flatMap((column): [string, unknown][] => {
    const { version, computed, discriminator } = mapper.factsOf(column)
    const value = ownValue(source.entity, column.property)
    if (
      version ||
      discriminator ||
      computed !== undefined ||
      value === undefined ||
      !wasSet(source, column.property, value)
    )
      return []
    return [[column.property, column.type.mutable ? structuredClone(value) : value]]
  })
}

/** Whether a value is more than the default that the constructor filled in. */
function wasSet(
  { row, given, initial, definition }: InstanceState,
  property: string,
  value: unknown,
): boolean {
  if (row !== null || given === null) return true
  return (
    given.includes(property) ||
    !Object.is(initial?.[definition.properties.indexOf(property)], value)
  )
}

function checkVersion(
  source: InstanceState,
  target: InstanceState,
  { versionColumn }: Mapper,
): void {
  if (versionColumn === undefined || source.row === null || target.row === null) return
  const [copy, current] = [
    Number(source.row[versionColumn.ordinal]),
    Number(target.row[versionColumn.ordinal]),
  ]
  if (copy === current) return
  throw new StaleDataError(
    `Cannot merge ${source.label}: the copy has version ${copy}, and the row has version ${current}. Somebody else changed it meanwhile: show both, or copy the values that you want onto an object of this session.`,
    {
      objects: [target.entity],
      info: { expected: copy, current },
    },
  )
}
