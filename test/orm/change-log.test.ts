import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Change, RowChange } from 'athanor'
import { ChangeLog, type ChangedTable } from '../../src/orm/session/change-log.ts'

/** Rows of one value, told apart by a number. */
const notes: ChangedTable = {
  table: { name: 'note' },
  model: undefined,
  describe(before, after) {
    if (before !== null && after !== null && before[0] === after[0]) return undefined
    const kind = before === null ? 'insert' : after === null ? 'delete' : 'update'
    const text = { old: before?.[0], new: after?.[0] }
    return {
      kind,
      model: undefined,
      engineKey: 'default',
      table: 'note',
      identity: undefined,
      columns: { text },
    }
  },
}

function spelled(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    if (change.kind === 'bulk') return `bulk ${change.op} ${change.table} ${change.rowCount}`
    const { old, new: current } = change.columns['text'] ?? { old: undefined, new: undefined }
    return `${change.kind} ${String(old)} ${String(current)}`
  })
}

describe('the net effect of a transaction', () => {
  // web 90
  it('of one row is the difference of its first state and its last', () => {
    const log = new ChangeLog()
    log.note(notes, 1, null, ['made'])
    log.note(notes, 1, ['made'], ['made, then changed'])
    log.note(notes, 2, null, ['made'])
    log.note(notes, 2, ['made'], null)
    log.note(notes, 3, ['there'], ['changed'])
    log.note(notes, 3, ['changed'], null)
    log.note(notes, 4, ['there'], ['there'])
    log.note(notes, 5, ['there'], ['changed'])
    log.note(notes, 5, ['changed'], ['there'])
    log.note(notes, 6, ['deleted'], null)
    log.note(notes, 6, null, ['made again'])
    log.note(notes, 7, ['first'], ['second'])
    log.note(notes, 7, ['second'], ['third'])
    assert.deepEqual(spelled(log.list()), [
      'insert undefined made, then changed',
      'delete there undefined',
      'update deleted made again',
      'update first third',
    ])
  })

  it('has bulk statements one by one, in the order of everything, but none that touched nothing', () => {
    const log = new ChangeLog()
    const bulk = { engineKey: 'default', table: 'note', op: 'update' as const }
    log.noteBulk({ ...bulk, rowCount: 2 })
    log.note(notes, 1, null, ['a'])
    log.noteBulk({ ...bulk, rowCount: 0 })
    log.noteBulk({ ...bulk, rowCount: 2 })
    const expected = ['bulk update note 2', 'insert undefined a', 'bulk update note 2']
    assert.deepEqual(spelled(log.list()), expected)
    const parent = new ChangeLog()
    log.mergeInto(parent)
    assert.deepEqual(spelled(parent.list()), expected)
  })

  // web 91
  it('is what a plain model says, whatever is written, released and rolled back', () => {
    const key = fc.nat({ max: 3 })
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('write' as const),
          key,
          text: fc.constantFrom('a', 'b'),
        }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), key }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('savepoint', 'release', 'undo') }) },
    )
    const stored = new Map([
      [0, 'a'],
      [1, 'b'],
    ])
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const levels = [{ log: new ChangeLog(), rows: new Map(stored) }]
        for (const each of steps) run(levels, each)
        while (levels.length > 1) release(levels)
        const [{ log, rows } = assert.fail('the transaction is gone')] = levels
        assert.deepEqual(spelled(log.list()).toSorted(), differences(stored, rows).toSorted())
      }),
      { numRuns: 1_000 },
    )
  })
})

interface Level {
  readonly log: ChangeLog
  readonly rows: Map<number, string>
}

type Step =
  | { readonly do: 'write'; readonly key: number; readonly text: string }
  | { readonly do: 'remove'; readonly key: number }
  | { readonly do: string }

function run(levels: Level[], step: Step): void {
  const top = levels.at(-1) ?? assert.fail('no level')
  if ('key' in step) write(top, step.key, 'text' in step ? step.text : undefined)
  else if (step.do === 'savepoint') levels.push({ log: new ChangeLog(), rows: new Map(top.rows) })
  else if (levels.length > 1 && step.do === 'undo') levels.pop()
  else if (levels.length > 1) release(levels)
}

/** Writes a row; undefined removes it. */
function write({ log, rows }: Level, key: number, text: string | undefined): void {
  const row = (value: string | undefined) => (value === undefined ? null : [value])
  const before = rows.get(key)
  if (before === undefined && text === undefined) return
  log.note(notes, key, row(before), row(text))
  if (text === undefined) rows.delete(key)
  else rows.set(key, text)
}

function release(levels: Level[]): void {
  const inner = levels.pop() ?? assert.fail('no savepoint')
  const outer = levels.pop() ?? assert.fail('no level around it')
  inner.log.mergeInto(outer.log)
  levels.push({ log: outer.log, rows: inner.rows })
}

function differences(
  before: ReadonlyMap<number, string>,
  after: ReadonlyMap<number, string>,
): string[] {
  const changes: string[] = []
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)]
    const kind: RowChange['kind'] =
      old === undefined ? 'insert' : now === undefined ? 'delete' : 'update'
    if (old !== now) changes.push(`${kind} ${String(old)} ${String(now)}`)
  }
  return changes
}
