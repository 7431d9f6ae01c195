import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverAccount } from './account.ts'
import { missingBinaries, requireBinary } from './binaries.ts'
import { serverFolder } from './folders.ts'
import { freePort } from './ports.ts'
import { Postgres, type PostgresOptions } from './postgres.ts'
import { runProgram } from './run-program.ts'

/** What a server needs in order to have standbys. */
export const REPLICATION: Readonly<Record<string, string>> = {
  wal_level: 'replica',
  max_wal_senders: '5',
  hot_standby: 'on',
  wal_retrieve_retry_interval: '50ms',
}

const CAUGHT_UP_EVERY_MS = 2

/** A hot standby of a PostgreSQL server that was started with the settings of `REPLICATION`. */
export class PostgresStandby extends Postgres {
  static override get missing(): string | undefined {
    return Postgres.missing ?? missingBinaries(['pg_basebackup'])
  }

  /** Copies the primary as it is now, and follows it. */
  static async follow(primary: Postgres, options: PostgresOptions = {}): Promise<PostgresStandby> {
    const account = serverAccount('postgres')
    const folder = serverFolder(account)
    const source = ['-d', primary.url(), '-D', join(folder, 'data')]
    await runProgram(
      requireBinary('pg_basebackup'),
      [...source, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'],
      account,
    )
    const standby = new PostgresStandby(await freePort(), folder, primary, options)
    await standby.start()
    return standby
  }

  readonly #primary: Postgres

  private constructor(port: number, folder: string, primary: Postgres, options: PostgresOptions) {
    super(port, folder, { ...options, settings: { ...REPLICATION, ...options.settings } })
    this.#primary = primary
  }

  /** Waits until what the primary has committed by now can be read here. */
  async catchUp(): Promise<void> {
    const [row] = await this.#primary.sql('select pg_current_wal_lsn()::text as lsn')
    const reached = `select pg_last_wal_replay_lsn() >= '${String(row?.['lsn'])}' as reached`
    while ((await this.sql(reached))[0]?.['reached'] !== true) await sleep(CAUGHT_UP_EVERY_MS)
  }

  /** Makes it a primary, and waits until it takes writes. */
  async promote(): Promise<void> {
    await this.sql('select pg_promote(true, 10)')
  }
}
