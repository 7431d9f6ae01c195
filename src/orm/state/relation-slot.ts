import type { Collection } from './collection.ts'
import type { OneSlot } from './one-slot.ts'
import type { ReferenceSlot } from './reference-slot.ts'

/** What an object keeps for one relation: a reference it holds the key of, one whose key is elsewhere, or a collection. */
export type RelationSlot = ReferenceSlot | OneSlot | Collection
