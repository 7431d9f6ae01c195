import { join } from 'node:path'
import { createConnection } from 'mariadb'
import { hasServerAccount, serverAccount, type Account } from './account.ts'
import { missingBinaries, requireBinary } from './binaries.ts'
import { copyFolder, serverFolder, template } from './folders.ts'
import { freePort } from './ports.ts'
import { probeMariaDb } from './probes.ts'
import { runProgram } from './run-program.ts'
import { ServerProcess, type StopMode } from './server-process.ts'

/** What a test changes of a MariaDB server. */
export interface MariaDbOptions {
  /** Default 60. */
  readonly maxConnections?: number
  /** Settings as on its command line: `{ wait_timeout: '1' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Small and without waiting for disks. */
const STORAGE: Readonly<Record<string, string>> = {
  'innodb-flush-log-at-trx-commit': '2',
  'innodb-flush-method': 'nosync',
  'innodb-log-file-size': '8M',
  'innodb-buffer-pool-size': '32M',
  'skip-name-resolve': '1',
}

/**
 * Nothing that was acknowledged is lost when the process is killed: only the machine must not crash.
 * Time zone and collation are such that no code should rely on them.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  ...STORAGE,
  'bind-address': '127.0.0.1',
  'innodb-file-per-table': 'OFF', // tables are made and dropped in two thirds of the time
  'performance-schema': 'OFF',
  'skip-log-bin': '1',
  'innodb-fast-shutdown': '2',
  'lower-case-table-names': '0',
  'character-set-server': 'utf8mb4',
  'collation-server': 'utf8mb4_general_ci',
  'default-time-zone': '+05:30',
}

/** A private MariaDB server with the login `root`, without a password. */
export class MariaDb extends ServerProcess {
  /** Why there can be none; undefined when there can. */
  static get missing(): string | undefined {
    if (!hasServerAccount('mysql')) return 'no account "mysql"'
    return missingBinaries(['mariadbd', 'mariadb-install-db', 'cp'])
  }

  /** Starts a server with data of its own. */
  static async start(options: MariaDbOptions = {}): Promise<MariaDb> {
    const folder = await MariaDb.prepareFolder()
    const server = new MariaDb(await freePort(), folder, options)
    await server.start()
    return server
  }

  /** A new folder with the data of a fresh server in `data`. */
  protected static async prepareFolder(): Promise<string> {
    const account = serverAccount('mysql')
    const folder = serverFolder(account)
    await copyFolder(await freshData(account), join(folder, 'data'))
    return folder
  }

  protected override readonly signals: Readonly<Record<StopMode, NodeJS.Signals>> = {
    fast: 'SIGTERM',
    immediate: 'SIGKILL',
    term: 'SIGTERM',
  }
  readonly #options: MariaDbOptions

  /** `folder` has the server's data in `data`. */
  constructor(port: number, folder: string, options: MariaDbOptions) {
    super(port, folder, serverAccount('mysql'))
    this.#options = options
  }

  /** For the driver `mariadb`, or as `mysql:` for the driver `mysql2`. A new server has the database `test`. */
  url(database = 'test', port: number = this.port, scheme = 'mariadb'): string {
    return `${scheme}://root@127.0.0.1:${port}/${database}`
  }

  /** Runs SQL over a connection of its own; the rows of the last statement that gives some. */
  async sql(text: string, database?: string): Promise<Record<string, unknown>[]> {
    const connection = await createConnection({
      host: '127.0.0.1',
      port: this.port,
      user: 'root',
      multipleStatements: true,
      ...(database === undefined ? {} : { database }),
    })
    connection.on('error', () => {}) // the query's own rejection tells
    try {
      const result: unknown = await connection.query(text)
      return rowsOf(result)
    } finally {
      await connection.end().catch(() => {}) // the server went
    }
  }

  protected override get command(): readonly [string, ...string[]] {
    const settings = {
      ...SETTINGS,
      datadir: join(this.folder, 'data'),
      port: String(this.port),
      socket: join(this.folder, 'socket'),
      'pid-file': join(this.folder, 'pid'),
      tmpdir: this.folder, // a server that starts deletes what others have in the same one, and they crash
      'max-connections': String(this.#options.maxConnections ?? 60),
      ...this.#options.settings,
    }
    return [requireBinary('mariadbd'), '--no-defaults', ...flags(settings)]
  }

  protected override probe(): Promise<void> {
    return probeMariaDb(this.port)
  }
}

/** Rows come as an array, those of several statements as an array of such; other results are objects. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  if (!Array.isArray(result)) return []
  const last = result.findLast((each) => Array.isArray(each)) as unknown
  const rows = Array.isArray(last) ? last : result
  return rows.filter((row) => !('affectedRows' in row)) as Record<string, unknown>[]
}

const flags = (settings: Readonly<Record<string, string>>): string[] =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`)

async function freshData(account: Account | undefined): Promise<string> {
  const printed = await runProgram(requireBinary('mariadbd'), ['--no-defaults', '--version'])
  const version = /\d+(?:\.\d+)+/.exec(printed)?.[0] ?? ''
  return template(
    {
      name: `mariadb-${version}`,
      program: requireBinary('mariadb-install-db'),
      args: ['--no-defaults', '--auth-root-authentication-method=normal', ...flags(STORAGE)],
      folderOption: '--datadir=',
    },
    account,
  )
}
