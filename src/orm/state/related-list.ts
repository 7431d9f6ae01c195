import { ArgumentError } from '../../errors/index.ts'
import type { Collection } from './collection.ts'
import { unloadedRelation } from './unloaded.ts'

/** Methods of an array that change who is in it. */
const CHANGING = ['push', 'pop', 'shift', 'unshift', 'splice', 'fill', 'copyWithin'] as const

/**
 * A loaded collection: an array that knows whose members it has. Results of `map`, `filter` and the like are plain arrays. What would change it unheard is an error. @internal
 */
export class RelatedList extends Array<object> {
  readonly #collection: Collection

  constructor(collection: Collection) {
    super()
    this.#collection = collection
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  static {
    for (const method of CHANGING)
      Object.defineProperty(this.prototype, method, {
        configurable: true,
        value(this: RelatedList): never {
          throw unheard(this.#collection, method)
        },
      })
  }

  load(): Promise<unknown> {
    return this.#collection.operations.load(this.#collection)
  }
  add(...items: unknown[]): void {
    this.#collection.operations.add(this.#collection, items)
  }
  remove(...items: unknown[]): void {
    this.#collection.operations.remove(this.#collection, items)
  }
  set(items: readonly unknown[]): void {
    this.#collection.operations.set(this.#collection, items)
  }
  select(): unknown {
    return this.#collection.operations.select(this.#collection)
  }
}

/** A collection that is not loaded: what an array has is an error that says so. @internal */
export class RelatedMany {
  readonly #collection: Collection

  constructor(collection: Collection) {
    this.#collection = collection
  }

  static {
    for (const member of Object.getOwnPropertyNames(Array.prototype)) {
      if (member in this.prototype) continue
      Object.defineProperty(this.prototype, member, {
        configurable: true,
        get(this: RelatedMany): never {
          throw unread(this.#collection)
        },
      })
    }
  }

  [Symbol.iterator](): never {
    throw unread(this.#collection)
  }
  toJSON(): never {
    throw unread(this.#collection)
  }

  load(): Promise<unknown> {
    return this.#collection.operations.load(this.#collection)
  }
  add(...items: unknown[]): void {
    this.#collection.operations.add(this.#collection, items)
  }
  remove(...items: unknown[]): void {
    this.#collection.operations.remove(this.#collection, items)
  }
  set(items: readonly unknown[]): void {
    this.#collection.operations.set(this.#collection, items)
  }
  select(): unknown {
    return this.#collection.operations.select(this.#collection)
  }
}

function unread({ owner, relation }: Collection): Error {
  return unloadedRelation(owner, relation.name)
}

function unheard({ owner, relation }: Collection, method: string): ArgumentError {
  return new ArgumentError(
    `Cannot ${method}() on ${owner.name}.${relation.name}: the session would not hear of it, and nothing be stored. Call .add(…), .remove(…) or .set([…]) on it.`,
  )
}
