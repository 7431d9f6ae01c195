import type { IdentityKey, Mapper, ModelDefinition, RelationDescriptor } from '../mapping/index.ts'
import type { RelationSlot } from './relation-slot.ts'
import type { SessionPort } from './session-port.ts'

/** Where an object stands. `detached` also holds for objects whose session was closed. @remarks Semantics: SQLAlchemy's five states. */
export type ObjectStatus = 'transient' | 'pending' | 'persistent' | 'deleted' | 'detached'

/** Objects that one statement gave: the first that loads a relation loads it for all (spec/session.md 4.30). */
export type Siblings = Set<InstanceState>

/** Objects of one result, and the relation of one of them that was followed: loading its target loads it for all. */
export interface Referrers {
  readonly owners: Siblings
  readonly relation: RelationDescriptor
  /** The object by which it was reached does not allow its relation to be loaded. */
  readonly refusal?: InstanceState
}

/** The plain properties of an object. */
export type Properties = Record<string, unknown>

let transients = 0

/** What athanor knows of one object: never visible on it, one of these for each. Hot: made once a row. */
export class InstanceState {
  readonly entity: object
  /** That of its class, which may turn out to be one that inherits from the one it was first taken for. */
  definition: ModelDefinition
  /** The status that the session gave it; read it through `status`. */
  phase: ObjectStatus = 'transient'
  session: SessionPort | null = null
  mapper: Mapper | null = null
  /** Stored forms as they were read or written last, by column; undefined = never read. null until there is a row. */
  row: readonly unknown[] | null = null
  identity: IdentityKey | null = null
  /** Names that a new object was made with, and the columns' first values: what was never set is known by them. */
  given: readonly string[] | null = null
  initial: readonly unknown[] | null = null
  /** The session's epoch when the row was read or written last. */
  epoch = 0
  /** The transaction of the session in which the row was read or written last; 0 = a leased read. */
  readIn = 0
  /** Only the key is in memory. */
  isHollow = false
  /** Some columns beside the key are in memory, and others are not: deferred ones, and those that `only()` left out. */
  isPartial = false
  /** A commit took its values from memory (`expireOnCommit: 'strict'`). */
  isExpired = false
  /** The DELETE of its row was flushed. */
  wasDeleted = false
  /** A rollback has made it new again: the other sides of its relations do not show it any more. */
  wasRolledBack = false
  /** A form's version, to be compared with the row's by the next UPDATE. */
  expectedVersion: number | null = null
  relations: (RelationSlot | undefined)[] | null = null
  siblings: Siblings | null = null
  /** Where an object that has nothing but its key was reached from. */
  referrers: Referrers | null = null
  /** Places of the hasOne relations whose property shows the row itself: they were asked for by name. */
  asked: Set<number> | null = null
  #number = 0

  constructor(entity: object, definition: ModelDefinition) {
    this.entity = entity
    this.definition = definition
  }

  get properties(): Properties {
    return this.entity as Properties
  }

  get status(): ObjectStatus {
    return this.session?.isClosed === true ? 'detached' : this.phase
  }

  /** The open session that it belongs to. */
  get openSession(): SessionPort | undefined {
    return this.session === null || this.session.isClosed ? undefined : this.session
  }

  /** Its values may be out of date: a transaction ended since they were read. */
  get isStale(): boolean {
    return this.session !== null && this.epoch !== this.session.epoch && this.phase === 'persistent'
  }

  /** `Post`. */
  get name(): string {
    return this.mapper?.name ?? this.entity.constructor.name
  }

  /** `Post#7`, `Post (transient 3)`: how messages name it. */
  get label(): string {
    if (this.identity !== null) return `${this.name}#${String(this.identity)}`
    return `${this.name} (${this.status} ${this.number})`
  }

  /** A number that tells objects without a key apart, counted through the process. */
  get number(): number {
    if (this.#number === 0) {
      transients += 1
      this.#number = transients
    }
    return this.#number
  }

  /** Values of the primary key, in column order. */
  get keyValues(): unknown[] {
    return this.definition.keyProperties.map((property) => ownValue(this.entity, property))
  }

  /** Leaves its session; values and row stay. */
  makeDetached(): void {
    this.phase = 'detached'
    this.session = null
  }

  /** Forgets session and row: as new, but with its values. */
  makeTransient(): void {
    this.phase = 'transient'
    this.session = null
    this.mapper = null
    this.row = null
    this.identity = null
    this.siblings = null
    this.referrers = null
    this.expectedVersion = null
    this.isHollow = false
    this.isPartial = false
    this.wasDeleted = false
    this.wasRolledBack = true
  }
}

/** A property's value without running the accessor that throws for what is not loaded. */
export function ownValue(entity: object, property: string): unknown {
  return Object.hasOwn(entity, property) ? (entity as Properties)[property] : undefined
}
