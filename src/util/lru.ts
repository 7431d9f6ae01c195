/** A map that forgets what was used longest ago once it holds more than `limit` entries. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #limit: number
  readonly #onEvict: ((value: V) => void) | undefined

  constructor(limit: number, onEvict?: (value: V) => void) {
    this.#limit = limit
    this.#onEvict = onEvict
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value of `key`, which counts as used now. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined && this.#entries.size > this.#limit >>> 1) {
      this.#entries.delete(key) // re-insert as the newest; needless while the map is half empty
      this.#entries.set(key, value)
    }
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#limit) this.#evictOldest()
  }

  clear(): void {
    for (const value of this.#entries.values()) this.#onEvict?.(value)
    this.#entries.clear()
  }

  #evictOldest(): void {
    const oldest = this.#entries.entries().next()
    if (oldest.done === true) return
    this.#entries.delete(oldest.value[0])
    this.#onEvict?.(oldest.value[1])
  }
}
