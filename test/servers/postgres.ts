import { join } from 'node:path'
import pg from 'pg'
import { hasServerAccount, serverAccount, type Account } from './account.ts'
import { besides, missingBinaries, requireBinary } from './binaries.ts'
import { copyFolder, serverFolder, template } from './folders.ts'
import { freePort } from './ports.ts'
import { probePostgres } from './probes.ts'
import { childrenOf, killAll } from './processes.ts'
import { runProgram } from './run-program.ts'
import { ServerProcess, type StopMode } from './server-process.ts'

/** What a test changes of a PostgreSQL server. */
export interface PostgresOptions {
  /** Default 60. */
  readonly maxConnections?: number
  /** Settings as in postgresql.conf: `{ idle_session_timeout: '1s' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * Quick, and yet nothing that was acknowledged is lost when the process is killed: only the machine must not crash.
 * The time zone is one that no code should rely on.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  shared_buffers: '32MB',
  dynamic_shared_memory_type: 'mmap', // in its folder, and removed with it
  autovacuum: 'off',
  jit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: '<+0530>-05:30',
  log_min_messages: 'warning',
}

/** A private PostgreSQL server with the login `postgres`, without a password. */
export class Postgres extends ServerProcess {
  /** Why there can be none; undefined when there can. */
  static get missing(): string | undefined {
    if (!hasServerAccount('postgres')) return 'no account "postgres"'
    return missingBinaries(['postgres', 'initdb', 'cp'])
  }

  /** Starts a server with data of its own. */
  static async start(options: PostgresOptions = {}): Promise<Postgres> {
    const account = serverAccount('postgres')
    const folder = serverFolder(account)
    await copyFolder(await freshData(account), join(folder, 'data'))
    const server = new Postgres(await freePort(), folder, options)
    await server.start()
    return server
  }

  protected override readonly signals: Readonly<Record<StopMode, NodeJS.Signals>> = {
    fast: 'SIGINT',
    immediate: 'SIGQUIT',
    term: 'SIGTERM', // waits for the clients
  }
  readonly #options: PostgresOptions

  /** `folder` has the server's data in `data`. */
  constructor(port: number, folder: string, options: PostgresOptions) {
    super(port, folder, serverAccount('postgres'))
    this.#options = options
  }

  url(database = 'postgres', port: number = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`
  }

  /** Runs SQL over a connection of its own; the rows of the last statement that gives some. */
  async sql(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) })
    client.on('error', () => {}) // the query's own rejection tells
    await client.connect()
    try {
      const results = [await client.query<Record<string, unknown>>(text)].flat()
      return results.findLast((result) => result.fields.length > 0)?.rows ?? []
    } finally {
      await client.end()
    }
  }

  /** Ends one process of the server, as a bug in it would; the server then ends all connections and recovers. */
  crashBackend(backendPid: number): void {
    if (!childrenOf(this.pid).includes(backendPid))
      throw new Error(`The server has no process ${backendPid}.`)
    killAll([backendPid])
  }

  protected override get command(): readonly [string, ...string[]] {
    const settings = {
      ...SETTINGS,
      max_connections: String(this.#options.maxConnections ?? 60),
      unix_socket_directories: this.folder,
      ...this.#options.settings,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const data = join(this.folder, 'data')
    return [requireBinary('postgres'), '-D', data, '-p', String(this.port), ...args]
  }

  protected override probe(): Promise<void> {
    return probePostgres(this.port)
  }
}

async function freshData(account: Account | undefined): Promise<string> {
  const postgres = requireBinary('postgres')
  const version = /\d+(?:\.\d+)*/.exec(await runProgram(postgres, ['--version']))?.[0] ?? ''
  return template(
    {
      name: `postgres-${version}`,
      program: besides(postgres, 'initdb'),
      args: ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N', '--wal-segsize=1'],
      folderOption: '--pgdata=',
    },
    account,
  )
}
