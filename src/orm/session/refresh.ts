import { ObjectDeletedError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import { Projection, type Mapper } from '../mapping/index.ts'
import { lockRowSql, selectRowSql } from '../../sql/index.ts'
import { hydrate } from '../loading/index.ts'
import { fillRow, isLacking, type InstanceState } from '../state/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import type { SessionCore } from './session-core.ts'

/** How an object is read again. */
interface RefreshOptions {
  /** Columns whose unflushed changes are discarded. Default: all; changes of others are flushed before. */
  readonly only?: readonly string[]
  /** Locks the row until the transaction ends; where the database has no row locks, its transaction begins to write. Default false. */
  readonly lock?: boolean
}

/** The usual columns of the row with these stored key values, or undefined. One statement, compiled once a model. */
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
  const columns = refreshed(state, mapper, only)
  const values = await readColumns(core, mapper, { key, columns, lock })
  if (values === undefined) {
    throw new ObjectDeletedError(
      `Cannot refresh ${state.label}: its row no longer exists. Somebody else deleted it; take the object out with session.expunge().`,
      { info: { object: state.label } },
    )
  }
  const projection = Projection.of(mapper, columns)
  if (only !== undefined && !state.isHollow)
    fillRow(state, mapper, projection?.place(values) ?? values, projection) // changes of other columns stay, where they were not flushed
  hydrate(core.hydration(only === undefined ? 'overwrite' : 'refresh'), mapper, values, projection)
}

/** The usual columns, and deferred ones that are in memory or asked for. */
function refreshed(
  state: InstanceState,
  mapper: Mapper,
  only: readonly string[] = [],
): readonly Column[] {
  const more = [...mapper.deferred].filter(
    (column) => only.includes(column.property) || !isLacking(state, [column]),
  )
  if (more.length === 0) return mapper.usualColumns
  return mapper.compiled(`usual and ${more.map(({ ordinal }) => ordinal).join()}`, () =>
    mapper.rowColumns.filter((column) => !mapper.deferred.has(column) || more.includes(column)),
  )
}

interface KeyedRead {
  /** Stored forms. */
  readonly key: readonly unknown[]
  readonly columns: readonly Column[]
  readonly lock: boolean
}

async function readColumns(
  core: SessionCore,
  mapper: Mapper,
  { key, columns, lock }: KeyedRead,
): Promise<readonly unknown[] | undefined> {
  const text = mapper.text(
    `${lock ? 'refresh locked' : 'refresh'} ${columns.map(({ ordinal }) => ordinal).join()}`,
    () => selectByKey(mapper, columns) + (lock ? lockRowSql(mapper.dialect, mapper) : ''),
  )
  const command = { ...text, parameters: key }
  const { rows } = lock
    ? await core.statements.write(mapper.engineKey, (connection) => connection.execute(command))
    : await core.statements.read(mapper.engineKey, command)
  return rows[0]
}

/** SELECT of columns of the row of an object by its key. */
export function selectByKey(mapper: Mapper, columns?: readonly Column[]): string {
  return selectRowSql(mapper.dialect, mapper, columns)
}
