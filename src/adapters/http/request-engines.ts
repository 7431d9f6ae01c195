import type { ScopeSettings } from '../../app/index.ts'

/** Engines that stand in for others: keys, and for each the key of the engine that answers. */
type StandIns = NonNullable<ScopeSettings['engines']>

/** Which engines stand in for others, for all requests or as each request says. */
export type EnginesOption<R> = StandIns | ((request: R) => StandIns | undefined)

/** Gives the engines of one request; a function is asked once, when they are first needed. */
export function enginesOf<R>(
  option: EnginesOption<R> | undefined,
  request: R,
): () => StandIns | undefined {
  if (typeof option !== 'function') return () => option
  let answer: { readonly engines: StandIns | undefined } | undefined
  return () => (answer ??= { engines: option(request) }).engines
}
