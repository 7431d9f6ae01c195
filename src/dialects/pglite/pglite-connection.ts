import type { Command, DriverConnection, DriverResult, EngineSettings } from '../../engine/index.ts'
import { AthanorError, OperationalError } from '../../errors/index.ts'
import { resolveFile } from '../instance-folder/index.ts'
import { PostgresConnection, PreparedStatements, SchemaGeneration } from '../postgres/index.ts'
import { loadPglite } from './pglite-library.ts'
import { PgliteTransport } from './pglite-transport.ts'

/** The one connection to a PGlite. What a server's connection has more, flights and cancelling, makes no sense in one process. */
export class PgliteConnection implements DriverConnection {
  readonly #connection: PostgresConnection

  constructor(connection: PostgresConnection) {
    this.#connection = connection
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction
  }

  get hasFailed(): boolean {
    return this.#connection.hasFailed
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  execute(command: Command): Promise<DriverResult> {
    return this.#connection.execute(command)
  }

  stream(command: Command, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    return this.#connection.stream(command, chunkSize)
  }

  reset(): Promise<void> {
    return this.#connection.reset()
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}

/** What a session must agree on for values to be read rightly. */
const SETTINGS: Command = {
  sql: "select set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false)",
  parameters: [],
  prepare: false,
}

/** Opens the database of `location`: a folder, or `memory`. Rejects with athanor's errors; starting it takes a second or more. */
export async function openPglite(
  location: string,
  { key, options }: EngineSettings,
): Promise<PgliteConnection> {
  const isMemory = location === MEMORY
  const dataDir = isMemory
    ? 'memory://'
    : resolveFile(location, options.instancePath, 'PGlite folder')
  const library = await loadPglite()
  try {
    const transport = new PgliteTransport(library, await library.PGlite.create({ dataDir }))
    const connection = new PostgresConnection({
      engineKey: key,
      transport,
      statements: new PreparedStatements(
        options.preparedStatements !== false,
        new SchemaGeneration(),
      ),
      mayStopKeeping: false,
      localLimits: [],
      setUp: [SETTINGS],
      cancel: async () => {},
    })
    await connection.execute(SETTINGS)
    return new PgliteConnection(connection)
  } catch (error) {
    if (error instanceof AthanorError) throw error
    throw new OperationalError(
      `Cannot open the PGlite of engine "${key}"${isMemory ? '' : ` in "${dataDir}"`}. This process must be allowed to read and write the folder, no other process may have it open, and it must be empty or a database of the same version.`,
      { code: 'CANNOT_OPEN', engineKey: key, cause: error },
    )
  }
}

/** The location of a database in memory. */
export const MEMORY = 'memory'
