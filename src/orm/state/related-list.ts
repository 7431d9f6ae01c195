import type { Collection } from './collection.ts'

/** A loaded collection: an array that knows whose members it has. Results of `map`, `filter` and the like are plain arrays. @internal */
export class RelatedList extends Array<object> {
  readonly #collection: Collection

  constructor(collection: Collection) {
    super()
    this.#collection = collection
  }

  static override get [Symbol.species](): ArrayConstructor {
    return Array
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

/** A collection that is not loaded. @internal */
export class RelatedMany {
  readonly #collection: Collection

  constructor(collection: Collection) {
    this.#collection = collection
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
