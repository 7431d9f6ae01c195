/**
 * How often the schema was changed through the connections of one engine. A statement that was prepared before may have other types for its values and columns than one that is
 * prepared now, so every connection prepares anew (spec/session.md 6.42).
 */
export class SchemaGeneration {
  #current = 0

  get current(): number {
    return this.#current
  }

  /** Looks at the tag of a statement that has run: `ALTER TABLE`. */
  note(tag: string): void {
    if (/^(?:CREATE|ALTER|DROP) /.test(tag)) this.#current += 1
  }
}
