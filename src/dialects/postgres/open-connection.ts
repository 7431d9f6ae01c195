import type { EngineSettings } from '../../engine/index.ts'
import { Batch } from './batch.ts'
import { cancelStatement } from './cancel-statement.ts'
import { serverLimits, settingCommands } from './local-limits.ts'
import { LostConnection } from './lost-connection.ts'
import { loadPg, type PgConfig } from './pg-library.ts'
import { connectTransport, type PgTransport } from './pg-transport.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { PreparedStatement, PreparedStatements } from './prepared-statements.ts'
import type { SchemaGeneration } from './schema-generation.ts'
import { serverSettings } from './server-settings.ts'
import { poolerTimeout } from './pooler-errors.ts'

/** Opens a connection to the server of an engine and sets it up: connecting, and one round trip more. Rejects with what pg or the server said. */
export async function openConnection(
  settings: EngineSettings,
  schema: SchemaGeneration,
): Promise<PostgresConnection> {
  const config = serverSettings(settings)
  try {
    const library = await loadPg()
    const transport = await connectTransport(library, config)
    const isDirect = await setUp(transport, settings, config)
    const { options } = settings
    const keeps =
      options.preparedStatements === true || (options.preparedStatements === 'auto' && isDirect)
    return new PostgresConnection({
      engineKey: settings.key,
      transport,
      statements: new PreparedStatements(keeps, schema),
      mayStopKeeping: options.preparedStatements === 'auto',
      localLimits: isDirect ? [] : serverLimits(options),
      setUp: isDirect ? settingCommands(serverLimits(options)) : [],
      cancel: () => cancelStatement(library, config, transport.client),
    })
  } catch (error) {
    const cause = error instanceof LostConnection ? error.cause : error
    throw poolerTimeout(cause, { engineKey: settings.key }) ?? cause
  }
}

/** Whether the connection goes to the server itself: through a pooler the process that answers is not the one that greeted. Only then the session is ours, and its limits are set for good. */
async function setUp(
  transport: PgTransport,
  settings: EngineSettings,
  config: PgConfig,
): Promise<boolean> {
  const limits = serverLimits(settings.options)
  const sets = limits.map((_, place) => `set_config($${place * 2 + 2}, $${place * 2 + 3}, false)`)
  const isDirect = 'pg_backend_pid() = $1::int'
  const sql = `select ${isDirect}, case when ${isDirect} then concat(${["''", ...sets].join(', ')}) end`
  const values = [
    String(transport.client.processID ?? 0),
    ...limits.flatMap(([name, value]) => [name, String(value)]),
  ]
  const silence = new Error('timeout expired')
  const deadline =
    config.connectionTimeoutMillis === 0
      ? undefined
      : setTimeout(() => transport.destroy(silence), config.connectionTimeoutMillis)
  const { results, error, isLost } = await transport.send(
    new Batch([{ statement: new PreparedStatement(sql, ''), values }]),
  )
  clearTimeout(deadline)
  if (isLost) throw new LostConnection(error ?? transport.lostBy)
  if (error !== undefined) {
    await transport.close()
    throw error
  }
  return results[0]?.rows[0]?.[0] === true
}
