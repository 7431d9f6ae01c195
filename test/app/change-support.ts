import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Change } from 'athanor'
import { blog } from '../support/blog.ts'
import type { DatabaseKind } from '../support/databases.ts'
import { Log } from './support.ts'

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

/** A Database that tracks, whose listeners write down what they hear, one entry a call. */
export async function openTracked(t: TestContext, database: DatabaseKind, options: object = {}) {
  const log = new Log()
  const opened = await database.open(t, blog, { trackModifications: true, logger: log, ...options })
  const { db } = opened
  const calls: string[][] = []
  db.on('beforeCommit', (changes) => calls.push(['before', ...changes.map(spelled)]))
  db.on('afterCommit', (changes) => calls.push(['after', ...changes.map(spelled)]))
  /** What was heard since the last question, of which both sides were told the same. */
  const changes = (): string[] => {
    const [before = [], after = [], ...more] = calls.splice(0)
    assert.deepEqual([before[0], after[0], more], ['before', 'after', []])
    assert.deepEqual(before.slice(1), after.slice(1))
    return after.slice(1)
  }
  return { ...opened, log, changes, calls: () => calls.splice(0) }
}
