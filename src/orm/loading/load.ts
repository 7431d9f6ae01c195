import { ObjectDeletedError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { loadRefused, type InstanceState } from '../state/index.ts'
import { loadColumns } from './column-loader.ts'
import { divideTree, loadTree, pathTree } from './paths.ts'
import { loadReferred, loadRows, type LoaderContext } from './relation-loader.ts'

/** What is to be loaded. */
export interface Load {
  readonly states: readonly InstanceState[]
  /** Dotted paths of relations and deferred columns; none: the rows themselves. */
  readonly paths: readonly string[]
  /** It belongs to a query: no relation refuses. Default false. */
  readonly isQuery?: boolean
}

/**
 * Loads the rows of objects that have only their key or are stale, or relations along dotted paths: for the objects, and for all that came with them.
 * @throws {ObjectDeletedError} OBJECT_DELETED when a row that was asked for is gone; @throws {InvalidRequestError} LOAD_REFUSED.
 */
export async function loadWithSiblings(
  context: LoaderContext,
  mapperOf: (state: InstanceState) => Mapper,
  { states, paths, isQuery = false }: Load,
): Promise<void> {
  const tree = pathTree(paths)
  const own: LoaderContext = isQuery
    ? context
    : {
        isAlong: (state) =>
          !states.includes(state) && states.some(({ siblings }) => siblings?.has(state)),
        hydration: () => context.hydration(),
        read: (engineKey, command) => context.read(engineKey, command),
      }
  checkReached(states)
  await loadReferred(context, states)
  if (paths.length > 0) {
    for (const [mapper, group] of Map.groupBy(states, mapperOf)) {
      const { columns, relations } = divideTree(mapper.definition, tree)
      if (columns.length > 0) checkPresent(group, await loadColumns(own, mapper, group, columns))
      if (relations.size > 0) await loadTree(own, mapper, withSiblings(group), relations)
    }
    return
  }
  for (const [root, group] of Map.groupBy(states, (state) => mapperOf(state).root))
    await loadGroup(own, root, group, withSiblings(group))
}

/** @throws {InvalidRequestError} LOAD_REFUSED for one that was reached by a relation which may not be loaded. */
function checkReached(states: readonly InstanceState[]): void {
  for (const { isHollow, referrers } of states)
    if (isHollow && referrers?.refusal !== undefined)
      throw loadRefused(referrers.refusal, referrers.relation)
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
