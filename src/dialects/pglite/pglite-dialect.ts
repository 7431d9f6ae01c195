import { ConfigurationError } from '../../errors/index.ts'
import type { Dialect, EngineUrl } from '../../engine/index.ts'
import { postgresSql } from '../postgres/index.ts'
import { PgliteSource } from './pglite-source.ts'

/**
 * PGlite: a PostgreSQL inside this process, with one connection. `pglite:memory` is a database in memory; `pglite:data` a folder, relative ones in the instance folder.
 *
 * For people who want PostgreSQL without a server: development, tests, small programs. Starting it takes a second or more.
 */
export const pgliteDialect: Dialect = {
  ...postgresSql,
  name: 'pglite',
  supports: { ...postgresSql.supports, flights: false },
  drivers: [{ name: 'pglite', install: 'npm i @electric-sql/pglite@0' }],
  optionDefaults: {},
  unsupportedOptions: [
    'ssl',
    'statementTimeoutMs',
    'lockTimeoutMs',
    'idleInTransactionTimeoutMs',
    'connectTimeoutMs',
    'reconnectWindowMs',
    'provenAliveMs',
    'durability',
    'cacheSizeKib',
    'maxPageCount',
  ],
  createConnectionSource: (settings) => new PgliteSource(settings, locationOf(settings.url)),
}

/** @throws {ConfigurationError} CONFIGURATION when it names no folder. */
function locationOf(url: EngineUrl): string {
  const { location } = url
  if (location !== '' && !location.includes('?') && !/^\/\/[^/]/.test(location))
    return location.replace(/^\/\/\//, '')
  throw new ConfigurationError(
    `Cannot use "${url.toString()}" as a database URL: it names no folder. Write "pglite:data" for one in the instance folder, "pglite:////srv/data" for an absolute one, or "pglite:memory".`,
  )
}
