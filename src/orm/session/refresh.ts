import { ObjectDeletedError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { selectByKeySql } from '../../sql/index.ts'
import { hydrate } from '../loading/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { SessionCore } from './session-core.ts'

/** The row with these stored key values, or undefined. One statement, compiled once a model. */
export async function readByKey(core: SessionCore, mapper: Mapper, stored: readonly unknown[]): Promise<readonly unknown[] | undefined> {
  const sql = mapper.compiled('get', () => selectByKeySql(mapper.dialect, mapper.table, mapper.columns, mapper.keyColumns))
  const { rows } = await core.statements.read(mapper.engineKey, { sql, parameters: stored })
  return rows[0]
}

/** Reads the row of an object again: its unflushed changes are discarded, then everything else is flushed, then the row is read. */
export async function refreshAll(core: SessionCore, state: InstanceState): Promise<void> {
  core.objects.expire(state)
  await core.autoflush('refresh')
  const mapper = core.mapperOfState(state)
  const row = await readByKey(core, mapper, mapper.keyColumns.map((column) => state.row?.[column.ordinal]))
  if (row === undefined) {
    throw new ObjectDeletedError(`Cannot refresh ${state.label}: its row no longer exists. Somebody else deleted it; take the object out with session.expunge().`, { info: { object: state.label } })
  }
  hydrate(core.hydration('overwrite'), mapper, row)
}
