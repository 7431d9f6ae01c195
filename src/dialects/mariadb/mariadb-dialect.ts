import type { Dialect } from '../../engine/index.ts'
import { createDialect, mysql2 } from '../mysql/index.ts'
import { mariadb } from './mariadb.ts'

/** MariaDB 10.6 and newer, through the package mariadb, which sends without waiting for replies, or mysql2, which waits for each. */
export const mariadbDialect: Dialect = createDialect({
  name: 'mariadb',
  drivers: [
    { name: mariadb.name, install: 'npm i mariadb@3', library: mariadb },
    { name: mysql2.name, install: 'npm i mysql2@3', library: mysql2 },
  ],
  endsIdleTransactions: true,
  supports: { insertReturning: true, deleteReturning: true, sequentialAssignments: false },
  collation: 'character set utf8mb4 collate utf8mb4_nopad_bin',
})
