export { Collection } from './collection.ts'
export { collectionOf, peekCollection, takenFrom } from './collections.ts'
export { assign } from './assign.ts'
export { checkFields, checkOwnKeys } from './field-check.ts'
export { initialize } from './initialize.ts'
export { IdentityMap } from './identity-map.ts'
export {
  InstanceState,
  ownValue,
  type ObjectStatus,
  type Properties,
  type Siblings,
} from './instance-state.ts'
export { inspect, isLoaded, type Inspection } from './inspect.ts'
export { createModel } from './model-class.ts'
export { loadRefused, neverLoaded, refuseLoads, refusesLoad } from './load-refusal.ts'
export { isIncomplete, isLacking } from './missing-columns.ts'
export { OneSlot } from './one-slot.ts'
export {
  ReferenceSlot,
  foreignKeyOf,
  holdsMembers,
  keepReference,
  peekReference,
  setReference,
} from './reference-slot.ts'
export type { RelationSlot } from './relation-slot.ts'
export {
  assignRelation,
  markRelationsStale,
  peekRelation,
  readRelation,
  rejoin,
} from './relation-access.ts'
export { promote } from './promotion.ts'
export { reveal } from './reveal.ts'
export { hasOwnConstructor, materialize } from './root.ts'
export {
  addColumns,
  changesOf,
  defineKey,
  defineRow,
  fillRow,
  isModified,
  overwriteRow,
  setColumn,
  unload,
} from './row-access.ts'
export { describe } from './serialize.ts'
export type { RelatedStatements, SessionPort } from './session-port.ts'
export { describeForeign, findState, stateOf } from './stamp.ts'
