import type { Change } from 'athanor'

/** A change on one line: `update post 1 title: a -> b`; an insert with what is new, a delete with its key only. */
export function spelled(change: Change): string {
  if (change.kind === 'bulk') return `bulk ${change.op} ${change.table} ${change.rowCount}`
  const { kind, table, identity, columns } = change
  const values =
    kind === 'update'
      ? Object.entries(columns).map(
          ([name, { old, new: current }]) => `${name}: ${text(old)} -> ${text(current)}`,
        )
      : []
  return [kind, table, text(identity), values.join(', ')].join(' ').trimEnd()
}

function text(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
