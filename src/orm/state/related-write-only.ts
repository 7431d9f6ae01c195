import type { Collection } from './collection.ts'
import { neverLoaded } from './load-refusal.ts'

/** A collection whose members are never in memory. @internal */
export class RelatedWriteOnly {
  readonly #collection: Collection

  constructor(collection: Collection) {
    this.#collection = collection
  }

  add(...items: unknown[]): void {
    this.addAll(items)
  }
  addAll(items: Iterable<unknown>): void {
    this.#collection.operations.add(this.#collection, [...items])
  }
  remove(...items: unknown[]): void {
    this.#collection.operations.remove(this.#collection, items)
  }
  select(): unknown {
    return this.#collection.operations.select(this.#collection)
  }
  count(): Promise<number> {
    return this.#changes.count()
  }
  insert(rows: unknown): unknown {
    return this.#changes.insert(Array.isArray(rows) ? rows : [rows])
  }
  update(): unknown {
    return this.#changes.update()
  }
  deleteFrom(): unknown {
    return this.#changes.deleteFrom()
  }

  /** @throws {InvalidRequestError} LOAD_REFUSED: what the types do not allow, said where it is done. */
  [Symbol.iterator](): never {
    return this.toJSON()
  }
  /** @throws {InvalidRequestError} LOAD_REFUSED. */
  toJSON(): never {
    const { owner, relation } = this.#collection
    throw neverLoaded(owner.name, relation)
  }

  get #changes(): ReturnType<Collection['operations']['changes']> {
    return this.#collection.operations.changes(this.#collection)
  }
}
