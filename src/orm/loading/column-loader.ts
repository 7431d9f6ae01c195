import type { Column } from '../../schema/index.ts'
import { withGroups, type Mapper } from '../mapping/index.ts'
import { isLacking, type InstanceState } from '../state/index.ts'
import { readRows, type LoaderContext } from './relation-loader.ts'

/**
 * Reads columns that are not in memory, with those of their groups: one statement for each 500 objects. Objects that are stale, or have nothing but their key, get the
 * rest of their row along, by another statement where there are both. Gives those whose row is gone.
 *
 * Not for the siblings of the objects: columns are deferred because they are large.
 */
export async function loadColumns(
  context: LoaderContext,
  mapper: Mapper,
  states: readonly InstanceState[],
  properties: readonly string[],
): Promise<ReadonlySet<InstanceState>> {
  const columns = withGroups(
    mapper,
    mapper.columns.filter(({ property }) => properties.includes(property)),
  )
  const stored = states.filter(({ phase }) => phase === 'persistent')
  const lacking = stored.filter((state) => !isOld(state) && isLacking(state, columns))
  const gone = [
    ...(await readRows(context, mapper, lacking, selected(mapper, mapper.keyColumns, columns))),
    ...(await readRows(
      context,
      mapper,
      stored.filter(isOld),
      selected(mapper, mapper.usualColumns, columns),
    )),
  ]
  return new Set(gone)
}

function isOld(state: InstanceState): boolean {
  return state.isHollow || state.isStale
}

/** Columns in the order of the table, with what tells the model of a row. */
function selected(
  mapper: Mapper,
  some: readonly Column[],
  others: readonly Column[],
): readonly Column[] {
  const wanted = new Set([...some, ...others, mapper.family?.discriminator])
  return mapper.compiled(`columns ${[...wanted].map((column) => column?.ordinal).join()}`, () =>
    mapper.rowColumns.filter((column) => wanted.has(column)),
  )
}
