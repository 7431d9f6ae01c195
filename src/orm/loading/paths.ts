import { ArgumentError } from '../../errors/index.ts'
import type { Mapper, Relationship } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import { loadRelation, targetsOf, type LoaderContext } from './relation-loader.ts'

/** Relations to load, and below each the relations of its target. */
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

/** The relation that a path names. @throws {ArgumentError} ARGUMENT with the nearest name. */
export function relationshipOf(mapper: Mapper, name: string): Relationship {
  const relationship = mapper.relationships.get(name)
  if (relationship !== undefined) return relationship
  throw new ArgumentError(
    `Cannot load ${mapper.name}.${name}: there is no such relation. ${mapper.definition.suggestion(name)}`,
    { info: { model: mapper.name, relation: name } },
  )
}

/** Loads a tree of relations for objects of one model: one statement for each relation and level. */
export async function loadTree(
  context: LoaderContext,
  mapper: Mapper,
  states: readonly InstanceState[],
  tree: PathTree,
): Promise<void> {
  for (const [name, below] of tree) {
    const relationship = relationshipOf(mapper, name)
    const owners = states.filter(({ mapper: own }) => own?.isA(relationship.owner)) // siblings may be of other models of the table
    await loadRelation(context, relationship, owners)
    const targets = below.size === 0 ? [] : targetsOf(owners, relationship)
    if (targets.length > 0) await loadTree(context, relationship.target, targets, below)
  }
}
