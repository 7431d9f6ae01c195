import { ArgumentError } from '../../errors/index.ts'
import type { Mapper, ModelDefinition, Relationship } from '../mapping/index.ts'
import { neverLoaded, type InstanceState } from '../state/index.ts'
import { loadColumns } from './column-loader.ts'
import { loadRelation, targetsOf, type LoaderContext } from './relation-loader.ts'

/** Relations and deferred columns to load, and below each relation those of its target. */
export type PathTree = ReadonlyMap<string, PathTree>

/** `['author', 'comments.author']` as a tree. */
export function pathTree(paths: readonly string[]): PathTree {
  const root = new Map<string, PathTree>()
  for (const path of paths) {
    let level = root
    for (const name of path.split('.')) {
      const next =
        (level.get(name) as Map<string, PathTree> | undefined) ?? new Map<string, PathTree>()
      level.set(name, next)
      level = next
    }
  }
  return root
}

/** The columns that a tree names, and the relations. @throws {ArgumentError} ARGUMENT for a path that goes on behind a column. */
export function divideTree(
  { columns }: ModelDefinition,
  tree: PathTree,
): { readonly columns: readonly string[]; readonly relations: PathTree } {
  const named = [...tree.keys()].filter((name) => columns.has(name))
  if (named.length === 0) return { columns: named, relations: tree }
  const followed = named.find((name) => tree.get(name)?.size !== 0)
  if (followed !== undefined)
    throw new ArgumentError(
      `Cannot load a path behind "${followed}": it is a column. Only relations lead further.`,
    )
  return {
    columns: named,
    relations: new Map([...tree].filter(([name]) => !columns.has(name))),
  }
}

/** The relation that a path names. @throws {ArgumentError} ARGUMENT with the nearest name. */
export function relationshipOf(mapper: Mapper, name: string): Relationship {
  const relationship = mapper.relationships.get(name)
  if (relationship?.descriptor.isWriteOnly === true)
    throw neverLoaded(mapper.name, relationship.descriptor)
  if (relationship !== undefined) return relationship
  throw new ArgumentError(
    `Cannot load ${mapper.name}.${name}: there is no such relation or column. ${mapper.definition.suggestion(name)}`,
    { info: { model: mapper.name, relation: name } },
  )
}

/** Loads a tree of relations and columns for objects of one model: one statement for each relation and level, and one for the columns of a level. */
export async function loadTree(
  context: LoaderContext,
  mapper: Mapper,
  states: readonly InstanceState[],
  tree: PathTree,
): Promise<void> {
  const { columns, relations } = divideTree(mapper.definition, tree)
  if (columns.length > 0) await loadColumns(context, mapper, states, columns)
  for (const [name, below] of relations) {
    const relationship = relationshipOf(mapper, name)
    const owners = states.filter(({ mapper: own }) => own?.isA(relationship.owner)) // siblings may be of other models of the table
    const loaded = await loadRelation(context, relationship, owners)
    const targets = below.size === 0 ? [] : targetsOf(loaded, relationship)
    if (targets.length > 0) await loadTree(context, relationship.target, targets, below)
  }
}
