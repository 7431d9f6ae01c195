export { Connection } from './connection.ts'
export type { ConnectionSource, Intent } from './connection-source.ts'
export type { Dialect, DialectFeatures, EngineSettings, ErrorContext } from './dialect.ts'
export type { Command, DriverConnection, DriverResult } from './driver.ts'
export { Engine, type ConnectOptions } from './engine.ts'
export type { EngineEvents, StatementEvent, StatementKind } from './engine-events.ts'
export type { BeginOptions, IsolationLevel } from './isolation.ts'
export { adviceForLegacyName } from './legacy-options.ts'
export {
  ENGINE_DEFAULTS,
  type EffectiveEngineOptions,
  type EngineOptions,
  type OptionOrigin,
} from './options.ts'
export { EngineUrl, maskPassword } from './url.ts'
