export { isChangeOf } from './change.ts'
export type { BulkChange, Change, ChangeOf, ColumnChange, RowChange } from './change.ts'
export type {
  Calls,
  ChangeEvent,
  ChangeSignals,
  KeysetFrom,
  KeysetSource,
  PageSource,
  SessionContext,
  SessionOptions,
} from './session-context.ts'
export { headOf } from './head-of.ts'
export type { SessionEvent, SessionListener } from './session-hooks.ts'
export { createRegistry } from './create-registry.ts'
export { Model } from './model.ts'
export { isRowEvent, RowListeners, type RowEvent, type RowListener } from './row-listeners.ts'
export { registerQueryScope, type QueryScope } from './query-scopes.ts'
export type { PendingChanges } from './pending-changes.ts'
export { selectLater, Session, type RawRows } from './session.ts'
export type { Tasks } from './operation-queue.ts'
export type { TransactionOptions } from './transactions.ts'
