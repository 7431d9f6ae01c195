export { hydrate, hydrateAll, type Hydration, type MergeMode } from './hydrator.ts'
export { loadTree, pathTree, relationshipOf, type PathTree } from './paths.ts'
export { loadRelation, loadRows, type LoaderContext } from './relation-loader.ts'
