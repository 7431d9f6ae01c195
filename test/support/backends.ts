import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MariaDb, Postgres } from '../servers/index.ts'
import { PgliteDatabases } from './pglite-databases.ts'
import { MariaDbDatabases, PostgresDatabases, type DatabaseLender } from './server-databases.ts'

/** How a database behaves, where athanor leaves it as it is. */
export interface DatabaseFacts {
  /** It is reached over a network. */
  readonly isServer: boolean
  /** A statement that fails leaves a transaction that can only be rolled back. */
  readonly errorsFailTransactions: boolean
  /** A COMMIT that fails has ended the transaction. */
  readonly failedCommitsEndTransactions: boolean
  /** Foreign keys may be looked at as late as by COMMIT. */
  readonly hasDeferredConstraints: boolean
  /** Who is not in the transaction waits until it ends. */
  readonly hasOneConnection: boolean
  /** One transaction writes at a time. */
  readonly hasOneWriter: boolean
  /** A primary key may be null. */
  readonly hasNullableKeys: boolean
  /** While the rows of a stream are read its connection answers nothing else. */
  readonly oneResultAtATime: boolean
  /** A column takes values that are none of its type. */
  readonly takesAnyValue: boolean
  /** `INSERT OR ROLLBACK`: a statement that ends the transaction when it fails. */
  readonly hasInsertOrRollback: boolean
  /** The statements that make a trigger which lets no row of a table in; undefined where no trigger can. */
  readonly swallowInserts?: (table: string) => readonly string[]
}

/** A database that the suite can run on. */
export interface Backend {
  readonly facts: DatabaseFacts
  readonly lender: DatabaseLender
  /** Must be installed. */
  readonly server?: { readonly missing: string | undefined }
}

const SQLITE: DatabaseFacts = {
  oneResultAtATime: false,
  isServer: false,
  hasOneConnection: false,
  errorsFailTransactions: false,
  failedCommitsEndTransactions: false,
  hasDeferredConstraints: true,
  hasOneWriter: true,
  hasNullableKeys: true,
  takesAnyValue: true,
  hasInsertOrRollback: true,
  swallowInserts: (table) => [
    `create trigger swallow before insert on "${table}" begin select raise(ignore); end`,
  ],
}
const POSTGRES: DatabaseFacts = {
  oneResultAtATime: false,
  isServer: true,
  hasOneConnection: false,
  errorsFailTransactions: true,
  failedCommitsEndTransactions: true,
  hasDeferredConstraints: true,
  hasOneWriter: false,
  hasNullableKeys: false,
  takesAnyValue: false,
  hasInsertOrRollback: false,
  swallowInserts: (table) => [
    "create function swallow() returns trigger language plpgsql as 'begin return null; end'",
    `create trigger swallow before insert on "${table}" for each row execute function swallow()`,
  ],
}
const MARIADB: DatabaseFacts = {
  oneResultAtATime: true,
  isServer: true,
  hasOneConnection: false,
  errorsFailTransactions: false,
  failedCommitsEndTransactions: false,
  hasDeferredConstraints: false,
  hasOneWriter: false,
  hasNullableKeys: false,
  takesAnyValue: false,
  hasInsertOrRollback: false,
}

/** By the names that DATABASES knows. */
export const BACKENDS: Readonly<Record<string, Backend>> = {
  'node-sqlite': { facts: SQLITE, lender: fileLender('sqlite:') },
  'better-sqlite3': { facts: SQLITE, lender: fileLender('sqlite+better-sqlite3:') },
  pglite: {
    facts: { ...POSTGRES, isServer: false, hasOneConnection: true },
    lender: new PgliteDatabases(),
  },
  postgres: { facts: POSTGRES, lender: new PostgresDatabases(), server: Postgres },
  mariadb: { facts: MARIADB, lender: new MariaDbDatabases('mariadb'), server: MariaDb },
  mysql2: { facts: MARIADB, lender: new MariaDbDatabases('mysql'), server: MariaDb },
}

/** A file in a folder of its own. */
function fileLender(scheme: string): DatabaseLender {
  return {
    example: `${scheme}:memory:`,
    lend: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'athanor-test-'))
      return {
        url: `${scheme}${join(folder, 'test.db')}`,
        release: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
  }
}
