import { Database } from 'athanor'
import * as models from './models/index.ts'
import type { WikiOptions } from './options.ts'

/** The database of a wiki. No connection is opened before the first statement. */
export function createDatabase({ url, instancePath }: Pick<WikiOptions, 'url' | 'instancePath'>) {
  return new Database({ url, instancePath, models })
}

/** A wiki's database: models, scopes and sessions. */
export type WikiDatabase = ReturnType<typeof createDatabase>
