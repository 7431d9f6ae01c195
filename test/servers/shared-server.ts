import { MariaDb } from './mariadb.ts'
import { Postgres } from './postgres.ts'

/** Servers that many tests share, each with databases of its own there. */
const KINDS = {
  postgres: Postgres,
  mariadb: MariaDb,
} as const
type ServerKind = keyof typeof KINDS
interface Servers {
  postgres: Postgres
  mariadb: MariaDb
}

const MANY_CONNECTIONS = 200
const started: { [K in ServerKind]?: Promise<Servers[K]> } = {}

/** The server of this process, started at the first call and ended with the process. A test that stops or changes its server starts one of its own. */
export function sharedServer<K extends ServerKind>(kind: K): Promise<Servers[K]> {
  return (started[kind] ??= KINDS[kind].start({ maxConnections: MANY_CONNECTIONS }) as never)
}
