export type { CommitToken } from './commit-tokens.ts'
export { areExpected, Connection } from './connection.ts'
export { isBrief, type ConnectionSource, type Intent } from './connection-source.ts'
export type { ConnectFault } from './connect-error.ts'
export type { ServerDriver } from './connector.ts'
export type { OptionDescription } from './describe-options.ts'
export type { Dialect, DialectFeatures, EngineSettings, ErrorContext } from './dialect.ts'
export type { Command, DriverConnection, DriverResult, Flight, FlightOutcome } from './driver.ts'
export { Engine, type ConnectOptions } from './engine.ts'
export {
  kindOf,
  type EngineEvents,
  type StatementEvent,
  type StatementKind,
} from './engine-events.ts'
export type { ErrorHookContext, OnError } from './error-hook.ts'
export type { KyselyDialectOptions } from './kysely/kysely-dialect.ts'
export type { BeginOptions, IsolationLevel } from './isolation.ts'
export { adviceForLegacyName } from './legacy-options.ts'
export {
  ENGINE_DEFAULTS,
  type EffectiveEngineOptions,
  type EngineOptions,
  type OptionOrigin,
} from './options.ts'
export { PooledSource } from './pooled-source.ts'
export { StaticSource } from './static-source.ts'
export { parseServerAddress, type ServerAddress } from './server-address.ts'
export { EngineUrl, maskPassword } from './url.ts'
