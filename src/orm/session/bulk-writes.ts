/** What statements past the unit of work have done to one table, or through SQL of the program's own. */
interface BulkWrite {
  readonly engineKey: string
  readonly what: string
  rows: number
}

/** Rows that statements past the unit of work have written in a transaction or a savepoint, summed up: a rollback would lose them, and no object tells of them. */
export class BulkWrites {
  /** Made for the first: most transactions have none. */
  #writes: Map<string, BulkWrite> | undefined

  /** `what` says it for messages: `updated in "post"`. */
  note({ engineKey, what, rows }: BulkWrite): void {
    if (rows === 0) return
    const key = JSON.stringify([engineKey, what])
    const writes = (this.#writes ??= new Map<string, BulkWrite>())
    const known = writes.get(key)
    if (known === undefined) writes.set(key, { engineKey, what, rows })
    else known.rows += rows
  }

  mergeInto(parent: BulkWrites): void {
    for (const write of this.#writes?.values() ?? []) parent.note(write)
  }

  /** Forgets what an engine has stored. */
  forget(hasCommitted: (engineKey: string) => boolean): void {
    for (const [key, { engineKey }] of this.#writes ?? [])
      if (hasCommitted(engineKey)) this.#writes?.delete(key)
  }

  /** As messages show them: `3 rows updated in "post"`. */
  get names(): readonly string[] {
    return Array.from(
      this.#writes?.values() ?? [],
      ({ rows, what }) => `${rows} ${rows === 1 ? 'row' : 'rows'} ${what}`,
    )
  }
}
