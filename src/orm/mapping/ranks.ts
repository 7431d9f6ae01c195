import type { Mapper } from './mapper.ts'

/**
 * Gives each mapper the place of its inserts: a mapper that refers to another comes after it. Models of one table have one rank, because a reference to the base may lead to an object of any of
 * them. Mappers that refer to each other in a circle get one rank,
 * and their rows are sorted one by one (Tarjan's strongly connected components, which come out in just this order).
 */
export function rankMappers(mappers: readonly Mapper[]): void {
  const state = {
    count: 0,
    rank: 0,
    index: new Map<Mapper, number>(),
    low: new Map<Mapper, number>(),
    stack: [] as Mapper[],
  }
  for (const { root } of mappers) if (!state.index.has(root)) visit(root, state)
}

interface Search {
  count: number
  rank: number
  readonly index: Map<Mapper, number>
  readonly low: Map<Mapper, number>
  readonly stack: Mapper[]
}

function visit(mapper: Mapper, state: Search): void {
  const own = state.count
  state.count += 1
  state.index.set(mapper, own)
  state.low.set(mapper, own)
  state.stack.push(mapper)
  for (const parent of parentsOf(mapper)) {
    if (!state.index.has(parent)) visit(parent, state)
    const reach = state.stack.includes(parent) ? (state.low.get(parent) ?? own) : own
    state.low.set(mapper, Math.min(state.low.get(mapper) ?? own, reach))
  }
  if (state.low.get(mapper) === own) closeComponent(mapper, state)
}

function closeComponent(root: Mapper, state: Search): void {
  for (;;) {
    const member = state.stack.pop()
    if (member === undefined) break
    member.rank = state.rank
    if (member === root) break
  }
  state.rank += 1
}

function parentsOf(mapper: Mapper): Mapper[] {
  return (mapper.family?.members ?? [mapper])
    .flatMap((member) => [...member.relationships.values()])
    .filter((relation) => relation.holdsForeignKey)
    .map((relation) => relation.target.root)
}
