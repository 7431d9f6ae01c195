import type { Dialect } from '../../engine/index.ts'
import { createDialect } from './create-dialect.ts'
import { mysql2 } from './mysql2.ts'

/**
 * MySQL 8 and newer, through mysql2.
 *
 * `statementTimeoutMs` limits what reads; the server has no limit for what writes, and none for transactions that send nothing. Not yet proven there: its tests run against MariaDB 10.11, which speaks the same protocol and, in what is used, the same SQL.
 */
export const mysqlDialect: Dialect = createDialect({
  name: 'mysql',
  drivers: [{ name: mysql2.name, install: 'npm i mysql2@3', library: mysql2 }],
  endsIdleTransactions: false,
  supports: { insertReturning: false, deleteReturning: false, selfSubqueries: false },
  // each server reads the collation that is its own
  collation:
    'character set utf8mb4 /*!80017 collate utf8mb4_0900_bin *//*M! collate utf8mb4_nopad_bin */',
})
