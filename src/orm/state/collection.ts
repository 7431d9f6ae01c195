import type { RelationDescriptor } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'
import { RelatedList, RelatedMany } from './related-list.ts'
import { RelatedWriteOnly } from './related-write-only.ts'
import type { RelatedStatements } from './session-port.ts'

/** The epoch of members that nobody has read. */
const NEVER = -1

/** A list refuses these to the program, which would not be heard of. */
const { push, splice } = Array.prototype

const NOBODY: ReadonlySet<object> = new Set()

/** Members that are not written yet. */
interface Changes {
  readonly added: Set<object>
  readonly removed: Set<object>
}

/** What users can do with a collection; the faces of a collection hand every call to it. */
export interface CollectionOperations {
  load(collection: Collection): Promise<unknown>
  add(collection: Collection, items: readonly unknown[]): void
  remove(collection: Collection, items: readonly unknown[]): void
  set(collection: Collection, items: readonly unknown[]): void
  select(collection: Collection): unknown
  changes(collection: Collection): RelatedStatements
}

/**
 * The members of a to-many relation of one object. Passive: it keeps members and changes; `collections.ts` keeps the other side in step.
 *
 * Loaded or not, it knows what was added and removed since the last flush; an unloaded one merges that into the members once they are read.
 */
export class Collection {
  readonly owner: InstanceState
  readonly relation: RelationDescriptor
  readonly operations: CollectionOperations
  /** The loaded members; null while they are not loaded. */
  list: RelatedList | null = null
  /** The list has the members that a query filtered, and there may be others. */
  isPartial = false
  /** The session's epoch when the members were loaded. */
  epoch = 0
  /** set() was called while unloaded: these are all members, and the flush reads the old ones first. */
  replacement: readonly object[] | null = null
  /** The members before the first change since the last flush; null when they were not loaded. */
  before: readonly object[] | null = null
  /** What was added and taken out since the last flush. Most collections are only read. */
  #changes: Changes | undefined
  #many: RelatedMany | RelatedWriteOnly | undefined

  constructor(
    owner: InstanceState,
    relation: RelationDescriptor,
    operations: CollectionOperations,
  ) {
    this.owner = owner
    this.relation = relation
    this.operations = operations
  }

  /** What the property shows: the list once it is loaded. */
  get face(): RelatedList | RelatedMany | RelatedWriteOnly {
    return this.list ?? (this.#many ??= this.#unloaded())
  }

  #unloaded(): RelatedMany | RelatedWriteOnly {
    return this.relation.isWriteOnly ? new RelatedWriteOnly(this) : new RelatedMany(this)
  }

  get added(): ReadonlySet<object> {
    return this.#changes?.added ?? NOBODY
  }

  get removed(): ReadonlySet<object> {
    return this.#changes?.removed ?? NOBODY
  }

  get isChanged(): boolean {
    return this.added.size > 0 || this.removed.size > 0 || this.replacement !== null
  }

  /** Whether the list has all members, as far as memory knows. */
  get isWhole(): boolean {
    return this.list !== null && !this.isPartial
  }

  /** Whether a transaction has ended since the members were loaded: somebody else may have changed them. */
  get isStale(): boolean {
    const session = this.owner.row === null ? undefined : this.owner.openSession
    return session !== undefined && session.epoch !== this.epoch
  }

  /** Whether `member` is in it, as far as memory knows. */
  has(member: object): boolean {
    if (this.owner.row === null) return this.added.has(member) // all members of a new owner are to be written
    if (this.list !== null) return this.list.includes(member)
    return this.replacement?.includes(member) ?? this.added.has(member)
  }

