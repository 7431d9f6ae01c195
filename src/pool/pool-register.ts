import { isInside, type Holder } from './holder.ts'
import type { PoolEntry } from './pool-entry.ts'

type HeldEntry<C> = PoolEntry<C> & { readonly holder: Holder }

/** Which connections a pool has open, and who has them. */
export class PoolRegister<C extends object> {
  /** Those that count: idle ones and those in use. */
  readonly #counted = new Map<C, PoolEntry<C>>()
  /** Those in use that no longer count: they are closed when they come back. */
  readonly #retired = new Map<C, PoolEntry<C>>()
  /** Those that were closed while somebody had them, who will give them back all the same. */
  readonly #takenAway = new WeakSet<C>()

  /** Connections that count towards the limit. */
  get counted(): number {
    return this.#counted.size
  }

  get all(): readonly PoolEntry<C>[] {
    return [...this.#counted.values(), ...this.#retired.values()]
  }

  get inUse(): readonly HeldEntry<C>[] {
    return this.all.filter((entry) => entry.holder !== undefined) as readonly HeldEntry<C>[]
  }

  /** Hot: once a return. */
  find(connection: C): PoolEntry<C> | undefined {
    return this.#counted.get(connection) ?? this.#retired.get(connection)
  }

  add(entry: PoolEntry<C>): void {
    this.#counted.set(entry.connection, entry)
  }

  remove(entry: PoolEntry<C>): void {
    if (entry.holder !== undefined) this.#takenAway.add(entry.connection)
    this.#counted.delete(entry.connection)
    this.#retired.delete(entry.connection)
  }

  /** Sets those in use apart. */
  retire(): void {
    for (const entry of this.inUse) {
      this.#counted.delete(entry.connection)
      this.#retired.set(entry.connection, entry)
    }
  }

  /** Whether a connection that is not here was taken from whoever gives it back now. True once. */
  wasTakenAway(connection: C): boolean {
    return this.#takenAway.delete(connection)
  }

  /**
   * The nearest scope around `asker` that has a connection, when such scopes hold all of them across awaits: then nothing can come free before the
   * asker itself ends.
   */
  holderAround(asker: Holder): Holder | undefined {
    let nearest: Holder | undefined
    for (const { holder, isBrief } of this.#counted.values()) {
      if (holder === undefined || isBrief || !isInside(asker, holder)) return undefined
      if (nearest === undefined || isInside(holder, nearest)) nearest = holder
    }
    return nearest
  }
}
