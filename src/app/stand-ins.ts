import { ConfigurationError } from '../errors/index.ts'
import type { Engine } from '../engine/index.ts'
import type { Application } from './application.ts'

/** Keys of engines, and for each the key of the engine that answers in its place. */
export type StandIns = Readonly<Record<string, string>>

/**
 * The engine that answers for a key.
 *
 * @throws {ConfigurationError} UNKNOWN_ENGINE; CONFIGURATION where the stand-in speaks another dialect, for which the statements are not written.
 */
export function engineFor(
  application: Application,
  key: string,
  standIns: StandIns | undefined,
): Engine {
  const engine = application.engine(key)
  if (standIns === undefined || !Object.hasOwn(standIns, key)) return engine
  const standIn = application.engine(standIns[key] ?? key)
  if (standIn.dialect === engine.dialect) return standIn
  throw new ConfigurationError(
    `Cannot let the engine "${standIn.key}" (${standIn.dialect.name}) stand in for "${key}" (${engine.dialect.name}): they speak different SQL. Give it an engine of the same kind.`,
    { info: { engineKey: key, standIn: standIn.key } },
  )
}
