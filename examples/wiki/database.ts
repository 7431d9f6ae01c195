import { Database } from 'athanor'
import * as models from './models/index.ts'
import type { WikiOptions } from './options.ts'

/** The database of a wiki. No connection is opened before the first statement. */
export function createDatabase(options: Pick<WikiOptions, 'url' | 'instancePath'>) {
  const { url, instancePath } = options
  return new Database({ url, models, ...(instancePath === undefined ? {} : { instancePath }) })
}

/** A wiki's database: models, scopes and sessions. */
export type WikiDatabase = ReturnType<typeof createDatabase>