  /** Takes over the members as they were read; changes that are not flushed yet stay on top. */
  takeMembers(members: readonly object[], epoch: number): void {
    const list = this.list ?? new RelatedList(this)
    const read = new Set(members)
    if (this.#changes !== undefined) {
      const { added, removed } = this.#changes
      for (const member of added) if (read.has(member)) added.delete(member) // is there already
      for (const member of removed) if (!read.has(member)) removed.delete(member) // is gone already
    }
    list.length = 0
    for (const member of read) if (!this.removed.has(member)) push.call(list, member)
    for (const member of this.added) push.call(list, member)
    this.list = list
    this.isPartial = false
    this.epoch = epoch
  }

  /** Shows the members that a query has filtered; changes that are not flushed yet stay on top. */
  takeSome(members: readonly object[], epoch: number): void {
    const list = this.list ?? new RelatedList(this)
    const kept = members.filter((member) => !this.removed.has(member))
    const added = [...this.added].filter((member) => !members.includes(member))
    list.length = 0
    for (const member of [...kept, ...added]) push.call(list, member)
    this.list = list
    this.isPartial = true
    this.epoch = epoch
  }

  insert(member: object): void {
    const { added, removed } = this.#note()
    if (this.replacement !== null) this.replacement = [...this.replacement, member]
    else if (!removed.delete(member)) added.add(member)
    if (this.list !== null) push.call(this.list, member)
  }

  /** A member that was written is to be written again. */
  addAgain(member: object): void {
    this.#made().added.add(member)
  }

  takeOut(member: object): void {
    const { added, removed } = this.#note()
    if (this.replacement !== null)
      this.replacement = this.replacement.filter((each) => each !== member)
    else if (!added.delete(member)) removed.add(member)
    this.#drop(member)
  }

  /** All members at once, while the present ones are not in memory; gives those that were to be added until now. */
  replaceUnread(members: readonly object[]): readonly object[] {
    const { added, removed } = this.#note()
    const dropped = this.replacement ?? [...added]
    added.clear()
    removed.clear()
    this.replacement = members
    this.list ??= new RelatedList(this)
    this.list.length = 0
    for (const member of members) push.call(this.list, member)
    return dropped.filter((member) => !members.includes(member))
  }

  /** Removes a member whose row is gone: nothing is left to write. */
  forget(member: object): void {
    this.#changes?.added.delete(member)
    this.#changes?.removed.delete(member)
    this.#drop(member)
  }

  /** These changes are written; what was changed since they were sent is left. */
  accept(written: {
    readonly added: readonly object[]
    readonly removed: readonly object[]
  }): void {
    for (const member of written.added)
      if (!this.#made().added.delete(member)) this.#made().removed.add(member)
    for (const member of written.removed)
      if (!this.#made().removed.delete(member)) this.#made().added.add(member)
    this.before =
      this.isChanged && this.list !== null
        ? [...this.list.filter((member) => !this.added.has(member)), ...this.removed]
        : null
  }

  /** Forgets that set() was called, so that the members can be read. */
  forgetReplacement(): void {
    this.dropChanges()
    this.epoch = NEVER
  }

  /** Forgets all changes. */
  dropChanges(): void {
    this.#changes = undefined
    this.replacement = null
    this.before = null
  }

  /** Back to `members`; null: back to not being loaded. */
  restore(members: readonly object[] | null): void {
    this.dropChanges()
    const { isPartial } = this
    if (members === null) this.list = null
    else this.takeMembers(members, this.epoch)
    this.isPartial = isPartial
  }

  /** The owner is new again: all members are to be written. */
  renew(): void {
    const members = new Set([...(this.list ?? []), ...this.added])
    this.dropChanges()
    if (!this.relation.isWriteOnly) this.takeMembers([], 0)
    for (const member of members) this.insert(member)
  }

  #drop(member: object): void {
    const place = this.list?.indexOf(member) ?? -1
    if (this.list !== null && place >= 0) splice.call(this.list, place, 1)
  }

  /** Keeps the members as they are before the first change. */
  #note(): Changes {
    if (!this.isChanged) this.before = this.list === null ? null : [...this.list]
    return this.#made()
  }

  #made(): Changes {
    return (this.#changes ??= { added: new Set(), removed: new Set() })
  }
}
