import { ObjectDeletedError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { lockRowSql, selectRowSql } from '../../sql/index.ts'
import { hydrate } from '../loading/index.ts'
import { fillRow, type InstanceState } from '../state/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import type { SessionCore } from './session-core.ts'

/** How an object is read again. */
interface RefreshOptions {
  /** Columns whose unflushed changes are discarded. Default: all; changes of others are flushed before. */
  readonly only?: readonly string[]
  /** Locks the row until the transaction ends; where the database has no row locks, its transaction begins to write. Default false. */
  readonly lock?: boolean
}

/** The row with these stored key values, or undefined. One statement, compiled once a model. */
export function readByKey(
  core: SessionCore,
  mapper: Mapper,
  stored: readonly unknown[],
): MaybePromise<readonly unknown[] | undefined> {
  const { sql, cached } = mapper.text('get', () => selectByKey(mapper))
  const answer = core.statements.read(mapper.engineKey, { sql, parameters: stored, cached })
  return andThen(answer, ({ rows }) => rows[0])
}

/** Reads the row of an object again: its unflushed changes are discarded, then everything else is flushed, then the row is read. */
export async function refreshNow(
  core: SessionCore,
  state: InstanceState,
  { only, lock = false }: RefreshOptions,
): Promise<void> {
  core.objects.expire(state, only)
  await core.autoflush('refresh')
  const mapper = core.mapperOfState(state)
  const key = mapper.keyColumns.map((column) => state.row?.[column.ordinal])
  const row = lock ? await lockByKey(core, mapper, key) : await readByKey(core, mapper, key)
  if (row === undefined) {
    throw new ObjectDeletedError(
      `Cannot refresh ${state.label}: its row no longer exists. Somebody else deleted it; take the object out with session.expunge().`,
      { info: { object: state.label } },
    )
  }
  if (only !== undefined && !state.isHollow) fillRow(state, mapper, row) // changes of other columns stay, where they were not flushed
  hydrate(core.hydration(only === undefined ? 'overwrite' : 'refresh'), mapper, row)
}

async function lockByKey(
  core: SessionCore,
  mapper: Mapper,
  stored: readonly unknown[],
): Promise<readonly unknown[] | undefined> {
  const text = mapper.text(
    'get locked',
    () => selectByKey(mapper) + lockRowSql(mapper.dialect, mapper),
  )
  const { rows } = await core.statements.write(mapper.engineKey, (connection) =>
    connection.execute({ ...text, parameters: stored }),
  )
  return rows[0]
}

/** SELECT of the row of an object by its key. */
export function selectByKey(mapper: Mapper): string {
  return selectRowSql(mapper.dialect, mapper)
}
