import { StaticSource, type EngineSettings } from '../../engine/index.ts'
import { openPglite, type PgliteConnection } from './pglite-connection.ts'

const DEADLOCK_ADVICE =
  'A PGlite has one connection, so nested scopes that work on a server cannot on it: do the work in the session of the outer scope, or commit there first.'

/** The one connection of a PGlite. */
export class PgliteSource extends StaticSource<PgliteConnection> {
  constructor(settings: EngineSettings, location: string) {
    super(settings, {
      open: () => openPglite(location, settings),
      deadlockAdvice: DEADLOCK_ADVICE,
    })
  }
}
