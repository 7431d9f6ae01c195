import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverAccount } from './account.ts'
import { missingBinaries, requireBinary } from './binaries.ts'
import { serverFolder } from './folders.ts'
import { freePort } from './ports.ts'
import { Postgres } from './postgres.ts'
import { probePostgres } from './probes.ts'
import { ServerProcess, type StopMode } from './server-process.ts'

/** What a test changes of a pgbouncer. */
export interface PgBouncerOptions {
  /** Default `transaction`. */
  readonly poolMode?: 'session' | 'transaction' | 'statement'
  /** Connections to the server. Default 2. */
  readonly poolSize?: number
  /** What it calls the databases of the server that it lets clients into. Default `*`, all of them. */
  readonly database?: string
  /** What the login `postgres` has to prove with SCRAM. Default: nothing. */
  readonly password?: string
  /** Further lines of its configuration: `{ query_wait_timeout: '1' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A private pgbouncer in front of a server. */
export class PgBouncer extends ServerProcess {
  /** Why there can be none; undefined when there can. */
  static get missing(): string | undefined {
    return Postgres.missing ?? missingBinaries(['pgbouncer'])
  }

  /** Starts a pooler for the server at `targetPort`. */
  static async start(targetPort: number, options: PgBouncerOptions = {}): Promise<PgBouncer> {
    const folder = serverFolder(serverAccount('postgres'))
    const pooler = new PgBouncer(await freePort(), folder)
    writeFileSync(join(folder, 'users'), `"postgres" "${options.password ?? ''}"\n`)
    writeFileSync(join(folder, 'ini'), configuration(pooler, targetPort, options))
    await pooler.start()
    return pooler
  }

  protected override readonly signals: Readonly<Record<StopMode, NodeJS.Signals>> = {
    fast: 'SIGTERM',
    immediate: 'SIGTERM',
    term: 'SIGINT', // waits for the clients
  }

  private constructor(port: number, folder: string) {
    super(port, folder, serverAccount('postgres'))
  }

  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`
  }

  protected override get command(): readonly [string, ...string[]] {
    return [requireBinary('pgbouncer'), join(this.folder, 'ini')]
  }

  protected override probe(): Promise<void> {
    return probePostgres(this.port)
  }
}

function configuration(pooler: PgBouncer, targetPort: number, options: PgBouncerOptions): string {
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: String(pooler.port),
    auth_type: options.password === undefined ? 'trust' : 'scram-sha-256',
    auth_file: join(pooler.folder, 'users'),
    unix_socket_dir: '',
    pool_mode: options.poolMode ?? 'transaction',
    max_client_conn: '200',
    default_pool_size: String(options.poolSize ?? 2),
    ...options.settings,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  return `[databases]\n${options.database ?? '*'} = host=127.0.0.1 port=${targetPort}\n[pgbouncer]\n${lines.join('\n')}\n`
}
