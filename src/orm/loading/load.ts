import { ObjectDeletedError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import { loadColumns } from './column-loader.ts'
import { divideTree, loadTree, pathTree } from './paths.ts'
import { loadReferred, loadRows, type LoaderContext } from './relation-loader.ts'

/**
 * Loads the rows of objects that have only their key or are stale, or relations along dotted paths: for the objects, and for all that came with them.
 * @throws {ObjectDeletedError} OBJECT_DELETED when a row that was asked for is gone.
 */
export async function loadWithSiblings(
  context: LoaderContext,
  mapperOf: (state: InstanceState) => Mapper,
  states: readonly InstanceState[],
  paths: readonly string[],
): Promise<void> {
  const tree = pathTree(paths)
  await loadReferred(context, states)
  if (paths.length > 0) {
    for (const [mapper, group] of Map.groupBy(states, mapperOf)) {
      const { columns, relations } = divideTree(mapper.definition, tree)
      if (columns.length > 0)
        checkPresent(group, await loadColumns(context, mapper, group, columns))
      if (relations.size > 0) await loadTree(context, mapper, withSiblings(group), relations)
    }
    return
  }
  for (const [root, group] of Map.groupBy(states, (state) => mapperOf(state).root))
    await loadGroup(context, root, group, withSiblings(group))
}

async function loadGroup(
  context: LoaderContext,
  mapper: Mapper,
  wanted: readonly InstanceState[],
  all: readonly InstanceState[],
): Promise<void> {
  checkPresent(wanted, await loadRows(context, mapper, all))
}

function checkPresent(wanted: readonly InstanceState[], gone: ReadonlySet<InstanceState>): void {
  const missed = wanted.find((state) => gone.has(state))
  if (missed === undefined) return
  throw new ObjectDeletedError(
    `Cannot load ${missed.label}: it has no row. Somebody else deleted it, or its key was never stored; take the object out with session.expunge().`,
    { info: { object: missed.label } },
  )
}

function withSiblings(states: readonly InstanceState[]): InstanceState[] {
  const all = new Set(states)
  for (const state of states) for (const sibling of state.siblings ?? []) all.add(sibling)
  return [...all]
}
