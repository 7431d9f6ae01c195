import { StaticSource, type EngineSettings, type Intent } from '../../engine/index.ts'
import type { Holder } from '../../pool/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import type { SqliteLibrary } from './library.ts'
import { openConnection } from './open-connection.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const DEADLOCK_ADVICE =
  'A database in memory has one connection, so nested scopes that work on a file or a server cannot on it: use a temporary file, do the work in the session of the outer scope, or commit there first.'

/** The one connection of a database in memory. */
export class MemorySource extends StaticSource<SqliteConnection> {
  constructor(settings: EngineSettings, library: SqliteLibrary) {
    const { key, options } = settings
    super(settings, {
      open: () =>
        openConnection({ engineKey: key, library, path: ':memory:', options, onlyReads: false }),
      deadlockAdvice: DEADLOCK_ADVICE,
    })
  }

  override acquire(intent: Intent, holder: Holder): MaybePromise<SqliteConnection> {
    const connection = super.acquire(intent, holder)
    if (intent === 'read' || intent === 'write') return connection
    return connection instanceof Promise ? connection.then(guarded) : guarded(connection)
  }

  override release(connection: SqliteConnection): void {
    connection.guard(false)
    super.release(connection)
  }
}

function guarded(connection: SqliteConnection): SqliteConnection {
  connection.guard(true)
  return connection
}
