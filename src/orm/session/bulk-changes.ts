import type { BulkChange } from './change.ts'
import type { SessionCore } from './session-core.ts'

/** Writes down that a statement past the unit of work has touched rows of a model. */
export function noteBulk(
  core: SessionCore,
  model: Function,
  { op, rowCount }: Pick<BulkChange, 'op' | 'rowCount'>,
): void {
  const { changes } = core.transaction.record
  if (changes === undefined) return
  const { engineKey, table } = core.mapperOf(model)
  changes.noteBulk({ engineKey, table: table.name, op, rowCount })
}
