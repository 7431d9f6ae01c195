import type { AnyEntity, ClassOf, IdentityKey } from '../mapping/index.ts'
import type { BulkChange, Change } from './change.ts'

/** Stored forms of a row's columns; undefined where one is not known. */
export type StoredRow = readonly unknown[]

/** What the log has to know of a kind of rows. */
export interface ChangedTable {
  /** Equal for rows that have their identities in common. */
  readonly table: object
  /** The class of their objects: a table may have rows of several. */
  readonly model: ClassOf<AnyEntity> | undefined
  /** The change from one state of a row to another, of which one at most is null; undefined where they are the same. */
  describe(before: StoredRow | null, after: StoredRow | null): Change | undefined
}

/** One row as it was before the log began and as it is now, and what it was and is a row of; null: there was, or is, none. */
interface Entry {
  readonly key: IdentityKey
  readonly of: ChangedTable
  readonly before: StoredRow | null
  now: ChangedTable
  after: StoredRow | null
}

/**
 * What a transaction or a savepoint has changed. Of each row it keeps the first state and the last one, so that what happened between them leaves no trace: net effects are
 * nothing but the difference of the two.
 */
export class ChangeLog {
  /** In the order in which rows were first touched. */
  readonly #entries: (Entry | BulkChange)[] = []
  readonly #rows = new Map<object, Map<IdentityKey, Entry>>()

  /** A row was written. `before` counts only if the log does not know the row yet. */
  note(
    of: ChangedTable,
    key: IdentityKey,
    before: StoredRow | null,
    after: StoredRow | null,
  ): void {
    const rows = this.#rows.get(of.table) ?? new Map<IdentityKey, Entry>()
    this.#rows.set(of.table, rows)
    const known = rows.get(key)
    if (known !== undefined) {
      known.now = of
      known.after = after
      return
    }
    const entry = { key, of, before, now: of, after }
    rows.set(key, entry)
    this.#entries.push(entry)
  }

  /** A statement has touched rows; one that has touched none is left out. */
  noteBulk(change: Omit<BulkChange, 'kind'>): void {
    if (change.rowCount > 0) this.#entries.push({ kind: 'bulk', ...change })
  }

  /** What was done in a released savepoint belongs to the level around it. */
  mergeInto(parent: ChangeLog): void {
    for (const entry of this.#entries) {
      if ('of' in entry) {
        parent.note(entry.of, entry.key, entry.before, null)
        parent.note(entry.now, entry.key, null, entry.after)
      } else parent.noteBulk(entry)
    }
  }

  /** The net effect: one change at most for each row, and the bulk statements. */
  list(): readonly Change[] {
    return this.#entries.flatMap((entry) => ('of' in entry ? netEffect(entry) : [entry]))
  }
}

/** A row that went over to another model of its table is a delete of the one and an insert of the other: neither has the columns of both. */
function netEffect({ of, before, now, after }: Entry): readonly Change[] {
  if (before === null && after === null) return []
  const changes =
    of.model === now.model || before === null || after === null
      ? [(after === null ? of : now).describe(before, after)]
      : [of.describe(before, null), now.describe(null, after)]
  return changes.filter((change) => change !== undefined)
}
