import { kindOf } from '../../engine/index.ts'
import type { BulkChange } from './change.ts'
import type { SessionCore } from './session-core.ts'

const DONE = { insert: 'inserted in', update: 'updated in', delete: 'deleted from' } as const

/** Writes down that a statement past the unit of work has touched rows of a model. */
export function noteBulk(
  core: SessionCore,
  model: Function,
  { op, rowCount }: Pick<BulkChange, 'op' | 'rowCount'>,
): void {
  const { engineKey, table } = core.mapperOf(model)
  core.transaction.record.changes?.noteBulk({ engineKey, table: table.name, op, rowCount })
  note(core, { engineKey, what: `${DONE[op]} "${table.name}"`, rows: rowCount })
}

/** Writes down that SQL of the program's own has touched rows; of which table nobody knows. */
export function noteRaw(
  core: SessionCore,
  engineKey: string,
  { sql, rows }: { readonly sql: string; readonly rows: number },
): void {
  if (rows === 0) return
  const kind = kindOf(sql)
  if (kind === 'insert' || kind === 'update' || kind === 'delete')
    note(core, { engineKey, what: `by SQL of your own (${kind})`, rows })
}

/** Where no transaction is open it is stored for good. */
function note(
  core: SessionCore,
  write: { readonly engineKey: string; readonly what: string; readonly rows: number },
): void {
  const engine = core.context.engine(write.engineKey)
  if (core.connections.isolationOn(engine) !== 'autocommit')
    core.transaction.record.bulk.note(write)
}
