import { createConnection } from 'mariadb'
import pg from 'pg'
import { sharedServer, type MariaDb, type Postgres } from '../servers/index.ts'

/** A database that is empty, for one test. */
export interface LentDatabase {
  readonly url: string
  /** Takes it back, with whatever the test left in it. */
  release(): Promise<void>
}

/** Hands out empty databases of one kind. */
export interface DatabaseLender {
  /** A URL of such a database, which need not exist. */
  readonly example: string
  lend(): Promise<LentDatabase>
}

/** Everything that a test may have made. */
export const EMPTY_POSTGRES = `
do $$ declare name text; begin
  for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
    execute format('drop schema %I cascade', name);
  end loop;
end $$;
create schema public`

/** What waits for a lock here waits for a connection that the test did not close. */
const LEAK_MS = 5_000

/** On the server of this process, by whatever lender. */
let made = 0

/**
 * Databases of PostgreSQL are used again: dropping what is in one takes 4 ms, making, entering and dropping one 50 ms.
 */
export class PostgresDatabases implements DatabaseLender {
  readonly example: string = 'postgres://postgres@127.0.0.1/postgres'
  readonly #free: string[] = []

  async lend(): Promise<LentDatabase> {
    const server = await sharedServer('postgres')
    const name = this.#free.pop() ?? (await this.#make(server))
    return {
      url: server.url(name),
      release: async () => {
        await emptied(server, name)
        this.#free.push(name)
      },
    }
  }

  async #make(server: Postgres): Promise<string> {
    made += 1
    const name = `test_${made}`
    await server.sql(`create database ${name}`)
    return name
  }
}

async function emptied(server: Postgres, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url(name), lock_timeout: LEAK_MS })
  client.on('error', () => {}) // the query's own rejection tells
  await client.connect()
  try {
    await client.query(EMPTY_POSTGRES)
  } finally {
    await client.end()
  }
}

/** A database of MariaDB is a folder: it is made and dropped in 1 ms and what its tables take. */
export class MariaDbDatabases implements DatabaseLender {
  readonly #scheme: 'mariadb' | 'mysql'
  #made = 0

  constructor(scheme: 'mariadb' | 'mysql') {
    this.#scheme = scheme
  }

  get example(): string {
    return `${this.#scheme}://root@127.0.0.1/test`
  }

  async lend(): Promise<LentDatabase> {
    const server = await sharedServer('mariadb')
    const name = `${this.#scheme}_${(this.#made += 1)}`
    await administer(server, `create database ${name}`)
    return {
      url: server.url(name, server.port, this.#scheme),
      release: () => administer(server, `drop database ${name}`),
    }
  }
}

async function administer(server: MariaDb, sql: string): Promise<void> {
  const connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' })
  connection.on('error', () => {}) // the query's own rejection tells
  try {
    await connection.query(`set lock_wait_timeout = ${LEAK_MS / 1_000}, foreign_key_checks = 0`)
    await connection.query(sql)
  } finally {
    await connection.end()
  }
}
