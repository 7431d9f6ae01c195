import { PooledSource, type Dialect } from '../../engine/index.ts'
import { diagnose } from './connect-fault.ts'
import { openConnection } from './open-connection.ts'
import { postgresSql } from './postgres-sql.ts'
import { SchemaGeneration } from './schema-generation.ts'
import { serverSettings } from './server-settings.ts'

/**
 * PostgreSQL 12 and newer, and servers that speak as it does, through pg.
 *
 * `postgres://user:password@host:port/database?sslmode=verify-full`; `?host=/path` is the folder of a Unix socket. Without `sslmode` and the option `ssl` there is no TLS.
 */
export const postgresDialect: Dialect = {
  ...postgresSql,
  name: 'postgres',
  drivers: [{ name: 'pg', install: 'npm i pg@8' }],
  optionDefaults: { idleInTransactionTimeoutMs: 60_000 },
  unsupportedOptions: ['durability', 'cacheSizeKib', 'maxPageCount'],
  createConnectionSource(settings) {
    const { host, port, database, user } = serverSettings(settings) // what is wrong with the URL is told at once
    const schema = new SchemaGeneration()
    return new PooledSource(settings, {
      place: { server: `${host}:${port}/${database}`, user, database },
      connect: () => openConnection(settings, schema),
      diagnose,
    })
  },
}
