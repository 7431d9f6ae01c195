export { hydrate, hydrateAll, join, type Hydration, type MergeMode } from './hydrator.ts'
export { loadWithSiblings } from './load.ts'
export { divideTree, loadTree, pathTree, relationshipOf, type PathTree } from './paths.ts'
export { loadRelation, type LoaderContext } from './relation-loader.ts'
